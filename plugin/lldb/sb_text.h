// LLDB's C strings and file names as std::string.
#pragma once

#include <lldb/API/LLDB.h>

#include <array>
#include <climits>
#include <string>

namespace memmap {

inline std::string text_of(const char* text) { return text != nullptr ? text : ""; }

inline std::string path_of(const lldb::SBFileSpec& file) {
  std::array<char, PATH_MAX> path{};
  if (!file.IsValid()) return {};
  const std::uint32_t size = file.GetPath(path.data(), path.size());
  return size < path.size() ? std::string(path.data()) : std::string();
}

}  // namespace memmap
