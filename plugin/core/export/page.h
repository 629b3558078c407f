// One HTML file that needs nothing else: the page's own text is put together at build time
// (page/), the data of one or two targets is put into it here.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "report/output.h"

namespace memmap {

struct Page {
  std::string title;
  std::string facts;                 // a JSON object, see page/data.js
  std::vector<std::string> columns;  // of each target: NodeColumns::bytes()
};

// The nodes of a map as columns, little endian, one after the other: page/data.js takes them apart.
class NodeColumns {
 public:
  struct Row {
    double begin = 0;          // of a mapping: the address; else the distance to the node before
    double size = 0;           // bytes
    double resident = -1;      // bytes; -1 is unknown
    std::uint32_t detail = 0;  // number of a text, 0 is none
    std::uint32_t index = 0;   // of the source
    std::uint8_t kind = 0;
    std::uint8_t depth = 0;
    std::uint8_t path = 0;
    std::uint8_t confidence = 0;
  };

  explicit NodeColumns(std::size_t rows) { rows_.reserve(rows); }
  void add(const Row& row) { rows_.push_back(row); }
  std::uint32_t text_number(const std::string& text);
  std::string bytes() const;

 private:
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::string texts_;  // each ends in a line feed
};

void write_page(const Page& page, Writer& writer);

}  // namespace memmap
