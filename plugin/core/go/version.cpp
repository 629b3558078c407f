#include "go/version.h"

#include <algorithm>
#include <charconv>

#include "go/buildinfo.h"

namespace memmap::go {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes digits from the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.empty() || !is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<int> take_part(std::string_view& text) {
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return std::nullopt;
  text.remove_prefix(1);
  return take_number(text);
}

// The word of `text` that begins with "go" and a digit, and what follows it.
std::string_view from_release(std::string_view text) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at)
    if (text.substr(at, 2) == "go" && is_digit(text[at + 2]) && (at == 0 || text[at - 1] == ' '))
      return text.substr(at + 2);
  return {};
}

std::vector<std::string> experiments_in(std::string_view text) {
  std::vector<std::string> experiments;
  const std::size_t mark = text.find(" X:");
  if (mark == std::string_view::npos) return experiments;
  text.remove_prefix(mark + 3);
  text = text.substr(0, text.find(' '));
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) experiments.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return experiments;
}

}  // namespace

bool GoVersion::has_experiment(std::string_view name) const {
  return std::find(experiments.begin(), experiments.end(), name) != experiments.end();
}

std::optional<GoVersion> parse_version(std::string_view text) {
  GoVersion version;
  version.text = text;
  version.experiments = experiments_in(text);
  std::string_view rest = from_release(text);
  const std::optional<int> major = take_number(rest);
  if (!major) return std::nullopt;
  version.major = *major;
  version.minor = take_part(rest).value_or(0);
  version.patch = take_part(rest).value_or(0);
  version.suffix = rest.substr(0, rest.find(' '));
  version.development = text.substr(0, 5) == "devel" || version.suffix.substr(0, 6) == "-devel";
  return version;
}

Result<GoVersion> read_version(const ElfFile& file) {
  const std::optional<std::string> text = build_version(file);
  if (!text) return fault(FaultCode::not_found, "version of Go");
  const std::optional<GoVersion> version = parse_version(*text);
  if (!version) return fault(FaultCode::implausible, "version of Go");
  return *version;
}

Result<GoVersion> read_version(const std::string& path) {
  const ElfFile::Opened file = ElfFile::open(path);
  if (!file) return fault(FaultCode::unreadable, "executable file");
  return read_version(**file);
}

}  // namespace memmap::go
