// LLDB's C strings and file names as std::string.
#pragma once

#include <lldb/API/LLDB.h>

#include <array>
#include <climits>
#include <string>

namespace memmap {

inline std::string text_of(const char* text) { return text != nullptr ? text : ""; }

// Of symbols of assembly, since Go's own functions take their arguments in registers (1.17).
inline constexpr const char* kAssemblySuffix = ".abi0";

inline bool is_lldb_14() {
  return text_of(lldb::SBDebugger::GetVersionString()).find("version 14.") != std::string::npos;
}

inline std::string path_of(const lldb::SBFileSpec& file) {
  std::array<char, PATH_MAX> path{};
  if (!file.IsValid()) return {};
  const std::uint32_t size = file.GetPath(path.data(), path.size());
  return size < path.size() ? std::string(path.data()) : std::string();
}

}  // namespace memmap
