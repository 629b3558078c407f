// What the screen calls things.
#pragma once

#include <string>
#include <string_view>

#include "commands/analysis.h"

namespace memmap {

std::string short_permissions(const Mapping& mapping);  // "rw-", and "rw-s" if shared
std::string mapping_label(const Mapping& mapping);      // ", libc.so.6" or ", \"Go: heap\"" or ""
// "page summary, level 4", "memdemo, ELF image"
std::string thing_label(const Analysis& analysis, const Node& node);
// "3 mspan pools", and "free pages" without a number, each right of the same column.
std::string part_label(Kind kind, std::uint64_t count);
std::string things(Kind kind, std::uint64_t count);  // "3 mspan pools"
std::string_view counter_label(Kind kind);           // the counter, "none" or a dash
std::string source_label(Source first, bool alone);  // with … for the index of many

// Explained, mapped by the runtime, and in no counter of it.
bool is_uncounted(Kind kind);

}  // namespace memmap
