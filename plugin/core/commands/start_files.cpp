#include "commands/start_files.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace memmap {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin =
    "# >>> memmap: \"memmap uninstall\" takes these lines away >>>\n";
constexpr std::string_view kEnd = "# <<< memmap <<<\n";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// gdb reads one of the two, the first that exists.
fs::path gdb_file(const fs::path& home) {
  const char* const configured = std::getenv("XDG_CONFIG_HOME");
  const fs::path config =
      configured != nullptr && *configured != '\0' ? fs::path(configured) : home / ".config";
  const fs::path modern = config / "gdb" / "gdbinit";
  return is_there(modern) ? modern : home / ".gdbinit";
}

// LLDB splits words as a shell does.
std::string quoted(const std::string& path) {
  return path.find(' ') == std::string::npos ? path : "\"" + path + "\"";
}

}  // namespace

std::vector<StartFile> start_files(const std::string& folder, const std::string& home) {
  const fs::path here(folder);
  const fs::path plugin = here / "memmap.so";
  const fs::path built = here / "python" / "memmap" / "gdb.py";
  const fs::path script = is_there(built) ? built : here.parent_path() / "gdb.py";
  std::vector<StartFile> files;
  if (is_there(plugin))
    files.push_back(
        {(fs::path(home) / ".lldbinit").string(), "plugin load " + quoted(plugin.string())});
  if (is_there(script))
    files.push_back(
        {gdb_file(home).string(), "source " + script.string()});  // gdb takes the rest of the line
  return files;
}

std::optional<std::string> with_block(std::string_view text, std::string_view line) {
  std::string rest(text);
  const std::size_t begin = rest.find(kBegin);
  if (begin != std::string::npos) {
    const std::size_t end = rest.find(kEnd, begin);
    if (end == std::string::npos) return std::nullopt;
    rest.erase(begin, end + kEnd.size() - begin);
  }
  if (rest.find(kBegin) != std::string::npos || rest.find(kEnd) != std::string::npos)
    return std::nullopt;
  if (line.empty()) return rest;
  return fmt::format("{}{}\n{}{}", kBegin, line, kEnd, rest);
}

}  // namespace memmap
