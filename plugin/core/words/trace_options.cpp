#include "words/trace_options.h"

#include <fmt/format.h>

#include "words/choice.h"
#include "words/command.h"
#include "words/parse.h"
#include "words/raw_options.h"

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

std::string set_count(std::string_view option, const std::optional<std::string>& word, std::uint64_t& value) {
  if (!word) return {};
  const std::optional<std::uint64_t> count = parse_count(*word);
  if (!count) return fmt::format("{} takes a number, not '{}'.", option, printable(*word));
  value = *count;
  return {};
}

std::string set_by(TraceOptions& trace, const std::optional<std::string>& word) {
  if (!word) return {};
  const auto by = choose("--by", *word, kSumBy);
  if (!by) return by.error();
  trace.by = *by;
  trace.by_word = *word;
  return {};
}

std::string set_door(TraceOptions& trace, const std::optional<std::string>& word) {
  if (!word) return {};
  const auto door = choose("--door", *word, kDoors);
  if (!door) return door.error();
  trace.door = *door;
  return {};
}

std::string list_of_steps(const Verb& verb) {
  std::string list;
  for (const Step& step : verb.steps)
    list += fmt::format("{}{}", list.empty() ? "" : &step == &verb.steps.back() ? " or " : ", ", step.word);
  return list;
}

}  // namespace

std::string set_trace(TraceOptions& trace, const RawOptions& raw) {
  trace.file = raw.traced.value_or("");
  if (raw.what)
    if (std::string wrong = set_operations(trace, *raw.what); !wrong.empty()) return wrong;
  if (raw.limit && !(trace.limit = parse_duration(*raw.limit)))
    return fmt::format("--limit takes a time like 5s or 200ms, not '{}'.", printable(*raw.limit));
  trace.until = raw.until.value_or("");
  for (const std::string& wrong :
       {set_count("--hits", raw.hits, trace.hits), set_count("--stacks", raw.stacks, trace.stacks),
        set_by(trace, raw.sum_by), set_door(trace, raw.door)})
    if (!wrong.empty()) return wrong;
  return {};
}

std::string wrong_step(const Command& command) {
  const Verb& verb = *command.verb;
  if (verb.steps.empty()) return {};
  const std::string_view name = verb.name;
  if (command.step == nullptr)
    return fmt::format("{0} is followed by {1}. 'memmap help {0}' shows how.", name, list_of_steps(verb));
  const Step& step = *command.step;
  const TraceOptions& trace = command.trace;
  if (step.catches && !trace.file.empty())
    return fmt::format("{} {} takes no argument '{}'{}.", name, step.word, printable(trace.file),
                       step.starts ? "; a program stands behind --" : "");
  if (!step.starts && !trace.program.empty())
    return fmt::format("{} {} starts no program: what stands behind -- goes with trace run.", name, step.word);
  if (step.starts && (trace.program.empty() || trace.program.front().empty()))
    return fmt::format("{0} {1} needs a program: memmap {0} {1} -- PROGRAM WORDS.", name, step.word);
  if (step.starts && trace.door == trace::Door::uprobes)
    return "--door uprobes goes with trace continue -p PID: a program that trace run starts is held by ptrace.";
  if (!step.catches && trace.says_how())
    return "--limit, --hits, --until and --door go with trace run and trace continue.";
  return {};
}

}  // namespace memmap
