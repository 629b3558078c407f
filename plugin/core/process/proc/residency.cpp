#include "process/proc/residency.h"

#include <fcntl.h>

#include <algorithm>

#include <fmt/format.h>

#include "process/file_descriptor.h"
#include "process/proc/page_read.h"
#include "process/proc/page_scan.h"
#include "process/proc/proc_maps.h"

namespace memmap {
namespace {

bool in_user_space(const Mapping& mapping) { return mapping.range.end.value() >> 63 == 0; }

// The kernel's own pages and shared memory are never anonymous; [stack] and [heap] are.
bool may_be_anonymous(const Mapping& mapping) {
  if (mapping.shared) return false;
  return !mapping.is_kernel_piece() || mapping.file == "[heap]" || mapping.file.starts_with("[stack");
}

// Only a private mapping of a file holds pages of both sorts.
bool holds_both(const Mapping& mapping) { return may_be_anonymous(mapping) && mapping.is_file(); }

// Of every page of the mapping.
std::uint8_t flags_of(const Mapping& mapping) {
  std::uint8_t flags = 0;
  if (!may_be_anonymous(mapping)) flags = flags | PageFlag::file;
  if (mapping.shared) flags = flags | PageFlag::shared;
  return flags;
}

std::uint8_t flags_of(const PageRegion& region) {
  static constexpr std::pair<std::uint64_t, PageFlag> kFlags[] = {{kPageIsPresent, PageFlag::present},
                                                                  {kPageIsSwapped, PageFlag::swapped},
                                                                  {kPageIsZero, PageFlag::zero},
                                                                  {kPageIsHuge, PageFlag::huge},
                                                                  {kPageIsFile, PageFlag::file}};
  std::uint8_t flags = 0;
  for (const auto& [category, flag] : kFlags)
    if (region.categories & category) flags = flags | flag;
  // The huge page of zeros is no file's.
  if (region.categories & kPageIsZero) flags = static_cast<std::uint8_t>(flags & ~std::uint8_t(PageFlag::file));
  return flags;
}

AddressRange range_of(const PageRegion& region) { return {Address(region.start), Address(region.end)}; }

bool scan_whole(PageScan& scan, std::span<const Mapping> mappings, std::vector<PageRun>& pages) {
  std::size_t at = 0;
  AddressRange whole;
  for (const Mapping& mapping : mappings)
    if (in_user_space(mapping)) whole.end = mapping.range.end;
  return scan.run(whole, false, [&](const PageRegion& region) {
    const AddressRange range = range_of(region);
    while (at < mappings.size() && mappings[at].range.end <= range.begin) ++at;
    for (std::size_t i = at; i < mappings.size() && mappings[i].range.overlaps(range); ++i)
      if (!holds_both(mappings[i]))
        pages.push_back(
            {mappings[i].range.intersect(range), static_cast<std::uint8_t>(flags_of(region) | flags_of(mappings[i]))});
  });
}

bool scan_pages(int pagemap, std::span<Mapping> mappings, std::vector<PageRun>& pages) {
  PageScan scan(pagemap);
  if (!scan_whole(scan, mappings, pages)) return false;
  const auto others = static_cast<std::ptrdiff_t>(pages.size());
  for (const Mapping& mapping : mappings)
    if (holds_both(mapping) && !scan.run(mapping.range, true, [&](const PageRegion& region) {
          pages.push_back({range_of(region), flags_of(region)});
        }))
      return false;
  std::ranges::inplace_merge(pages, pages.begin() + others, {}, [](const PageRun& run) { return run.range.begin; });
  for (Mapping& mapping : mappings) mapping.pages_known = true;
  return true;
}

// Empty entries cost 6 ns each; a reservation of 1 TiB would take 1.5 s.
bool too_long_to_read(const Mapping& mapping) {
  constexpr std::uint64_t kLong = std::uint64_t{16} << 30;
  return mapping.permissions.none() && mapping.range.size() > kLong;
}

// smaps of a process, read when it is first asked for: the kernel takes 20 ms for each GiB.
class Smaps {
 public:
  explicit Smaps(std::uint64_t pid) : pid_(pid) {}
  // Nothing where smaps cannot be read.
  const SmapsMapping* of(const Mapping& mapping) {
    if (!sum_) sum_ = sum_smaps(read_whole(fmt::format("/proc/{}/smaps", pid_)).value_or(""));
    const auto at = std::ranges::lower_bound(sum_->mappings, mapping.range.begin, {}, &SmapsMapping::begin);
    return at != sum_->mappings.end() && at->begin == mapping.range.begin ? &*at : nullptr;
  }

 private:
  std::uint64_t pid_;
  std::optional<SmapsSum> sum_;
};

void use_smaps(Smaps& smaps, Mapping& mapping) {
  const SmapsMapping* const known = smaps.of(mapping);
  if (known == nullptr) return;
  mapping.resident = known->resident;
  mapping.resident_anonymous = known->anonymous;
}

bool read_all(int pagemap, std::span<Mapping> mappings, Smaps& smaps, std::vector<PageRun>& pages) {
  for (Mapping& mapping : mappings) {
    mapping.pages_known = !in_user_space(mapping);
    if (mapping.pages_known || too_long_to_read(mapping)) continue;
    std::optional<ReadPages> read = read_pages(pagemap, mapping, flags_of(mapping));
    if (!read) return false;
    if (!read->unclear.empty()) {
      const SmapsMapping* const known = smaps.of(mapping);
      if (known == nullptr || !settle(*read, known->resident)) continue;
    }
    mapping.pages_known = true;
    pages.insert(pages.end(), read->runs.begin(), read->runs.end());
  }
  return true;
}

void add_up(std::span<Mapping> mappings, std::span<const PageRun> pages) {
  auto run = pages.begin();
  for (Mapping& mapping : mappings) {
    if (!mapping.pages_known) continue;
    std::uint64_t resident = 0;
    std::uint64_t anonymous = 0;
    for (; run != pages.end() && run->range.begin < mapping.range.end; ++run) {
      if (!run->resident()) continue;
      resident += run->range.size();
      if (!run->is(PageFlag::file)) anonymous += run->range.size();
    }
    mapping.resident = resident;
    mapping.resident_anonymous = anonymous;
  }
}

}  // namespace

bool fill_residency(std::uint64_t pid, std::span<Mapping> mappings, std::vector<PageRun>& pages, ResidencyWay way) {
  const FileDescriptor pagemap(::open(fmt::format("/proc/{}/pagemap", pid).c_str(), O_RDONLY | O_CLOEXEC));
  Smaps smaps(pid);
  bool done = pagemap.valid() && way == ResidencyWay::pagemap_scan && scan_pages(pagemap.get(), mappings, pages);
  if (!done) {
    pages.clear();
    done = pagemap.valid() && read_all(pagemap.get(), mappings, smaps, pages);
  }
  if (!done) {
    pages.clear();
    for (Mapping& mapping : mappings) mapping.pages_known = false;
  }
  add_up(mappings, pages);
  for (Mapping& mapping : mappings)
    if (!mapping.pages_known) use_smaps(smaps, mapping);
  return done;
}

void set_hugetlb(Mapping& mapping, std::vector<PageRun>& pages) {
  mapping.resident = mapping.resident_anonymous = 0;
  auto run = std::ranges::lower_bound(pages, mapping.range.begin, {}, [](const PageRun& p) { return p.range.begin; });
  for (; run != pages.end() && run->range.begin < mapping.range.end; ++run) run->flags = run->flags | PageFlag::hugetlb;
}

}  // namespace memmap
