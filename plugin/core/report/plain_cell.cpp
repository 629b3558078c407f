#include "report/plain_cell.h"

#include <fmt/format.h>

#include "base/text.h"

namespace memmap {
namespace {

struct PlainWriter {
  std::string& out;
  void operator()(std::monostate) const {}
  void operator()(Hidden) const {}
  void operator()(std::string_view text) const { append_utf8(out, text); }
  void operator()(Address a) const { append_address(out, a); }
  void operator()(Bytes bytes) const { append_decimal(out, bytes.count); }
  void operator()(SignedBytes bytes) const { out += fmt::format("{}", bytes.count); }
  void operator()(std::uint64_t number) const { append_decimal(out, number); }
  void operator()(double number) const { out += fmt::format("{}", number); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(AddressRange range) const {
    append_address(out, range.begin);
    out += '-';
    append_address(out, range.end);
  }
  void operator()(std::span<const TermCell> terms) const {
    for (const TermCell& term : terms) {
      if (&term != terms.data()) out += "; ";
      append_utf8(out, term.name);
      out += fmt::format(" {}", term.bytes);
    }
  }
  void operator()(RecordCell record) const {
    for (const Member& member : std::span(record.members, record.count)) {
      if (&member != record.members) out += "; ";
      append_utf8(out, member.name);
      out += ' ';
      std::visit(*this, member.value);
    }
  }
  void operator()(std::span<const FrameCell> frames) const {
    for (const FrameCell& frame : frames) {
      if (&frame != frames.data()) out += "; ";
      if (frame.function.empty())
        append_address(out, frame.pc);
      else
        append_utf8(out, frame.function);
    }
  }
};

}  // namespace

void append_plain_cell(std::string& out, const Cell& cell) { std::visit(PlainWriter{out}, cell); }

}  // namespace memmap
