// What the screen calls things.
#pragma once

#include <string>
#include <string_view>

#include "analysis.h"

namespace memmap {

std::string short_permissions(const Mapping& mapping);  // "rw-", and "rw-s" if shared
std::string mapping_label(const Mapping& mapping);      // ", libc.so.6" or ", \"Go: heap\"" or ""
// "c000000000 rw-, \"Go: heap\""
std::string mapping_words(const Mapping& mapping);
// "page summary, level 4", "memdemo, ELF image"
std::string thing_label(const Analysis& analysis, const Node& node);
// The mapped file: of a mapping, and of an ELF image, whose last mappings may have none.
std::string_view file_of(const Analysis& analysis, const Node& node);
// "3 mspan pools", and "free pages" without a number, each right of the same column.
std::string part_label(Kind kind, std::uint64_t count);
std::string things(Kind kind, std::uint64_t count);  // "3 mspan pools"
std::string_view counter_label(Kind kind);           // the counter, "none" or a dash
// "mheap_.arenas[0][5132]", "ELF sections"
std::string how_we_know(Source source);
// The same for many things with indices of their own: "mheap_.allspans[…]".
std::string how_we_know_all(Path path);

}  // namespace memmap
