#include "view/naming.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "view/detail.h"
#include "view/fold.h"

namespace memmap {
namespace {

// Names of stuff, not of things: a number in front of them would say nothing.
bool is_mass(Kind kind) {
  switch (kind) {
    case Kind::unknown:
    case Kind::arena_reserve:
    case Kind::arena_padding:
    case Kind::page_alloc:
    case Kind::page_rounding:
    case Kind::text:
    case Kind::rodata:
    case Kind::data:
    case Kind::bss:
    case Kind::loader_data:
    case Kind::persistent_other:
      return true;
    default:
      return info(kind).shown.ends_with('s');
  }
}

}  // namespace

std::string short_permissions(const Mapping& mapping) {
  std::string letters = permission_letters(mapping);
  if (!mapping.shared) letters.pop_back();
  return letters;
}

std::string mapping_label(const Mapping& mapping) {
  if (!mapping.file.empty()) return fmt::format(", {}", base_name(mapping.file));
  if (!mapping.vma_name.empty()) return fmt::format(", \"{}\"", mapping.vma_name);
  return {};
}

std::string mapping_words(const Mapping& mapping) {
  return fmt::format("{:x} {}{}", mapping.range.begin.value(), short_permissions(mapping), mapping_label(mapping));
}

std::string thing_label(const Analysis& analysis, const Node& node) {
  const Claim& claim = analysis.map.claim(node);
  const std::string_view shown = info(claim.kind).shown;
  const std::string_view file = file_of(analysis, node);
  if (!file.empty() && file.front() != '[') return fmt::format("{}, {}", base_name(file), shown);
  const std::string detail = detail_of(analysis.model, analysis.map, node);
  return detail.empty() ? std::string(shown) : fmt::format("{}, {}", shown, detail);
}

std::string_view file_of(const Analysis& analysis, const Node& node) {
  const Claim& claim = analysis.map.claim(node);
  const std::vector<ElfImageInMemory>& images = analysis.model.native.images;
  const Mapping& here = analysis.target.mappings[node.mapping];
  if (node.depth == 0 || claim.kind == Kind::file_mapping) return here.file;
  if (claim.kind != Kind::elf_image) return {};
  if (claim.path == Path::elf_image && claim.index < images.size()) return images[claim.index].path;
  const Mapping* first = analysis.target.mapping_at(claim.range.begin);
  return first == nullptr ? std::string_view() : std::string_view(first->file);
}

std::string things(Kind kind, std::uint64_t count) {
  const std::string_view shown = info(kind).shown;
  if (count == 1 || is_mass(kind)) return is_mass(kind) ? std::string(shown) : counted(1, shown);
  return counted(count, shown, fmt::format("{}{}", shown, shown.ends_with('x') ? "es" : "s"));
}

std::string part_label(Kind kind, std::uint64_t count) {
  const std::string label = things(kind, count);
  if (is_mass(kind)) return fmt::format("{:5}{}", "", label);
  const std::size_t digits = label.find(' ');
  return fmt::format("{:>4}{}", label.substr(0, digits), label.substr(digits));
}

bool is_uncounted(Kind kind) {
  switch (kind) {
    case Kind::heap_index:
    case Kind::scavenge_ranges:
    case Kind::debug_log:
    case Kind::vgetrandom_states:
    case Kind::page_rounding:
      return true;
    default:
      return false;
  }
}

std::string_view counter_label(Kind kind) {
  const Counter counter = info(kind).counter;
  if (counter != Counter::none) return name(counter);
  return is_uncounted(kind) ? "none" : kUnknownMark;
}

std::string how_we_know(Source source) {
  std::string text = describe(source);
  // Numbers of memmap's own lists say nothing to a person.
  const bool own_number = source.path == Path::elf_image || source.path == Path::elf || source.path == Path::native;
  if (own_number) text.resize(std::min(text.find(','), text.size()));
  return text;
}

std::string how_we_know_all(Path path) {
  static constexpr std::string_view kFormats[] = {
#define SOURCE(id, format) format,
#include "map/sources.def"
#undef SOURCE
  };
  return fmt::format(fmt::runtime(kFormats[static_cast<std::size_t>(path)]), "…");
}

}  // namespace memmap
