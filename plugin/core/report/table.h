// What verbs return and renderers print. Cells are typed, so that text shows 1.5 MiB, JSON
// shows 1572864 and neither knows about the other. Rows are produced on demand: a big heap has
// 400,000 of them and no document of them is ever built.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/findings.h"

namespace memmap {

struct Bytes {
  std::uint64_t count = 0;
};
struct SignedBytes {  // a remainder: always shown with its sign, zero too
  std::int64_t count = 0;
};
struct Hidden {};  // in a text column: nothing at all, not even a dash

// A list of {"name","bytes","placed"}.
struct TermCell {
  std::string_view name;
  std::int64_t bytes = 0;
  std::optional<bool> placed;
};

// std::monostate is "unknown": null in JSON, a dash in text.
using Cell = std::variant<std::monostate, std::string_view, std::string, Address, Bytes,
                          SignedBytes, std::uint64_t, double, bool, AddressRange,
                          std::span<const TermCell>>;

class RowSink {
 public:
  virtual ~RowSink() = default;
  // Returns false when the reader has seen enough (interrupted, output closed).
  virtual bool row(std::span<const Cell> cells, unsigned depth) = 0;
};

struct Column {
  std::string_view name;  // JSON member and CSV heading
  bool right_aligned = false;
};

struct Table {
  std::string_view name = "rows";  // JSON member: rows, memstats, classes, equations
  std::vector<Column> columns;
  std::function<void(RowSink&)> rows;
};

}  // namespace memmap
