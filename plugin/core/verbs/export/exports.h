// Who writes the formats of `export`, and of `trace` besides tables.
#pragma once

#include <string_view>

#include "verbs/verbs.h"

namespace memmap {

using ExportFunction = void (*)(const Question&, Writer&);

// nullptr if there is no such format, or it is a table.
ExportFunction map_document(std::string_view format);
// Of the events of a trace; nullptr if there is no such format.
ExportFunction trace_document(std::string_view format);

#define DOCUMENT(id, binary, narrows, compares) void export_##id(const Question& question, Writer& writer);
#define TABLE(id)
#define EVENTS(id) void trace_##id(const Question& question, Writer& writer);
#include "words/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS

}  // namespace memmap
