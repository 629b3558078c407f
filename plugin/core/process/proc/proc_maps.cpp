#include "process/proc/proc_maps.h"

#include <charconv>

namespace memmap {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool parse_hex(std::string_view word, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
  return error == std::errc() && end == word.data() + word.size();
}

bool parse_range(std::string_view word, AddressRange& range) {
  const std::size_t dash = word.find('-');
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  if (dash == std::string_view::npos || !parse_hex(word.substr(0, dash), begin) ||
      !parse_hex(word.substr(dash + 1), end) || end <= begin)
    return false;
  range = {Address(begin), Address(end)};
  return true;
}

// The kernel writes a newline in a path as \012 and leaves all else as it is, a backslash too
// (seq_file_path in fs/proc/task_mmu.c).
std::string unescape(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    const bool newline = path.substr(at, 4) == "\\012";
    out += newline ? '\n' : path[at];
    if (newline) at += 3;
  }
  return out;
}

std::string_view inside(std::string_view name, std::string_view opening) {
  name.remove_prefix(opening.size());
  if (!name.empty() && name.back() == ']') name.remove_suffix(1);
  // Go passes " Go: heap" to prctl, with the space.
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  return name;
}

void set_name(Mapping& mapping, std::string_view name) {
  constexpr std::string_view kAnon = "[anon:";
  constexpr std::string_view kShmem = "[anon_shmem:";
  if (name.starts_with(kAnon)) {
    mapping.vma_name = inside(name, kAnon);
  } else if (name.starts_with(kShmem)) {
    mapping.file = "/dev/zero (deleted)";  // what the kernel says of the same without a name
    mapping.vma_name = inside(name, kShmem);
  } else {
    mapping.file = unescape(name);
  }
}

// "7f443dd2d000-7f443dd31000 r--p 00001000 fe:00 316526     /some/path"
bool parse_line(std::string_view line, Mapping& mapping) {
  if (!parse_range(take_word(line), mapping.range)) return false;
  const std::string_view flags = take_word(line);
  if (flags.size() < 4 || !parse_hex(take_word(line), mapping.file_offset)) return false;
  mapping.permissions = {flags[0] == 'r', flags[1] == 'w', flags[2] == 'x'};
  mapping.shared = flags[3] == 's' || flags[3] == 'S';
  take_word(line);  // device
  take_word(line);  // inode
  const std::size_t name = line.find_first_not_of(' ');
  if (name != std::string_view::npos) set_name(mapping, line.substr(name));
  return true;
}

// "Rss:                  12 kB" in bytes.
std::uint64_t smaps_value(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_of("0123456789"), line.size()));
  std::uint64_t kib = 0;
  std::from_chars(line.data(), line.data() + line.size(), kib);
  return kib * 1024;
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty()) {
    Mapping mapping;
    if (parse_line(take_line(text), mapping)) mappings.push_back(std::move(mapping));
  }
  return mappings;
}

SmapsSum sum_smaps(std::string_view text) {
  SmapsSum sum;
  SmapsMapping unnamed;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    SmapsMapping& current = sum.mappings.empty() ? unnamed : sum.mappings.back();
    if (line.starts_with("Rss:")) {
      current.resident = smaps_value(line);
      sum.resident += current.resident;
    } else if (line.starts_with("Anonymous:")) {
      current.anonymous = smaps_value(line);
    } else if (line.starts_with("Shared_Hugetlb:") || line.starts_with("Private_Hugetlb:")) {
      sum.huge_pages |= smaps_value(line) != 0;
    } else if (line.starts_with("VmFlags:")) {
      current.hugetlb = line.find(" ht") != std::string_view::npos;
    } else if (AddressRange range; !line.empty() && (line[0] < 'A' || line[0] > 'Z')) {
      // Only the first line of a mapping starts with a hex digit, and the kernel writes those
      // small.
      if (parse_range(take_word(line), range)) sum.mappings.push_back({range.begin});
    }
  }
  return sum;
}

}  // namespace memmap
