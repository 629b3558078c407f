// pprof and folded: read back with another decoder, from literals and from a whole process.
#include "export/stack_profile.h"

#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <map>

#include "export/gzip.h"
#include "session.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/gunzip.h"
#include "support/string_output.h"

namespace memmap {
namespace {

using test::StringOutput;

std::string written(void (*write)(const StackProfile&, Writer&), const StackProfile& profile) {
  StringOutput out;
  Writer writer(out, nullptr, false);
  write(profile, writer);
  writer.flush();
  return out.text;
}

std::string exported(std::unique_ptr<Analysis> analysis, std::vector<std::string> words) {
  Session session(std::move(analysis));
  StringOutput out;
  words.insert(words.begin(), "export");
  CHECK(test::ask(session, words, out).exit_code == 0);
  return out.text;
}

StackProfile two_samples() {
  StackProfile profile;
  profile.places.push_back({{Address(0xc000000000), Address(0xc000400000)}, 0, "[Go: heap]"});
  profile.place_names = {"c000000000 rw-"};
  profile.permissions = {"rw-p"};
  profile.samples.push_back({0, {"heap arena", "heap span", "heap_inuse"}, "heap_span", "heap_inuse", 8192, 4096, 1});
  profile.samples.push_back({0, {"heap arena", "arena reserve"}, "arena_reserve", "", 16384, 0, 1});
  return profile;
}

struct Decoded {
  std::vector<std::string> strings;
  std::vector<std::int64_t> types;
  std::vector<std::vector<std::int64_t>> values;
  std::vector<std::vector<std::uint64_t>> stacks;
  std::map<std::uint64_t, std::uint64_t> function_of;  // by location
  std::map<std::uint64_t, std::int64_t> name_of;       // by function
  std::vector<std::string> comments;
  std::string default_type;

  const std::string& text(std::int64_t number) const { return strings.at(static_cast<std::size_t>(number)); }
  std::vector<std::string> stack(std::size_t sample) const {
    std::vector<std::string> names;
    for (const std::uint64_t id : stacks[sample]) names.push_back(text(name_of.at(function_of.at(id))));
    return names;
  }
  std::int64_t sum(std::size_t type) const {
    std::int64_t total = 0;
    for (const std::vector<std::int64_t>& one : values) total += one[type];
    return total;
  }
};

std::uint64_t number_at(protozero::pbf_reader message, protozero::pbf_tag_type field) {
  return message.next(field) ? message.get_uint64() : 0;
}

void decode_sample(protozero::pbf_reader sample, Decoded& decoded) {
  while (sample.next()) {
    if (sample.tag() == 1) {
      const auto ids = sample.get_packed_uint64();
      decoded.stacks.emplace_back(ids.begin(), ids.end());
    } else if (sample.tag() == 2) {
      const auto values = sample.get_packed_int64();
      decoded.values.emplace_back(values.begin(), values.end());
    } else {
      sample.skip();
    }
  }
}

void decode_location(protozero::pbf_reader location, Decoded& decoded) {
  protozero::pbf_reader line = location;
  REQUIRE(line.next(4));
  decoded.function_of[number_at(location, 1)] = number_at(line.get_message(), 1);
}

Decoded decode(const std::string& packed) {
  const std::string text = test::gunzip(packed);
  Decoded decoded;
  std::vector<std::int64_t> comments;
  std::int64_t default_type = 0;
  protozero::pbf_reader profile(text);
  while (profile.next()) {
    switch (profile.tag()) {
      case 1:
        decoded.types.push_back(static_cast<std::int64_t>(number_at(profile.get_message(), 1)));
        break;
      case 2:
        decode_sample(profile.get_message(), decoded);
        break;
      case 4:
        decode_location(profile.get_message(), decoded);
        break;
      case 5: {
        const protozero::pbf_reader function = profile.get_message();
        decoded.name_of[number_at(function, 1)] = static_cast<std::int64_t>(number_at(function, 2));
        break;
      }
      case 6:
        decoded.strings.push_back(profile.get_string());
        break;
      case 13:
        comments.push_back(profile.get_int64());
        break;
      case 14:
        default_type = profile.get_int64();
        break;
      default:
        profile.skip();
    }
  }
  for (const std::int64_t comment : comments) decoded.comments.push_back(decoded.text(comment));
  decoded.default_type = decoded.text(default_type);
  return decoded;
}

std::vector<std::string> types(const Decoded& decoded) {
  std::vector<std::string> names;
  for (const std::int64_t type : decoded.types) names.push_back(decoded.text(type));
  return names;
}

TEST_CASE("gzip gives back what it got, and the same bytes each time") {
  std::string text;
  for (std::uint64_t i = 0; i < 400000; ++i) text += std::to_string(i * 7919);
  CHECK(test::gunzip(gzip(text)) == text);
  CHECK(gzip(text) == gzip(text));
  CHECK(test::gunzip(gzip("")).empty());
}

TEST_CASE("pprof: the counter innermost, the mapping outermost") {
  const Decoded decoded = decode(written(write_pprof, two_samples()));
  CHECK(decoded.strings.front().empty());
  CHECK(types(decoded) == std::vector<std::string>{"virtual", "count"});
  CHECK(decoded.default_type == "virtual");
  CHECK(decoded.values == std::vector<std::vector<std::int64_t>>{{8192, 1}, {16384, 1}});
  CHECK(decoded.stack(0) == std::vector<std::string>{"heap_inuse", "heap span", "heap arena", "c000000000 rw-"});
  CHECK(decoded.stack(1) == std::vector<std::string>{"arena reserve", "heap arena", "c000000000 rw-"});
}

TEST_CASE("pprof: resident is a sample type only where it is known") {
  StackProfile profile = two_samples();
  profile.residency_known = true;
  const Decoded decoded = decode(written(write_pprof, profile));
  CHECK(types(decoded) == std::vector<std::string>{"virtual", "resident", "count"});
  CHECK(decoded.values.front() == std::vector<std::int64_t>{8192, 4096, 1});
}

TEST_CASE("pprof: strings are UTF-8 whatever a file is called") {
  StackProfile profile = two_samples();
  profile.place_names = {"c000000000 rw-, a\xff"};
  CHECK(decode(written(write_pprof, profile)).stack(1).back() == "c000000000 rw-, a\uFFFD");
}

TEST_CASE("folded: a semicolon is only between frames, a line ends only behind a number") {
  StackProfile profile = two_samples();
  profile.place_names = {"c000000000 rw-, a;b\nc"};
  profile.samples[1].bytes = 0;
  CHECK(written(write_folded, profile) == "c000000000 rw-, a,b\uFFFDc;heap arena;heap span;heap_inuse 8192\n");
}

TEST_CASE("a process adds up in pprof: virtual, resident, and things counted once") {
  std::unique_ptr<Analysis> analysis = test::small_process();
  const auto mapped = static_cast<std::int64_t>(analysis->map.mapped_bytes());
  std::int64_t resident = 0;
  for (const Mapping& mapping : analysis->target.mappings)
    resident += static_cast<std::int64_t>(mapping.resident.value_or(0));
  const Decoded decoded = decode(exported(std::move(analysis), {"pprof"}));
  CHECK(decoded.sum(0) == mapped);
  CHECK(decoded.sum(1) == resident);
  // summary's TOTAL: the arena lies in three mappings and is one.
  const std::string table = exported(test::small_process(), {"csv", "--kind", "heap_arena"});
  CHECK(std::count(table.begin(), table.end(), '\n') == 4);
  const Decoded arena = decode(exported(test::small_process(), {"pprof", "--kind", "heap_arena"}));
  CHECK(arena.sum(2) == 1);
  CHECK(decoded.comments.front().find("go1.27.4") != std::string::npos);
}

TEST_CASE("bytes of two mappings are two stacks, however deep they nest") {
  test::AnalysisBuilder builder;
  for (const std::uint64_t begin : {0xc000000000ULL, 0xc000100000ULL}) {
    builder.mapping(begin, test::kMiB, "rw-p")
        .region(Kind::heap_arena, begin, test::kMiB, Path::arenas)
        .block(Kind::heap_span, begin, 65536, Path::allspans)
        .slot(Kind::persistent_chunk, begin, 8192, Path::added);  // a container: what lies in it is one level more
  }
  const std::string folded = exported(builder.build(), {"folded"});
  const std::string path = "heap arena;heap span;persistentalloc chunk;other persistent;";
  CHECK(folded.find("c000000000 rw-;" + path) != std::string::npos);
  CHECK(folded.find("c000100000 rw-;" + path) != std::string::npos);
}

TEST_CASE("a filter narrows the stacks") {
  const std::string folded = exported(test::small_process(), {"folded", "--kind", "free_pages"});
  CHECK(folded == "c000200000 rw-;heap arena;free pages;heap_free 524288\n");
}

}  // namespace
}  // namespace memmap
