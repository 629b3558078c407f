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

// A list of {"function","file","line","pc"}, innermost first.
struct FrameCell {
  std::string_view function;  // empty: null
  std::string_view file;
  std::uint64_t line = 0;  // 0: null
  Address pc;
};

// An object of its own: {"sequence":12,"operation":"sysMap"}.
struct Member;
struct RecordCell {
  const Member* members = nullptr;
  std::size_t count = 0;
};

// std::monostate is "unknown": null in JSON, a dash in text. Text is not copied: it has to
// live until the row was taken.
using Cell = std::variant<std::monostate, Hidden, std::string_view, Address, Bytes, SignedBytes, std::uint64_t, double,
                          bool, AddressRange, std::span<const TermCell>, std::span<const FrameCell>, RecordCell>;

struct Member {
  std::string_view name;
  Cell value;
};

// How a line of text looks on a terminal. Nothing depends on it but colour.
enum class Tone : std::uint8_t { plain, strong, dim, warn, good };

class RowSink {
 public:
  virtual ~RowSink() = default;
  // Returns false when the reader has seen enough (interrupted, output closed).
  virtual bool row(std::span<const Cell> cells, unsigned depth, Tone tone) = 0;
  bool row(std::span<const Cell> cells) { return row(cells, 0, Tone::plain); }
};

struct Column {
  std::string_view name;  // JSON member and CSV heading; in text the heading
  bool right_aligned = false;
  bool elastic = false;  // in text: cut short where the line would be too wide
  unsigned gap = 2;      // in text: blanks before it, unless it is the first
};

struct Table {
  std::string_view name = "rows";  // JSON member: rows, memstats, classes, equations
  std::vector<Column> columns;
  std::function<void(RowSink&)> rows;  // may run more than once, and says the same each time
};

}  // namespace memmap
