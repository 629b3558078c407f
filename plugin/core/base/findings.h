// What went wrong, without stopping. Every layer adds to one Findings; the report prints it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace memmap {

enum class Severity : std::uint8_t { note, warning, error };

class Findings {
 public:
  // Entries with the same severity, code and text are counted together; the first few
  // addresses are kept.
  void add(Severity severity, const Fault& fault);
  // A sentence for the user that names things only known at run time.
  void say(Severity severity, std::string_view code, std::string sentence);
  void append(const Findings& other);

  struct Entry {
    Severity severity = Severity::note;
    std::string code;     // stable id for programs: "unreadable", "core_truncated"
    std::string message;  // for people
    std::uint64_t count = 0;
    std::vector<Address> examples;
  };

  // True when something that should have been read was not: totals are lower bounds.
  bool partial() const { return partial_; }
  const std::vector<Entry>& entries() const { return entries_; }  // in order of appearance

 private:
  static constexpr std::size_t kExamples = 4;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t, std::less<>> index_;
  bool partial_ = false;
};

std::string_view name(FaultCode code);
std::string_view name(Severity severity);

}  // namespace memmap
