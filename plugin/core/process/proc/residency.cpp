#include "process/proc/residency.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "process/file_descriptor.h"

namespace memmap {
namespace {

constexpr std::uint64_t kPage = 4096;  // amd64; pagemap has one entry per base page

// From linux/fs.h of Linux 6.7, which Debian 12's headers do not have yet.
struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
static_assert(sizeof(ScanArguments) == 96);
constexpr unsigned long kPagemapScan = _IOWR('f', 16, ScanArguments);
constexpr std::uint64_t kPageIsFile = 1 << 2;
constexpr std::uint64_t kPageIsPresent = 1 << 3;
constexpr std::uint64_t kPageIsZero = 1 << 5;

bool in_user_space(const Mapping& mapping) { return mapping.range.end.value() >> 63 == 0; }

// Regions of present pages in address order to `take(region)`. Goes on from the end of the last
// region and never from walk_end: after more than 512 regions walk_end is stale, and counting
// from there counts pages twice (do_pagemap_scan in fs/proc/task_mmu.c).
template <class Take>
bool scan(int pagemap, AddressRange range, std::uint64_t return_mask, Take take) {
  std::vector<PageRegion> regions(4096);
  std::uint64_t start = range.begin.value();
  while (start < range.end.value()) {
    ScanArguments arguments{};
    arguments.size = sizeof arguments;
    arguments.start = start;
    arguments.end = range.end.value();
    arguments.vec = reinterpret_cast<std::uintptr_t>(regions.data());
    arguments.vec_len = regions.size();
    arguments.category_mask = kPageIsPresent;
    arguments.return_mask = return_mask;
    const int found = ioctl(pagemap, kPagemapScan, &arguments);
    if (found < 0) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i) take(regions[i]);
    if (static_cast<std::size_t>(found) < regions.size()) return true;
    start = regions.back().end;
  }
  return true;
}

// The kernel's own pages and shared memory are never anonymous; [stack] and [heap] are.
bool may_be_anonymous(const Mapping& mapping) {
  if (mapping.shared) return false;
  return !mapping.is_kernel_piece() || mapping.file == "[heap]" || mapping.file.starts_with("[stack");
}

// Anonymous huge pages of hugetlbfs are present and in no Rss.
bool outside_rss(const Mapping& mapping) { return mapping.file == "/anon_hugepage (deleted)"; }

bool count_all(int pagemap, std::span<Mapping> mappings) {
  std::size_t at = 0;
  AddressRange whole;
  for (const Mapping& mapping : mappings)
    if (in_user_space(mapping)) whole.end = mapping.range.end;
  const auto take = [&](const PageRegion& region) {
    if (region.categories & kPageIsZero) return;
    const AddressRange pages{Address(region.start), Address(region.end)};
    while (at < mappings.size() && mappings[at].range.end <= pages.begin) ++at;
    for (std::size_t i = at; i < mappings.size() && mappings[i].range.overlaps(pages); ++i)
      *mappings[i].resident += mappings[i].range.intersect(pages).size();
  };
  return scan(pagemap, whole, kPageIsPresent | kPageIsZero, take);
}

// Asking for FILE makes the kernel touch every page's struct, which is four times slower. Only a
// private mapping of a file holds both sorts.
bool count_anonymous(int pagemap, Mapping& mapping) {
  mapping.resident_anonymous = may_be_anonymous(mapping) ? *mapping.resident : 0;
  if (!may_be_anonymous(mapping) || !mapping.is_file() || *mapping.resident == 0) return true;
  std::uint64_t anonymous = 0;
  const auto take = [&](const PageRegion& region) {
    if ((region.categories & (kPageIsFile | kPageIsZero)) == 0) anonymous += region.end - region.start;
  };
  const bool done = scan(pagemap, mapping.range, kPageIsPresent | kPageIsZero | kPageIsFile, take);
  mapping.resident_anonymous = anonymous;
  return done;
}

bool fill_by_scan(int pagemap, std::span<Mapping> mappings) {
  for (Mapping& mapping : mappings) mapping.resident = 0;
  if (!count_all(pagemap, mappings)) return false;
  for (Mapping& mapping : mappings) {
    if (outside_rss(mapping)) mapping.resident = 0;
    if (!count_anonymous(pagemap, mapping)) return false;
  }
  return true;
}

// Kernels before 6.7. The zero page carries neither the file bit nor the exclusive bit; after a
// fork that is also true of anonymous pages that parent and child still share.
bool fill_by_read(int pagemap, Mapping& mapping) {
  constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
  constexpr std::uint64_t kFile = std::uint64_t{1} << 61;
  constexpr std::uint64_t kExclusive = std::uint64_t{1} << 56;
  std::vector<std::uint64_t> entries(65536);
  std::uint64_t file = 0;
  std::uint64_t anonymous = 0;
  std::uint64_t page = mapping.range.begin.value() / kPage;
  const std::uint64_t end = mapping.range.end.value() / kPage;
  while (page < end) {
    const std::size_t count = std::min<std::uint64_t>(entries.size(), end - page);
    const ssize_t got = pread(pagemap, entries.data(), count * 8, static_cast<off_t>(page * 8));
    if (got < 8) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) / 8; ++i) {
      if (!(entries[i] & kPresent)) continue;
      if (entries[i] & kFile)
        file += kPage;
      else if (entries[i] & kExclusive)
        anonymous += kPage;
    }
    page += static_cast<std::uint64_t>(got) / 8;
  }
  mapping.resident = outside_rss(mapping) ? 0 : file + anonymous;
  mapping.resident_anonymous = may_be_anonymous(mapping) && !outside_rss(mapping) ? anonymous : 0;
  return true;
}

// Empty entries cost 6 ns each; a reservation of 1 TiB would take 1.5 s. Such a one stays unknown.
bool too_long_to_read(const Mapping& mapping) {
  constexpr std::uint64_t kLong = std::uint64_t{16} << 30;
  return mapping.permissions.none() && mapping.range.size() > kLong;
}

}  // namespace

bool fill_residency(std::uint64_t pid, std::span<Mapping> mappings, ResidencyWay way) {
  const FileDescriptor pagemap(::open(fmt::format("/proc/{}/pagemap", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!pagemap.valid()) return false;
  if (way == ResidencyWay::pagemap_scan && fill_by_scan(pagemap.get(), mappings)) return true;
  bool some = false;
  for (Mapping& mapping : mappings) {
    mapping.resident.reset();
    mapping.resident_anonymous.reset();
    if (!in_user_space(mapping))
      mapping.resident = mapping.resident_anonymous = 0;
    else if (!too_long_to_read(mapping))
      some |= fill_by_read(pagemap.get(), mapping);
  }
  return some;
}

}  // namespace memmap
