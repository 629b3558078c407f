// Names of the linker's: of an address, and the address of a name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analysis.h"

namespace memmap {

struct SymbolPlace {
  std::string name;  // "runtime.mheap_"
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string_view file;  // the image that it is a symbol of
};

// Nothing outside of images whose files are at hand, and between two symbols.
std::optional<SymbolPlace> symbol_at(const Analysis& analysis, Address address);

// "runtime.mheap_", "&runtime.mheap_+8", "main.main-0x10": a symbol, with & or without, and bytes behind or
// before it. The main program's before those of libraries.
std::optional<Address> symbol_address(const Analysis& analysis, std::string_view expression);

}  // namespace memmap
