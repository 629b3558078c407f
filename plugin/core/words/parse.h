// Words of the command line as values: sizes, ranges, patterns, and what was probably meant.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace memmap {

// "4096", "64K", "1.5M", "2GiB", "0x1000": bytes.
std::optional<std::uint64_t> parse_size(std::string_view word);

// "5s", "200ms", "1.5m", "250us".
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view word);

// A decimal number.
std::optional<std::uint64_t> parse_count(std::string_view word);

// An address: hex with or without 0x. In a debugger any of its expressions.
using AddressParser = std::function<std::optional<Address>(std::string_view)>;
std::optional<Address> parse_address(std::string_view word);

// "A-B" or "A+LEN".
std::optional<AddressRange> parse_range(std::string_view word, const AddressParser& address);

// Neither hex nor a number: it may name a symbol, or be an expression of a debugger's.
bool may_be_expression(std::string_view word);
// The sentence for what is no range.
std::string wrong_range(std::string_view word);

// Shell patterns: * and ? only.
bool matches(std::string_view pattern, std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);

// The known word closest to what was typed, if it is close enough to be a slip.
std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> known);

}  // namespace memmap
