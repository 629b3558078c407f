#include "places.h"

#include <fmt/format.h>

#include "base/text.h"
#include "view/symbols.h"

namespace memmap {

tl::expected<Command, std::string> placed(Command command, const Analysis& analysis, const AddressParser& door) {
  const AddressParser address = [&](std::string_view text) -> std::optional<Address> {
    if (const auto hex = parse_address(text)) return hex;
    if (const auto symbol = symbol_address(analysis, text)) return symbol;
    return door(text);
  };
  if (!command.range.empty() && !(command.filter.range = parse_range(command.range, address)))
    return tl::unexpected(wrong_range(command.range));
  if (!command.place.empty() && !(command.address = address(command.place)))
    return tl::unexpected(
        fmt::format("'{}' is no address, and no symbol that memmap has read.", printable(command.place)));
  return command;
}

}  // namespace memmap
