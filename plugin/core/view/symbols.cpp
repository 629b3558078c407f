#include "view/symbols.h"

#include <elf.h>
#include <fmt/format.h>

#include <charconv>

#include "process/elf/symbol_table.h"

namespace memmap {
namespace {

bool is_part(const ElfImageInMemory& image, Address address) {
  for (const AddressRange& part : image.parts)
    if (part.contains(address)) return true;
  return false;
}

// The first segment lies where the image begins.
bool begins_as(const ElfFile& file, const ElfImageInMemory& image) {
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_LOAD) return is_part(image, Address(segment.address + image.load_bias));
  return false;
}

// The file of the image, as it was opened for the map: a live process may see other files under the same
// names, and its root leads there. Nothing if it is not there any more, or has other segments.
std::shared_ptr<const ElfFile> file_of(const Analysis& analysis, const ElfImageInMemory& image) {
  if (!image.file_at_hand) return nullptr;
  const Target& target = analysis.target;
  std::vector<std::string> candidates;
  if (image.main_program && !target.executable_file.empty()) candidates.push_back(target.executable_file);
  if (target.origin == Origin::live && target.pid)
    candidates.push_back(fmt::format("/proc/{}/root{}", *target.pid, image.path));
  else if (!image.main_program)
    candidates.push_back(image.path);
  for (const std::string& candidate : candidates)
    if (const ElfFile::Opened file = ElfFile::open(candidate); file && begins_as(**file, image)) return *file;
  return nullptr;
}

std::optional<Address> named_in(const Analysis& analysis, const ElfImageInMemory& image, std::string_view name) {
  const auto file = file_of(analysis, image);
  if (file == nullptr) return std::nullopt;
  const SymbolTable table(file);
  const NamedSymbol* const symbol = table.named(name);
  return symbol == nullptr ? std::nullopt : std::optional(Address(symbol->begin + image.load_bias));
}

std::optional<Address> named(const Analysis& analysis, std::string_view name) {
  if (name.empty()) return std::nullopt;
  for (const bool main_program : {true, false})
    for (const ElfImageInMemory& image : analysis.model.native.images)
      if (image.main_program == main_program)
        if (const auto found = named_in(analysis, image, name)) return found;
  return std::nullopt;
}

// "8", "0x10".
std::optional<std::uint64_t> number(std::string_view word) {
  const bool hex = word.starts_with("0x");
  if (hex) word.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != word.data() + word.size() || word.empty()) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<SymbolPlace> symbol_at(const Analysis& analysis, Address address) {
  for (const ElfImageInMemory& image : analysis.model.native.images) {
    if (!is_part(image, address)) continue;
    const auto file = file_of(analysis, image);
    if (file == nullptr) return std::nullopt;
    const SymbolTable table(file);
    const std::uint64_t linked = address.value() - image.load_bias;
    const NamedSymbol* const symbol = table.at(linked);
    if (symbol == nullptr) return std::nullopt;
    return SymbolPlace{std::string(symbol->name), linked - symbol->begin, symbol->size, image.path};
  }
  return std::nullopt;
}

std::optional<Address> symbol_address(const Analysis& analysis, std::string_view expression) {
  std::string_view text = trimmed(expression);
  if (text.starts_with('&')) text = trimmed(text.substr(1));
  if (const auto whole = named(analysis, text)) return whole;  // a name may hold a sign: "main.init.0-fm"
  const std::size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign == 0) return std::nullopt;
  const std::optional<std::uint64_t> offset = number(trimmed(text.substr(sign + 1)));
  if (!offset) return std::nullopt;
  const std::optional<Address> base = named(analysis, trimmed(text.substr(0, sign)));
  if (!base) return std::nullopt;
  return Address(text[sign] == '+' ? base->value() + *offset : base->value() - *offset);
}

}  // namespace memmap
