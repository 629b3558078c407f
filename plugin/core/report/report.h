// What a verb answers: tables for programs, and a screen for people that says the same.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/findings.h"
#include "base/text.h"
#include "report/output.h"
#include "report/table.h"

namespace memmap {

// "target" of a JSON document. A member that is empty is null.
struct TargetHeader {
  std::optional<std::uint64_t> pid;
  std::string core;
  std::string executable;
  std::string go_version;
  std::string goarch;
  std::string origin;
  std::string layout;
  std::uint64_t page_size = 4096;
};

struct Omitted {  // what filters dropped
  std::uint64_t rows = 0;
  std::uint64_t self = 0;  // bytes
};

struct Line {
  std::string text;
  Tone tone = Tone::plain;
};

// A table on the screen. A text cell that only Hidden cells follow may run on over them.
struct ScreenTable {
  Table table;
  bool headings = true;
};

// Text of several colours, as wide as the terminal.
struct Tile {
  std::string text;
  std::uint8_t colour = 0;  // of a terminal's 256; 0 is none
};
struct Picture {
  std::function<std::vector<std::vector<Tile>>(std::size_t columns)> lines;
};

using ScreenBlock = std::variant<Line, ScreenTable, Picture>;

// A member of a JSON document beside its tables: a value, a list of texts, or an object.
struct DocumentMember {
  std::string_view name;
  std::variant<Cell, std::vector<std::string>, std::vector<Member>> value;
};

struct Report {
  std::string_view verb;
  bool complete = true;
  bool failed = false;  // an assertion or a check did not hold
  std::optional<TargetHeader> target;
  std::vector<Findings::Entry> findings;
  std::optional<Omitted> omitted;
  std::vector<DocumentMember> members;
  std::shared_ptr<const void> owner;      // of the texts in them
  std::vector<Table> tables;              // json, jsonl, csv, markdown
  std::vector<ScreenBlock> screen;        // text
  std::function<void(Writer&)> document;  // export: one file, in place of tables and screen
  UnitFormat units;

  // Each adds to the screen.
  void say(std::string text, Tone tone = Tone::plain);
  void show(Table table, bool headings = true);
  void draw(Picture picture);
};

// One format each. `table` chooses for csv and markdown; empty means the first.
using Renderer = void (*)(const Report&, std::string_view table, Writer&);
#define RENDERER(id) void render_##id(const Report& report, std::string_view table, Writer& writer);
#include "report/renderers.def"
#undef RENDERER

std::optional<Renderer> renderer_named(std::string_view format);
std::vector<std::string_view> renderer_names();

// The table of that name, the first if the name is empty, or nullptr.
const Table* table_named(const Report& report, std::string_view name);

// "2 × mspan.npages implausible, first at 0xc000412340"
std::string sentence(const Findings::Entry& finding);

}  // namespace memmap
