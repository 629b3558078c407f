#include "view/naming.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "view/detail.h"
#include "view/families.h"
#include "view/fold.h"

namespace memmap {
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
  if (info(kind).noun == Noun::mass) return std::string(shown);
  return counted(count, shown, fmt::format("{}{}", shown, shown.ends_with('x') ? "es" : "s"));
}

std::string part_label(Kind kind, std::uint64_t count) {
  const std::string label = things(kind, count);
  if (info(kind).noun == Noun::mass) return fmt::format("{:5}{}", "", label);
  const std::size_t digits = label.find(' ');
  return fmt::format("{:>4}{}", label.substr(0, digits), label.substr(digits));
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
