#include "trace/rows.h"

#include "trace/lines.h"

namespace memmap::trace {
namespace {

Cell number_or_null(std::uint64_t number, std::uint64_t nothing) {
  return number == nothing ? Cell(std::monostate()) : Cell(number);
}

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::monostate()) : Cell(text); }

class EventRows {
 public:
  EventRows(const Log& log, RowSink& sink, std::size_t columns) : log_(log), sink_(sink), columns_(columns) {}

  bool row(Sequence sequence) {
    const Event& event = log_.event(sequence);
    stack_.clear();
    for (const Frame& frame : log_.frames(event.stack))
      stack_.push_back({log_.text(frame.function), log_.text(frame.file), frame.line, frame.pc});
    detail_ = remark(log_, event);
    const Log::Place place = log_.place(sequence);
    const Cell cells[] = {std::uint64_t{place.sequence},
                          number_of(event.parent),
                          static_cast<double>(event.nanoseconds) / 1e9,
                          std::uint64_t{event.thread},
                          number_or_null(event.goroutine, kNoGoroutine),
                          info(event.operation).id,
                          event.address == kNoAddress ? Cell(std::monostate()) : Cell(event.address),
                          number_or_null(event.size, kNoSize),
                          number_or_null(event.alignment, 0),
                          text_or_null(name(event.charge)),
                          std::span<const FrameCell>(stack_),
                          event.kind == Kind::unknown ? Cell(std::monostate()) : Cell(memmap::info(event.kind).id),
                          text_or_null(detail_),
                          std::uint64_t{event.protection},
                          std::uint64_t{event.flags},
                          std::uint64_t(event.error),
                          text_or_null(log_.text(event.text)),
                          event.before.empty() ? Cell(std::monostate()) : Cell(event.before.begin),
                          number_or_null(event.before.size(), 0),
                          number_of(event.ended_after),
                          std::uint64_t{place.trace}};
    return sink_.row(std::span(cells).first(columns_));
  }

 private:
  // In its trace.
  Cell number_of(Sequence sequence) const {
    return sequence == 0 ? Cell(std::monostate()) : Cell(std::uint64_t{log_.place(sequence).sequence});
  }

  const Log& log_;
  RowSink& sink_;
  const std::size_t columns_;
  std::vector<FrameCell> stack_;
  std::string detail_;
};

}  // namespace

Table event_table(const Log& log, const Operations& wanted) {
  Table table;
  table.name = "rows";
  table.columns = {
      {"sequence", true}, {"parent", true}, {"seconds", true}, {"thread", true},     {"goroutine", true},
      {"operation"},      {"address"},      {"size", true},    {"alignment", true},  {"counter"},
      {"stack"},          {"kind"},         {"detail"},        {"protection", true}, {"flags", true},
      {"error", true},    {"name"},         {"old_address"},   {"old_size", true},   {"ended_after", true}};
  table.rows = [&log, wanted, columns = table.columns.size()](RowSink& sink) {
    EventRows rows(log, sink, columns);
    for (Sequence sequence = 1; sequence <= log.size(); ++sequence)
      if (has(wanted, log.event(sequence).operation) && !rows.row(sequence)) return;
  };
  return table;
}

Table gone_table(const Log& log, std::span<const Sequence> gone) {
  Table table = event_table(log, {});
  table.name = "gone";
  table.columns.push_back({"trace", true});
  table.rows = [&log, gone, columns = table.columns.size()](RowSink& sink) {
    EventRows rows(log, sink, columns);
    for (const Sequence sequence : gone)
      if (!rows.row(sequence)) return;
  };
  return table;
}

}  // namespace memmap::trace
