// Numbers and names as people and programs read them: hex, KiB and MiB, grouping, padding.
// The only formatting code; renderers and sentences are made from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"

namespace memmap {

// How text shows a number of bytes. `automatic` takes the largest unit that keeps a digit
// before the point.
enum class Unit : std::uint8_t { automatic, bytes, kib, mib, gib, pages };

struct UnitFormat {
  Unit unit = Unit::automatic;
  std::uint64_t page_size = 4096;  // of the kernel, for Unit::pages
};

// The append functions are for rows: they neither allocate nor look at a format string.
void append_decimal(std::string& out, std::uint64_t value);
void append_hex(std::string& out, std::uint64_t value);  // lower case, without 0x
void append_address(std::string& out, Address a);        // "0xc000000000"

std::string hex(Address a);                                      // "0xc000000000"
std::string hex(AddressRange range);                             // "0xc000000000-0xc000400000"
std::string grouped(std::uint64_t value);                        // "1,293,424"
std::string grouped_signed(std::int64_t value);                  // "+9,932", "-4", "0"
std::string human(std::uint64_t bytes, UnitFormat format = {});  // "1.50 MiB", "4.00 KiB", "12 B"
std::string human_signed(std::int64_t bytes, UnitFormat format = {});
// KiB with grouping, and tenths only where the bytes are no whole KiB: "1,293,424", "9.7".
std::string kib(std::uint64_t bytes);
// "1 span", "612 spans"; the plural is the noun with an s unless it is given.
std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural = {});
std::string percent(std::uint64_t part, std::uint64_t whole);  // "89.0 %", "< 0.1 %"

// Text from the target (file names, VMA names) for a terminal: control characters and bytes
// that are not UTF-8 become U+FFFD, so that no name can move the cursor or break a line.
std::string printable(std::string_view text);
// For files, which are UTF-8: other bytes become U+FFFD, control characters stay.
void append_utf8(std::string& out, std::string_view text);
// Columns that UTF-8 text takes; every code point counts one.
std::size_t display_width(std::string_view text);
// The first columns of `text`, ending in an ellipsis if something was cut off.
std::string clipped(std::string_view text, std::size_t columns);

std::string_view base_name(std::string_view path);  // what follows the last slash

// The length of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text);

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
inline constexpr std::string_view kUnknownMark = "–";

}  // namespace memmap
