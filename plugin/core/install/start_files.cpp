#include "install/start_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace memmap {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "# >>> memmap: \"memmap uninstall\" takes these lines away >>>\n";
constexpr std::string_view kEnd = "# <<< memmap <<<\n";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

fs::path lldb_file(const fs::path& home) { return home / ".lldbinit"; }
fs::path old_gdb_file(const fs::path& home) { return home / ".gdbinit"; }
fs::path new_gdb_file(const fs::path& home) {
  const char* const configured = std::getenv("XDG_CONFIG_HOME");
  const fs::path config = configured != nullptr && *configured != '\0' ? fs::path(configured) : home / ".config";
  return config / "gdb" / "gdbinit";
}

// gdb reads one of the two, the first that exists.
fs::path gdb_file(const fs::path& home) {
  const fs::path modern = new_gdb_file(home);
  return is_there(modern) ? modern : old_gdb_file(home);
}

// No line of a start file can hold one.
bool has_control(std::string_view path) {
  return std::any_of(path.begin(), path.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7f;
  });
}

// LLDB splits words as a shell does. Between double quotes a backslash takes the meaning of a
// quote, of a backslash, and of the backtick, which is replaced before words are split.
std::string quoted(const std::string& path) {
  if (path.find_first_of(" \"'`\\") == std::string::npos) return path;
  std::string word = "\"";
  for (const char c : path) {
    if (c == '"' || c == '`' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

}  // namespace

tl::expected<std::vector<StartFile>, std::string> start_files(const std::string& folder, const std::string& home) {
  if (has_control(folder))
    return tl::unexpected(
        std::string("memmap's folder has a control character in its name, which no start file can "
                    "hold: move memmap"));
  const fs::path here(folder);
  if (!here.is_absolute()) return tl::unexpected(std::string("the folder that memmap lies in is not known"));
  const fs::path plugin = here / "memmap.so";
  const fs::path built = here / "python" / "memmap" / "gdb.py";
  const fs::path script = is_there(built) ? built : here.parent_path() / "gdb.py";
  std::vector<StartFile> files;
  if (is_there(plugin)) files.push_back({lldb_file(home).string(), "plugin load " + quoted(plugin.string())});
  if (is_there(script))
    files.push_back({gdb_file(home).string(), "source " + script.string()});  // gdb takes the rest of the line
  return files;
}

std::vector<std::string> possible_start_files(const std::string& home) {
  return {lldb_file(home).string(), old_gdb_file(home).string(), new_gdb_file(home).string()};
}

std::optional<std::string> with_block(std::string_view text, std::string_view line) {
  std::string rest(text);
  const std::size_t begin = rest.find(kBegin);
  if (begin != std::string::npos) {
    const std::size_t end = rest.find(kEnd, begin);
    if (end == std::string::npos) return std::nullopt;
    rest.erase(begin, end + kEnd.size() - begin);
  }
  if (rest.find(kBegin) != std::string::npos || rest.find(kEnd) != std::string::npos) return std::nullopt;
  if (line.empty()) return rest;
  return fmt::format("{}{}\n{}{}", kBegin, line, kEnd, rest);
}

}  // namespace memmap
