// Target from an ELF core, read through a private mapping of the file.
#pragma once

#include <tl/expected.hpp>

#include "base/findings.h"
#include "process/source.h"

namespace memmap {

// `executable` may be empty: then the path that the core names is tried. The error is a sentence
// for the user. What is damaged or missing but not fatal goes to `findings`: core_truncated,
// core_notes, no_executable, wrong_executable, gdb_reservations.
tl::expected<Target, std::string> open_core(const std::string& core, const std::string& executable, Findings& findings);

class CoreSource : public TargetSource {
 public:
  explicit CoreSource(std::string core, std::string executable = {})
      : core_(std::move(core)), executable_(std::move(executable)) {}

  // Empty until open(): only the core tells which file fits.
  std::string executable_file() const override { return executable_file_; }
  Result<Target> open(Findings& findings) override;
  void close() override {}
  std::string failure() const override { return failure_; }

 private:
  std::string core_;
  std::string executable_;
  std::string executable_file_;
  std::string failure_;
};

}  // namespace memmap
