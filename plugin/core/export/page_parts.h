// The text of the page as the build put it together from page/ and d3-hierarchy.
#pragma once

#include <span>
#include <string_view>

namespace memmap {

extern const std::span<const std::string_view> kPageHead;     // style, and the body's elements
extern const std::span<const std::string_view> kPageScripts;  // d3-hierarchy, then page/*.js

}  // namespace memmap
