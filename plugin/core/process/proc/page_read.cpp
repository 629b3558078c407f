#include "process/proc/page_read.h"

#include <unistd.h>

#include <algorithm>

namespace memmap {
namespace {

constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kFile = std::uint64_t{1} << 61;
constexpr std::uint64_t kGuard = std::uint64_t{1} << 58;  // Linux 6.15; it looks swapped
constexpr std::uint64_t kExclusive = std::uint64_t{1} << 56;
constexpr std::uint8_t kPlain = std::uint8_t{} | PageFlag::present;

std::uint64_t page_size() { return static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)); }

void append(std::vector<AddressRange>& ranges, AddressRange page) {
  if (!ranges.empty() && ranges.back().end == page.begin)
    ranges.back().end = page.end;
  else
    ranges.push_back(page);
}

class PageReader {
 public:
  PageReader(const Mapping& mapping, std::uint8_t flags)
      : flags_(flags), anonymous_(!mapping.is_file() && (flags & std::uint8_t(PageFlag::file)) == 0) {}

  void add(AddressRange page, std::uint64_t entry) {
    if (entry & kPresent)
      add_run(page, kPlain | of_present(page, entry));
    else if ((entry & kSwapped) && !(entry & kGuard))
      add_run(page, std::uint8_t{} | PageFlag::swapped);
  }
  ReadPages done() { return std::move(pages_); }

 private:
  PageFlag of_present(AddressRange page, std::uint64_t entry) {
    // No file has pages in an anonymous mapping: it is the huge page of zeros.
    if (entry & kFile) return anonymous_ ? PageFlag::zero : PageFlag::file;
    if ((entry & kExclusive) || (flags_ & std::uint8_t(PageFlag::file))) return PageFlag::present;
    append(pages_.unclear, page);
    return PageFlag::zero;
  }
  void add_run(AddressRange page, std::uint8_t flags) {
    flags = static_cast<std::uint8_t>(flags | flags_);
    std::vector<PageRun>& runs = pages_.runs;
    if (!runs.empty() && runs.back().range.end == page.begin && runs.back().flags == flags)
      runs.back().range.end = page.end;
    else
      runs.push_back({page, flags});
  }

  std::uint8_t flags_;
  bool anonymous_;
  ReadPages pages_;
};

std::uint64_t total(const std::vector<AddressRange>& ranges) {
  std::uint64_t sum = 0;
  for (const AddressRange& range : ranges) sum += range.size();
  return sum;
}

// The unclear ranges are runs that say zero, or parts of one.
void count_unclear(ReadPages& pages) {
  std::vector<PageRun> runs;
  auto unclear = pages.unclear.begin();
  for (PageRun run : pages.runs) {
    for (; unclear != pages.unclear.end() && run.range.contains(unclear->begin); ++unclear) {
      const auto plain = static_cast<std::uint8_t>(run.flags & ~std::uint8_t(PageFlag::zero));
      if (run.range.begin < unclear->begin) runs.push_back({{run.range.begin, unclear->begin}, run.flags});
      runs.push_back({*unclear, plain});
      run.range.begin = unclear->end;
    }
    if (!run.range.empty()) runs.push_back(run);
  }
  pages.runs = std::move(runs);
}

}  // namespace

std::optional<ReadPages> read_pages(int pagemap, const Mapping& mapping, std::uint8_t flags) {
  const std::uint64_t size = page_size();
  std::vector<std::uint64_t> entries(65536);
  PageReader reader(mapping, flags);
  std::uint64_t page = mapping.range.begin.value() / size;
  const std::uint64_t end = mapping.range.end.value() / size;
  while (page < end) {
    const std::size_t count = std::min<std::uint64_t>(entries.size(), end - page);
    const ssize_t got = pread(pagemap, entries.data(), count * 8, static_cast<off_t>(page * 8));
    if (got < 8) return std::nullopt;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) / 8; ++i, ++page)
      if (entries[i] != 0) reader.add({Address(page * size), Address((page + 1) * size)}, entries[i]);
  }
  return reader.done();
}

bool settle(ReadPages& pages, std::uint64_t resident) {
  std::uint64_t sure = 0;
  for (const PageRun& run : pages.runs)
    if (run.resident()) sure += run.range.size();
  if (resident == sure) return true;
  if (resident != sure + total(pages.unclear)) return false;
  count_unclear(pages);
  return true;
}

}  // namespace memmap
