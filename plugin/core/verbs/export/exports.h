// The formats of `export`.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "verbs/verbs.h"

namespace memmap {

using ExportFunction = void (*)(const Question&, Writer&);

struct ExportFormat {
  std::string_view name;
  bool binary = false;
  bool narrows = true;
  bool compares = false;
  ExportFunction write = nullptr;  // nullptr: annotate's table in the format of that name

  bool is_table() const { return write == nullptr; }
};

std::span<const ExportFormat> export_formats();
const ExportFormat* export_named(std::string_view name);  // nullptr if there is none
bool is_binary(std::string_view format);
// Writes the events of a trace; nullptr if there is no such format.
ExportFunction trace_document(std::string_view format);
std::vector<std::string_view> trace_documents();

#define DOCUMENT(id, binary, narrows, compares) void export_##id(const Question& question, Writer& writer);
#define TABLE(id)
#define EVENTS(id) void trace_##id(const Question& question, Writer& writer);
#include "verbs/export/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS

}  // namespace memmap
