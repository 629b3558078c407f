// Which Go release built a binary: "go1.27.4 X:nogreenteagc" and how to find that text.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "process/elf/elf_file.h"

namespace memmap::go {

struct GoVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;       // 0 of a first release, a prerelease or a development build
  std::string suffix;  // "rc1", "beta2", "-abcdef"; empty of a release
  bool development = false;
  std::vector<std::string> experiments;  // what follows "X:": "nogreenteagc"
  std::string text;                      // as runtime.buildVersion spells it

  bool has_experiment(std::string_view name) const;
};

// Nothing for texts without a release in them ("devel +0a1b2c3 …").
std::optional<GoVersion> parse_version(std::string_view text);

// From .go.buildinfo (1.13 and newer), else from the variable runtime.buildVersion as the file
// initialises it, which needs symbols.
Result<GoVersion> read_version(const ElfFile& file);
Result<GoVersion> read_version(const std::string& path);

}  // namespace memmap::go
