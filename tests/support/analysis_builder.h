// An Analysis from literals, for tests of verbs: mappings, claims and spans as they stand, then
// the real resolve.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis.h"

namespace memmap::test {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;

class AnalysisBuilder {
 public:
  AnalysisBuilder() {
    Target& target = analysis_->target;
    target.origin = Origin::live;
    target.pid = 4242;
    target.executable = "/srv/gopher/memdemo";
  }

  AnalysisBuilder& go(std::string version) {
    RuntimeInfo& runtime = analysis_->model.runtime;
    runtime.found = true;
    runtime.go_version = std::move(version);
    runtime.goarch = "amd64";
    runtime.layout = "dwarf";
    return *this;
  }
  AnalysisBuilder& probe(std::string_view name, std::uint64_t tried, std::uint64_t held) {
    analysis_->model.runtime.probes.push_back(
        {name, "what holds in a healthy process", tried, held, Address(tried == held ? 0 : 0xbad000)});
    return *this;
  }

  // In address order. `letters` as in /proc/PID/maps: "rw-p". What is resident lies at the start of it.
  AnalysisBuilder& mapping(std::uint64_t begin, std::uint64_t size, std::string_view letters,
                           std::optional<std::uint64_t> resident = std::nullopt, std::string file = {}) {
    Mapping mapping;
    mapping.range = {Address(begin), Address(begin + size)};
    mapping.permissions = {letters[0] == 'r', letters[1] == 'w', letters[2] == 'x'};
    mapping.shared = letters[3] == 's';
    mapping.resident = resident;
    mapping.pages_known = resident.has_value();
    if (resident.value_or(0) != 0)
      analysis_->target.pages.push_back(
          {{Address(begin), Address(begin + *resident)}, std::uint8_t{} | PageFlag::present});
    mapping.file = std::move(file);
    analysis_->target.mappings.push_back(std::move(mapping));
    return *this;
  }

  AnalysisBuilder& claim(Level level, Kind kind, std::uint64_t begin, std::uint64_t size, Path path,
                         std::uint32_t index = 0) {
    claims_.push_back({{Address(begin), Address(begin + size)}, index, path, kind, level, Confidence::exact});
    return *this;
  }
  AnalysisBuilder& region(Kind kind, std::uint64_t begin, std::uint64_t size, Path path, std::uint32_t index = 0) {
    return claim(Level::region, kind, begin, size, path, index);
  }
  AnalysisBuilder& block(Kind kind, std::uint64_t begin, std::uint64_t size, Path path, std::uint32_t index = 0) {
    return claim(Level::block, kind, begin, size, path, index);
  }
  AnalysisBuilder& slot(Kind kind, std::uint64_t begin, std::uint64_t size, Path path, std::uint32_t index = 0) {
    return claim(Level::slot, kind, begin, size, path, index);
  }

  // The model's span and the claim that an annotator makes of it.
  AnalysisBuilder& span(Span span) {
    span.index = static_cast<std::uint32_t>(analysis_->model.spans.size());
    block(span.use == SpanUse::stack ? Kind::stack_span : Kind::heap_span, span.begin.value(), span.range().size(),
          Path::allspans, span.index);
    analysis_->model.spans.push_back(span);
    return *this;
  }

  Analysis& analysis() { return *analysis_; }
  std::unique_ptr<Analysis> build() {
    Analysis& a = *analysis_;
    a.map = AddressMap::resolve(a.target.mappings, std::move(claims_), a.findings, a.target.pages);
    a.ledger.mapped = a.map.mapped_bytes();
    a.ledger.unknown = a.map.self_bytes(Kind::unknown);
    return std::move(analysis_);
  }

 private:
  std::unique_ptr<Analysis> analysis_ = std::make_unique<Analysis>();
  std::vector<Claim> claims_;
};

// A small process as Go 1.27 makes it: an image, an arena that the kernel keeps in three pieces,
// two allocations in one mapping, reserved indexes, the kernel's own pieces. unknown is 0.
std::unique_ptr<Analysis> small_process();
AnalysisBuilder small_process_builder();

}  // namespace memmap::test
