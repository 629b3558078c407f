#include "process/proc/resident_total.h"

#include <system_error>

#include <fmt/format.h>

#include "process/file_descriptor.h"

namespace memmap {
namespace {

std::optional<SmapsSum> sum_of(const std::string& path) {
  const std::optional<std::string> text = read_whole(path);
  if (!text || text->empty()) return std::nullopt;
  return sum_smaps(*text);
}

// smaps_rollup (Linux 4.14) is the same sum. For smaps the kernel goes through the pages of a
// large mapping twice: once for the text that overflows its buffer of one page, and again for
// the next read (seq_read_iter in fs/seq_file.c).
std::optional<SmapsSum> read_resident_total(std::uint64_t pid) {
  const auto rollup = sum_of(fmt::format("/proc/{}/smaps_rollup", pid));
  if (rollup && !rollup->huge_pages) return rollup;
  return sum_of(fmt::format("/proc/{}/smaps", pid));
}

}  // namespace

std::future<std::optional<SmapsSum>> begin_resident_total(std::uint64_t pid) {
  try {
    return std::async(std::launch::async, read_resident_total, pid);
  } catch (const std::system_error&) {  // no more threads: then when it is asked for
    return std::async(std::launch::deferred, read_resident_total, pid);
  }
}

}  // namespace memmap
