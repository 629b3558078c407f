// gzip by zlib, without a time or a name in it: the same text gives the same bytes.
#pragma once

#include <string>
#include <string_view>

namespace memmap {

std::string gzip(std::string_view text);

}  // namespace memmap
