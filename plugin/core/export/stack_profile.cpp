// A StackProfile as pprof.
#include "export/stack_profile.h"

#include "export/gzip.h"
#include "export/pprof.h"

namespace memmap {
namespace {

using Id = PprofWriter::Id;

void add(const StackProfile& profile, const StackProfile::Sample& sample, std::span<const Id> mappings,
         PprofWriter& out) {
  const Address begin = profile.places[sample.place].range.begin;
  const auto location = [&](std::string_view name) {
    const PprofWriter::Line line{.function = name};
    return out.location(mappings[sample.place], begin, std::span(&line, 1));
  };
  std::vector<Id> stack;  // innermost first
  for (std::size_t i = sample.frames.size(); i-- > 0;) stack.push_back(location(sample.frames[i]));
  stack.push_back(location(profile.place_names[sample.place]));
  std::vector<std::int64_t> values = {static_cast<std::int64_t>(sample.bytes)};
  if (profile.residency_known) values.push_back(static_cast<std::int64_t>(sample.resident));
  values.push_back(static_cast<std::int64_t>(sample.count));
  out.sample(stack, values,
             {{"kind", sample.kind}, {"counter", sample.counter}, {"permissions", profile.permissions[sample.place]}});
}

}  // namespace

void write_pprof(const StackProfile& profile, Writer& writer) {
  PprofWriter out;
  out.sample_type("virtual", "bytes");
  if (profile.residency_known) out.sample_type("resident", "bytes");
  out.sample_type("count", "count");
  std::vector<Id> mappings;
  for (const StackProfile::Place& place : profile.places)
    mappings.push_back(out.mapping(place.range, place.file_offset, place.file));
  for (const StackProfile::Sample& sample : profile.samples) add(profile, sample, mappings, out);
  for (const std::string& comment : profile.comments) out.comment(comment);
  writer.text() += gzip(out.finish());
}

}  // namespace memmap
