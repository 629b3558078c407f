// export perfetto: the mapped bytes in address order as a time axis, one byte a nanosecond, with
// the holes left out; what lies in what as nested slices; counters and kinds as counter tracks.
#include <algorithm>

#include "export/perfetto.h"
#include "verbs/export/exports.h"
#include "view/detail.h"
#include "view/naming.h"
#include "view/select.h"
#include "view/sums.h"

namespace memmap {
namespace {

using Track = PerfettoWriter::Track;
using Note = PerfettoWriter::Note;
using Word = PerfettoWriter::Word;

class Strip {
 public:
  Strip(const Question& question, Writer& writer)
      : analysis_(*question.analysis), filter_(question.command.filter), out_(writer) {
    for (const Mapping& mapping : analysis_.target.mappings) {
      position_.push_back(length_);
      length_ += mapping.range.size();
    }
  }

  void run() {
    const std::string name = title(analysis_);
    const Track process = analysis_.target.pid ? out_.process(*analysis_.target.pid, name) : out_.track(name);
    if (!sums("bytes by counter", process, Dimension::counter) || !sums("bytes by kind", process, Dimension::kind) ||
        !pieces(out_.track("address space, 1 byte = 1 ns, holes left out", process)))
      return;
    findings(process);
  }

 private:
  bool sums(std::string_view name, Track process, Dimension dimension);
  bool pieces(Track track);
  bool piece(Track track, const Node& node);
  bool close(Track track, std::size_t keep);
  void findings(Track process);
  std::uint64_t position(const Node& node) const {
    const Mapping& mapping = analysis_.target.mappings[node.mapping];
    return position_[node.mapping] + (node.range.begin - mapping.range.begin);
  }

  const Analysis& analysis_;
  const Filter& filter_;
  PerfettoWriter out_;
  std::vector<std::uint64_t> position_;  // of each mapping on the axis
  std::uint64_t length_ = 0;             // of the axis
  struct Open {
    std::uint64_t end = 0;
    std::uint8_t depth = 0;
  };
  std::vector<Open> open_;  // slices that were begun, outermost first
};

// The state of now: one value from end to end.
bool Strip::sums(std::string_view name, Track process, Dimension dimension) {
  const Track group = out_.track(name, process);
  Sums sums = add_up(analysis_, filter_, std::span(&dimension, 1));
  std::stable_sort(sums.rows.begin(), sums.rows.end(),
                   [](const SumRow& a, const SumRow& b) { return a.bytes > b.bytes; });
  for (const SumRow& row : sums.rows) {
    const std::string_view charged = memmap::name(*row.counter);
    const Track track = out_.counter_track(row.kind          ? info(*row.kind).shown
                                           : charged.empty() ? "in no counter"
                                                             : charged,
                                           group);
    for (const std::uint64_t time : {std::uint64_t{0}, length_})
      if (!out_.counter(track, time, static_cast<std::int64_t>(row.bytes))) return false;
  }
  return true;
}

bool Strip::close(Track track, std::size_t depth) {
  while (!open_.empty() && open_.back().depth >= depth) {
    if (!out_.end(track, open_.back().end)) return false;
    open_.pop_back();
  }
  return true;
}

bool Strip::piece(Track track, const Node& node) {
  const Kind kind = analysis_.map.claim(node).kind;
  const Mapping& mapping = analysis_.target.mappings[node.mapping];
  const bool is_mapping = node.depth == 0;
  const std::string detail = is_mapping ? std::string() : detail_of(analysis_.model, analysis_.map, node);
  const std::string label = is_mapping ? mapping_words(mapping) : std::string(info(kind).shown);
  std::vector<Note> notes = {{"address", node.range.begin}};
  if (info(kind).counter != Counter::none) notes.push_back({"counter", Word{name(info(kind).counter)}});
  if (!detail.empty()) notes.push_back({"detail", std::string_view(detail)});
  if (const std::optional<std::uint64_t> resident = resident_bytes(analysis_, node))
    notes.push_back({"resident", *resident});

  const std::uint64_t begin = position(node);
  if (!close(track, node.depth) || !out_.begin(track, begin, label, notes)) return false;
  open_.push_back({begin + node.range.size(), node.depth});
  return true;
}

bool Strip::pieces(Track track) {
  for (const Node& node : analysis_.map.nodes())
    if (wanted(analysis_, filter_, node) && !piece(track, node)) return false;
  return close(track, 0);
}

void Strip::findings(Track process) {
  std::vector<std::pair<std::uint64_t, const Findings::Entry*>> at;
  for (const Findings::Entry& finding : analysis_.findings.entries()) {
    if (finding.severity == Severity::note) continue;
    const std::vector<const Node*> path =
        finding.examples.empty() ? std::vector<const Node*>() : analysis_.map.path_to(finding.examples.front());
    at.emplace_back(path.empty() ? 0 : position(*path.back()), &finding);
  }
  if (at.empty()) return;
  std::stable_sort(at.begin(), at.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const Track track = out_.track("findings", process);
  for (const auto& [time, finding] : at) {
    const Note notes[] = {{"severity", Word{name(finding->severity)}}, {"times", finding->count}};
    if (!out_.instant(track, time, finding->message, notes)) return;
  }
}

}  // namespace

void export_perfetto(const Question& question, Writer& writer) { Strip(question, writer).run(); }

}  // namespace memmap
