// memmap's lines in the start files of LLDB and gdb: between markers, at the top, nothing else
// touched.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace memmap {

struct StartFile {
  std::string path;
  std::string line;  // what loads memmap there
};

// `folder` holds memmap.so: the build folder, or folder native of the installed Python package.
// Nothing for a debugger whose front end is not there. The error is a sentence.
tl::expected<std::vector<StartFile>, std::string> start_files(const std::string& folder, const std::string& home);

// Every file that may hold memmap's block, whichever of them the debuggers read now.
std::vector<std::string> possible_start_files(const std::string& home);

// `text` with memmap's block holding `line`; without a block if `line` is empty. Nothing if a
// marker is there without its other half.
std::optional<std::string> with_block(std::string_view text, std::string_view line);

}  // namespace memmap
