// Lines for flamegraph.pl: a semicolon ends a frame, the last blank precedes the number.
#include "base/text.h"
#include "export/stack_profile.h"

namespace memmap {
namespace {

void append_frame(std::string& out, std::string_view frame) {
  for (const char c : printable(frame)) out += c == ';' ? ',' : c;
}

}  // namespace

void write_folded(const StackProfile& profile, Writer& writer) {
  for (const StackProfile::Sample& sample : profile.samples) {
    if (sample.bytes == 0) continue;
    std::string& out = writer.text();
    append_frame(out, profile.place_names[sample.place]);
    for (const std::string_view frame : sample.frames) {
      out += ';';
      append_frame(out, frame);
    }
    out += ' ';
    append_decimal(out, sample.bytes);
    out += '\n';
    if (!writer.go_on()) return;
  }
}

}  // namespace memmap
