// export pprof and export folded: bytes by mapping, by what lies in what, and by counter.
#include <fmt/format.h>

#include <unordered_map>

#include "export/stack_profile.h"
#include "verbs/export/exports.h"
#include "view/fold.h"
#include "view/naming.h"
#include "view/select.h"

namespace memmap {
namespace {

constexpr std::string_view kSomewhere = "resident, in which part is not known";

StackProfile::Place place_of(const Mapping& mapping) {
  StackProfile::Place place{mapping.range, mapping.file_offset, mapping.file};
  if (place.file.empty()) place.file = mapping.vma_name.empty() ? "[anonymous]" : fmt::format("[{}]", mapping.vma_name);
  return place;
}

class Collect {
 public:
  Collect(const Analysis& analysis, const Filter& filter) : analysis_(analysis), filter_(filter) {
    for (const Mapping& mapping : analysis.target.mappings) {
      profile_.places.push_back(place_of(mapping));
      profile_.place_names.push_back(mapping_words(mapping));
      profile_.permissions.push_back(permission_letters(mapping));
      profile_.residency_known = profile_.residency_known || mapping.resident;
    }
    told_.resize(profile_.places.size());
  }

  StackProfile run() {
    const std::span<const Node> nodes = analysis_.map.nodes();
    for (std::uint32_t i = 0; i < nodes.size(); ++i) add(i, nodes[i]);
    if (!filter_.narrows()) add_untold();
    profile_.comments.push_back(title(analysis_));
    if (analysis_.findings.partial()) profile_.comments.push_back("partial: memmap check says what is missing");
    return std::move(profile_);
  }

 private:
  StackProfile::Sample& sample_at(const Node& node, Kind kind);
  void add(std::uint32_t index, const Node& node);
  void add_untold();

  const Analysis& analysis_;
  const Filter& filter_;
  StackProfile profile_;
  std::vector<Kind> path_;                                    // kinds of the nodes around this one, outermost first
  std::vector<std::uint64_t> told_;                           // by mapping: resident bytes that are in a sample
  std::vector<bool> counted_;                                 // by claim
  std::uint32_t mapping_ = 0;                                 // the one that nodes are of just now
  std::unordered_map<std::uint64_t, std::size_t> sample_of_;  // by path_, in this mapping
};

StackProfile::Sample& Collect::sample_at(const Node& node, Kind kind) {
  if (node.mapping != mapping_) sample_of_.clear();  // nodes come mapping by mapping
  mapping_ = node.mapping;
  std::uint64_t kinds = 1;  // the levels below a mapping follow, and a leftover in the lowest
  static_assert(static_cast<int>(Level::slot) + 1 < 8);
  for (const Kind one : path_) kinds = kinds << 8 | static_cast<std::uint8_t>(one);
  const auto [at, fresh] = sample_of_.try_emplace(kinds, profile_.samples.size());
  if (!fresh) return profile_.samples[at->second];
  StackProfile::Sample& sample = profile_.samples.emplace_back();
  sample.place = node.mapping;
  for (const Kind one : path_) sample.frames.push_back(info(one).shown);
  const std::string_view counter = name(info(kind).counter);
  if (!counter.empty()) sample.frames.push_back(counter);
  sample.kind = info(kind).id;
  sample.counter = counter;
  return sample;
}

void Collect::add(std::uint32_t index, const Node& node) {
  const Kind kind = analysis_.map.claim(node).kind;
  path_.resize(node.depth == 0 ? 0 : node.depth - 1U);
  if (kind == Kind::mapping) return;  // the profile's own mappings say it
  path_.push_back(kind);
  if (!wanted(analysis_, filter_, node)) return;

  StackProfile::Sample& sample = sample_at(node, kind);
  const std::uint64_t resident = own_resident_bytes(analysis_, index).value_or(0);
  sample.bytes += node.self_bytes;
  sample.resident += resident;
  told_[node.mapping] += resident;
  if (node.claim >= counted_.size()) counted_.resize(node.claim + 1);
  sample.count += counted_[node.claim] ? 0 : 1;
  counted_[node.claim] = true;
}

// So that the resident bytes add up to RSS.
void Collect::add_untold() {
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const std::uint64_t resident = analysis_.target.mappings[i].resident.value_or(0);
    if (resident <= told_[i]) continue;
    StackProfile::Sample& sample = profile_.samples.emplace_back();
    sample.place = i;
    sample.frames = {kSomewhere};
    sample.resident = resident - told_[i];
  }
}

}  // namespace

void export_pprof(const Question& question, Writer& writer) {
  write_pprof(Collect(*question.analysis, question.command.filter).run(), writer);
}

void export_folded(const Question& question, Writer& writer) {
  write_folded(Collect(*question.analysis, question.command.filter).run(), writer);
}

}  // namespace memmap
