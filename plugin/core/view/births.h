// annotate --births: beside each piece of the map the call that made it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "analysis.h"
#include "trace/births.h"
#include "trace/enclosing.h"
#include "view/fold.h"

namespace memmap {

class BirthView {
 public:
  // The log has to outlive it.
  explicit BirthView(const trace::Log& log) : log_(log), births_(log) {}

  const trace::Log& log() const { return log_; }
  trace::Birth of(AddressRange range) const { return births_.of(range); }
  // "0.001234 s", and of which trace where there are several.
  std::string time(trace::Sequence sequence) const;
  // What shows that the events are not of this target as it stands.
  void compare(const Analysis& analysis, Findings& findings) const;
  // Events whose memory is no longer there.
  Table gone_table() const;
  void show_gone(Report& report) const;

 private:
  const trace::Log& log_;
  trace::Births births_;
};

// {"sequence","operation","seconds","thread","goroutine","others","trace","stack"}, or null.
class BirthCell {
 public:
  // Valid until the next call.
  Cell cell(const BirthView& births, AddressRange range);

 private:
  std::vector<FrameCell> stack_;
  std::vector<Member> members_;
};

// Two lines below a row of the screen, unless the row above it had the same birth.
class BirthNotes {
 public:
  BirthNotes(const BirthView* births, RowSink& sink) : births_(births), sink_(sink) {}
  bool emit(const ViewRow& row);

 private:
  bool line(const std::string& text, unsigned depth);

  const BirthView* births_;  // null: no notes
  RowSink& sink_;
  trace::Sequence last_ = 0;
};

}  // namespace memmap
