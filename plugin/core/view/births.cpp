#include "view/births.h"

#include <algorithm>

#include <fmt/format.h>

#include "trace/lines.h"
#include "trace/rows.h"

namespace memmap {
namespace {

constexpr std::size_t kStackWidth = 104;  // columns, below an indented row
constexpr std::size_t kGoneRows = 20;

double seconds(const trace::Event& event) { return static_cast<double>(event.nanoseconds) / 1e9; }

Cell goroutine_cell(const trace::Event& event) {
  return event.goroutine == trace::kNoGoroutine ? Cell(std::monostate()) : Cell(event.goroutine);
}

std::string frame_name(const trace::Log& log, const trace::Frame& frame) {
  const std::string_view function = log.text(frame.function);
  return function.empty() ? fmt::format("{:x}", frame.pc.value()) : printable(trace::short_name(function));
}

// "(*mheap).grow ← (*mheap).alloc ← … ← main.fill": from who asked on, as far as it fits, and
// the first function outside of the runtime.
std::string stack_text(const trace::Log& log, trace::StackId stack) {
  const std::span<const trace::Frame> frames = log.frames(stack);
  const trace::CallSite site = trace::call_site(log, frames);
  const std::string ends = trace::site_text(log, stack, site);
  const std::size_t arrow = ends.find(" ← ");
  const std::string user = arrow == std::string::npos ? std::string() : "…" + ends.substr(arrow);
  std::string text;
  for (std::size_t i = site.frame.value_or(0); i < frames.size(); ++i) {
    const std::string name = frame_name(log, frames[i]);
    if (display_width(text) + display_width(name) + display_width(user) + 6 > kStackWidth)
      return clipped(text + (user.empty() ? "…" : user), kStackWidth);
    text += name;
    if (i + 1 < frames.size()) text += " ← ";
  }
  return clipped(text, kStackWidth);
}

}  // namespace

Table BirthView::gone_table() const { return trace::gone_table(log_, births_.gone()); }

// What a mapping of the target no longer holds was given back unseen, or was never its own.
void BirthView::compare(const Analysis& analysis, Findings& findings) const {
  std::uint64_t missing = 0;
  for (const AddressRange& range : births_.held()) missing += range.size() - analysis.map.mapped_bytes(range);
  if (missing != 0)
    findings.say(Severity::note, "not_mapped",
                 fmt::format("{} that the events have made are not mapped here: given back unseen, "
                             "or another process's",
                             human(missing)));
  const std::optional<std::uint64_t> pid = analysis.target.pid;
  if (log_.process() != 0 && pid && *pid != log_.process())
    findings.say(Severity::warning, "another_process",
                 fmt::format("the events are of process {}, and this is process {}: births may be another's",
                             log_.process(), *pid));
}

std::string BirthView::time(trace::Sequence sequence) const {
  const std::string time = fmt::format("{:.6f} s", seconds(log_.event(sequence)));
  return log_.traces() == 1 ? time : fmt::format("{} of trace {}", time, log_.place(sequence).trace);
}

void BirthView::show_gone(Report& report) const {
  if (births_.gone().empty()) return;
  report.say("");
  report.say(fmt::format("{} took memory that is no longer there", counted(births_.gone().size(), "event")));
  Table table;
  const bool several = log_.traces() > 1;
  table.columns = {{"SECONDS", true}, {"G", true},    {"OPERATION"},
                   {"ADDRESS", true}, {"SIZE", true}, {.name = "STACK", .elastic = true}};
  if (several) table.columns.insert(table.columns.begin(), {"TRACE", true});
  table.rows = [this, several](RowSink& sink) {
    for (std::size_t i = 0; i < births_.gone().size() && i < kGoneRows; ++i) {
      const trace::Sequence sequence = births_.gone()[i];
      const trace::Event& event = log_.event(sequence);
      const std::string time = fmt::format("{:.6f}", seconds(event));
      const std::string stack = stack_text(log_, event.stack);
      const Cell cells[] = {std::uint64_t{log_.place(sequence).trace},
                            std::string_view(time),
                            goroutine_cell(event),
                            info(event.operation).id,
                            event.address,
                            Bytes{event.size},
                            std::string_view(stack)};
      if (!sink.row(std::span(cells).subspan(several ? 0 : 1))) return;
    }
  };
  report.show(std::move(table));
  if (births_.gone().size() > kGoneRows)
    report.say(fmt::format("… {}", counted(births_.gone().size() - kGoneRows, "more row")), Tone::dim);
}

Cell BirthCell::cell(const BirthView& births, AddressRange range) {
  const trace::Birth birth = births.of(range);
  if (birth.sequence == 0) return std::monostate();
  const trace::Log& log = births.log();
  const trace::Event& event = log.event(birth.sequence);
  stack_.clear();
  for (const trace::Frame& frame : log.frames(event.stack))
    stack_.push_back({log.text(frame.function), log.text(frame.file), frame.line, frame.pc});
  const trace::Log::Place place = log.place(birth.sequence);
  members_ = {{"sequence", std::uint64_t{place.sequence}},
              {"operation", info(event.operation).id},
              {"seconds", seconds(event)},
              {"thread", std::uint64_t{event.thread}},
              {"goroutine", goroutine_cell(event)},
              {"others", std::uint64_t{birth.others}},
              {"trace", std::uint64_t{place.trace}},
              {"stack", std::span<const FrameCell>(stack_)}};
  return RecordCell{members_.data(), members_.size()};
}

bool BirthNotes::emit(const ViewRow& row) {
  if (births_ == nullptr || !row.label.empty()) return true;
  const trace::Birth birth = births_->of(row.range);
  if (birth.sequence == 0 || birth.sequence == last_) return true;
  last_ = birth.sequence;
  const trace::Event& event = births_->log().event(birth.sequence);
  std::string text = fmt::format("made by {} at {}", info(event.operation).id, births_->time(birth.sequence));
  if (event.size != trace::kNoSize && event.size != row.range.size()) text += fmt::format(" of {}", human(event.size));
  if (event.goroutine != trace::kNoGoroutine) text += fmt::format(", goroutine {}", event.goroutine);
  if (birth.others != 0) text += fmt::format(", the rest by {} later", counted(birth.others, "event"));
  return line(text, row.depth + 1) && line(stack_text(births_->log(), event.stack), row.depth + 1);
}

bool BirthNotes::line(const std::string& text, unsigned depth) {
  if (text.empty()) return true;
  const Cell cells[] = {std::string_view(text), Hidden(), Hidden(), Hidden(), Hidden(), Hidden(), Hidden()};
  return sink_.row(cells, depth, Tone::dim);
}

}  // namespace memmap
