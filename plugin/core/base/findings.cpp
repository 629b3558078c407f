#include "base/findings.h"

#include <fmt/format.h>

namespace memmap {

std::string_view name(FaultCode code) {
  switch (code) {
    case FaultCode::unreadable:
      return "unreadable";
    case FaultCode::implausible:
      return "implausible";
    case FaultCode::not_found:
      return "not_found";
    case FaultCode::unsupported:
      return "unsupported";
  }
  return "";
}

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

void Findings::add(Severity severity, const Fault& fault) {
  const std::string_view code = name(fault.code);
  const std::string message = fmt::format("{} {}", fault.what, fault.code == FaultCode::not_found ? "not found" : code);
  say(severity, code, message);
  Entry& entry = entries_[index_.find(fmt::format("{}|{}|{}", name(severity), code, message))->second];
  if (!fault.where.is_null() && entry.examples.size() < kExamples) entry.examples.push_back(fault.where);
}

void Findings::say(Severity severity, std::string_view code, std::string sentence) {
  if (severity != Severity::note) partial_ = true;
  const auto [at, fresh] = index_.try_emplace(fmt::format("{}|{}|{}", name(severity), code, sentence), entries_.size());
  if (fresh) entries_.push_back({severity, std::string(code), std::move(sentence), 0, {}});
  ++entries_[at->second].count;
}

void Findings::append(const Findings& other) {
  for (const Entry& entry : other.entries_) {
    say(entry.severity, entry.code, entry.message);
    Entry& mine =
        entries_[index_.find(fmt::format("{}|{}|{}", name(entry.severity), entry.code, entry.message))->second];
    mine.count += entry.count - 1;
    for (const Address example : entry.examples)
      if (mine.examples.size() < kExamples) mine.examples.push_back(example);
  }
}

}  // namespace memmap
