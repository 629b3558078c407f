#include "view/strip.h"

#include <algorithm>

#include "view/select.h"

namespace memmap {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(StripView::count_)> kShown = {"mapped", "accessible",
                                                                                              "counted in Sys"};

// Takes the map apart into pieces that do not overlap: a node's own bytes are what its children
// leave.
class StripPieces {
 public:
  StripPieces(const Analysis& analysis, const Filter& filter, StripView view)
      : analysis_(analysis), filter_(filter), view_(view) {
    strip_.shown = kShown[static_cast<std::size_t>(view)];
  }

  Strip run() {
    for (const Node& node : analysis_.map.nodes()) {
      close(node.range.begin, node.depth);
      reach(node.range.begin);
      open_.push_back(&node);
      at_ = node.range.begin;
    }
    close(Address(~std::uint64_t{0}), 0);
    return std::move(strip_);
  }

 private:
  void close(Address until, std::size_t depth) {
    while (!open_.empty() && (open_.back()->depth >= depth || open_.back()->range.end <= until)) {
      reach(open_.back()->range.end);
      open_.pop_back();
    }
  }
  // What lies between here and `to` is the innermost open node's own.
  void reach(Address to) {
    if (!open_.empty() && at_ < to) add({at_, to}, *open_.back());
    at_ = std::max(at_, to);
  }
  bool shows(const Node& node, Kind kind) const {
    if (!wanted(analysis_, filter_, node)) return false;
    if (view_ == StripView::counted) return info(kind).counter != Counter::none;
    return view_ == StripView::mapped || !analysis_.target.mappings[node.mapping].permissions.none();
  }
  void add(AddressRange range, const Node& node);

  const Analysis& analysis_;
  const Filter& filter_;
  StripView view_;
  Strip strip_;
  std::vector<const Node*> open_;
  Address at_;
};

void StripPieces::add(AddressRange range, const Node& node) {
  const Kind kind = analysis_.map.claim(node).kind;
  if (!shows(node, kind)) return;
  const Family family = family_of(kind);
  strip_.bytes += range.size();
  strip_.of_family[static_cast<std::size_t>(family)] += range.size();
  if (!strip_.runs.empty() && strip_.runs.back().family == family) {
    strip_.runs.back().range.end = range.end;
    strip_.runs.back().bytes += range.size();
  } else {
    strip_.runs.push_back({range, range.size(), family});
  }
}

// One column under way.
struct Majority {
  std::array<std::uint64_t, kFamilyCount> bytes{};
  Run column;

  void take(const Run& run, std::uint64_t size) {
    if (column.bytes == 0) column.range.begin = run.range.begin;
    column.range.end = run.range.end;
    column.bytes += size;
    bytes[static_cast<std::size_t>(run.family)] += size;
  }
  Run done() const {
    Run run = column;
    run.family = static_cast<Family>(std::max_element(bytes.begin(), bytes.end()) - bytes.begin());
    return run;
  }
};

}  // namespace

Strip strip_of(const Analysis& analysis, const Filter& filter, StripView view) {
  return StripPieces(analysis, filter, view).run();
}

std::vector<Run> columns_of(const Strip& strip, std::size_t columns) {
  std::vector<Run> parts;
  const std::uint64_t wanted = std::min<std::uint64_t>(columns, strip.bytes);
  if (wanted == 0) return parts;
  // The first `larger` columns have a byte more, so that all are whole bytes.
  const std::uint64_t size = strip.bytes / wanted;
  const std::uint64_t larger = strip.bytes % wanted;
  Majority part;
  for (Run run : strip.runs) {
    while (run.bytes != 0) {
      const std::uint64_t full = size + (parts.size() < larger ? 1 : 0);
      const std::uint64_t taken = std::min(run.bytes, full - part.column.bytes);
      part.take(run, taken);
      run.bytes -= taken;
      if (part.column.bytes < full) break;
      parts.push_back(part.done());
      part = {};
    }
  }
  return parts;
}

}  // namespace memmap
