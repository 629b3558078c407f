// The Perfetto writer, decoded by hand: what the trace says of tracks, slices, counters, stacks.
#include "export/perfetto.h"

#include <protozero/pbf_reader.hpp>

#include <algorithm>

#include "session.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/string_output.h"

namespace memmap {
namespace {

using protozero::pbf_reader;
using test::StringOutput;
using Fields = std::vector<std::pair<std::uint32_t, std::string>>;

// "8=100 11={9=1 11=2}" for a message whose fields are known to be messages, numbers or text.
std::string shown(pbf_reader message, const std::string& path = {}) {
  static const std::vector<std::string> kMessages = {"/11",   "/11/4",  "/11/55", "/11/55/1", "/12",  "/12/2",
                                                     "/12/3", "/12/29", "/60",    "/60/3",    "/60/8"};
  std::string text;
  while (message.next()) {
    const std::string here = path + "/" + std::to_string(message.tag());
    text += (text.empty() ? "" : " ") + std::to_string(message.tag()) + "=";
    if (std::find(kMessages.begin(), kMessages.end(), here) != kMessages.end())
      text += "{" + shown(message.get_message(), here) + "}";
    else if (message.wire_type() == protozero::pbf_wire_type::varint)
      text += std::to_string(message.get_uint64());
    else
      text += message.get_string();
  }
  return text;
}

std::vector<std::string> packets(const std::string& trace) {
  std::vector<std::string> lines;
  pbf_reader reader(trace);
  while (reader.next(1)) lines.push_back(shown(reader.get_message()));
  return lines;
}

std::vector<std::string> written(auto&& write) {
  StringOutput out;
  Writer writer(out, nullptr, false);
  PerfettoWriter perfetto(writer);
  write(perfetto);
  writer.flush();
  return packets(out.text);
}

TEST_CASE("tracks hang below their parents, in the order in which they were made") {
  CHECK(written([](PerfettoWriter& out) {
          const auto process = out.process(4242, "memdemo");
          out.counter_track("heap_inuse", out.track("by counter", process));
        }) == std::vector<std::string>{"10=1 13=3 60={1=1 2=memdemo 3={1=4242 6=memdemo} 11=3 12=1}",
                                       "10=1 13=2 60={1=2 2=by counter 5=1 11=3 12=2}",
                                       "10=1 13=2 60={1=3 2=heap_inuse 5=2 8={3=3} 11=3 12=3}"});
}

TEST_CASE("names are said once and then by number") {
  const PerfettoWriter::Note notes[] = {{"address", Address(0xc000)},
                                        {"counter", PerfettoWriter::Word{"heap_inuse"}},
                                        {"bytes", std::uint64_t{96}},
                                        {"detail", std::string_view("a\xff")}};
  CHECK(written([&](PerfettoWriter& out) {
          const auto track = out.track("t");
          out.begin(track, 5, "heap span", notes);
          out.end(track, 9);
          out.begin(track, 9, "heap span", {notes, 2});
        }) == std::vector<std::string>{"10=1 13=3 60={1=1 2=t 11=3 12=1}",
                                       "8=5 10=1 13=2 12={2={1=1 2=heap span} 3={1=1 2=address} 3={1=2 2=counter} "
                                       "29={1=1 2=heap_inuse} 3={1=3 2=bytes} 3={1=4 2=detail}} "
                                       "11={9=1 11=1 10=1 4={1=1 7=49152} 4={1=2 17=1} 4={1=3 3=96} 4={1=4 6=a\uFFFD}}",
                                       "8=9 10=1 13=2 11={9=2 11=1}",
                                       "8=9 10=1 13=2 11={9=1 11=1 10=1 4={1=1 7=49152} 4={1=2 17=1}}"});
}

TEST_CASE("counters over time, and instants with a stack from the outermost frame") {
  const PerfettoWriter::Frame stack[] = {{"runtime.sysAlloc", "mem.go", 56}, {"main.main", "", 0}};
  CHECK(written([&](PerfettoWriter& out) {
          const auto track = out.track("t");
          out.counter(out.counter_track("c", track), 7, 8192);
          out.instant(track, 8, "mmap", {}, stack);
        }) == std::vector<std::string>{"10=1 13=3 60={1=1 2=t 11=3 12=1}",
                                       "10=1 13=2 60={1=2 2=c 5=1 8={3=3} 11=3 12=2}",
                                       "8=7 10=1 13=2 11={9=4 11=2 30=8192}",
                                       "8=8 10=1 13=2 12={2={1=1 2=mmap}} "
                                       "11={9=3 11=1 10=1 55={1={1=main.main} 1={1=runtime.sysAlloc 2=mem.go 3=56}}}"});
}

TEST_CASE("a writer whose reader left says so") {
  StringOutput out;
  out.pieces_wanted = 1;
  Writer writer(out, nullptr, false);
  PerfettoWriter perfetto(writer);
  const auto track = perfetto.track("t");
  bool going = true;
  for (std::uint64_t time = 0; going && time < 100000; ++time) going = perfetto.counter(track, time, 1);
  CHECK_FALSE(going);
}

TEST_CASE("findings stand where they are") {
  test::AnalysisBuilder builder = test::small_process_builder();
  builder.analysis().findings.add(Severity::warning, {FaultCode::implausible, "mspan.npages", Address(0xc000001000)});
  Session session(builder.build());
  StringOutput out;
  const std::vector<std::string> words = {"export", "perfetto"};
  CHECK(test::ask(session, words, out).exit_code == 2);
  // The image's 0x1a0000 bytes lie before the arena.
  const std::vector<std::string> lines = packets(out.text);
  CHECK(lines.back().find("8=1703936 ") == 0);
  CHECK(lines.back().find("mspan.npages") != std::string::npos);
}

}  // namespace
}  // namespace memmap
