#include "words/trace_options.h"

#include <fmt/format.h>

#include "words/choice.h"
#include "words/parse.h"

namespace memmap {
namespace {

constexpr Choice<trace::SumBy> kSumBy[] = {{"site", trace::SumBy::site},
                                           {"counter", trace::SumBy::counter},
                                           {"time", trace::SumBy::time},
                                           {"kind", trace::SumBy::kind},
                                           {"operation", trace::SumBy::operation}};

constexpr Choice<trace::Door> kDoors[] = {
    {"auto", trace::Door::automatic}, {"ptrace", trace::Door::ptrace}, {"uprobes", trace::Door::uprobes}};

std::string set_operations(TraceOptions& trace, const std::string& list) {
  trace.what.reset();
  trace.what_chosen = true;
  for (const std::string& pattern : split(list, ',')) {
    bool any = false;
    for (std::size_t i = 0; i < std::size(trace::kOperations); ++i)
      if (matches(pattern, trace::kOperations[i].id)) any = trace.what[i] = true;
    if (any) continue;
    std::vector<std::string_view> ids;
    for (const trace::OperationInfo& operation : trace::kOperations) ids.push_back(operation.id);
    const std::optional<std::string_view> meant = nearest(pattern, ids);
    return fmt::format("--what: no operation is called '{}'{}", printable(pattern),
                       meant ? fmt::format("; did you mean {}?", *meant) : ". 'memmap help trace' lists them.");
  }
  return {};
}

std::string set_count(std::string_view option, const std::string& word, std::uint64_t& value) {
  if (word.empty()) return {};
  const std::optional<std::uint64_t> count = parse_count(word);
  if (!count) return fmt::format("{} takes a number, not '{}'.", option, printable(word));
  value = *count;
  return {};
}

std::string set_by(TraceOptions& trace, const std::string& word) {
  if (word.empty()) return {};
  const auto by = choose("--by", word, kSumBy);
  if (!by) return by.error();
  trace.by = *by;
  trace.by_word = word;
  return {};
}

std::string set_door(TraceOptions& trace, const std::string& word) {
  if (word.empty()) return {};
  const auto door = choose("--door", word, kDoors);
  if (!door) return door.error();
  trace.door = *door;
  return {};
}

}  // namespace

std::string set_trace(TraceOptions& trace, const RawTraceOptions& raw) {
  if (!raw.what.empty())
    if (std::string wrong = set_operations(trace, raw.what); !wrong.empty()) return wrong;
  if (!raw.limit.empty() && !(trace.limit = parse_duration(raw.limit)))
    return fmt::format("--limit takes a time like 5s or 200ms, not '{}'.", printable(raw.limit));
  trace.until = raw.until;
  for (const std::string& wrong :
       {set_count("--hits", raw.hits, trace.hits), set_count("--stacks", raw.stacks, trace.stacks),
        set_by(trace, raw.by), set_door(trace, raw.door)})
    if (!wrong.empty()) return wrong;
  return {};
}

}  // namespace memmap
