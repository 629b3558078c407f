#include "process/core/core_mappings.h"

#include <elf.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace memmap {
namespace {

constexpr std::uint64_t kPage = 4096;

void set_file(const CoreNotes& notes, Mapping& mapping) {
  const CoreFileRange* const file = notes.file_at(mapping.range.begin);
  if (file == nullptr) return;
  mapping.file = file->path;
  mapping.file_offset = file->file_offset + (mapping.range.begin - file->range.begin);
  // Only shared anonymous memory has these names.
  mapping.shared = file->path == "/dev/zero (deleted)" || file->path.starts_with("/SYSV");
}

// A core cannot hold a byte twice; in a damaged one the mapping with the lower start wins.
void make_disjoint(std::vector<CoreSegment>& segments, Findings& findings) {
  std::stable_sort(segments.begin(), segments.end(), [](const CoreSegment& a, const CoreSegment& b) {
    return a.mapping.range.begin < b.mapping.range.begin;
  });
  Address covered;
  std::vector<CoreSegment> kept;
  for (CoreSegment& segment : segments) {
    AddressRange& range = segment.mapping.range;
    const std::uint64_t cut = range.begin < covered ? covered - range.begin : 0;
    if (cut != 0) findings.add(Severity::warning, {FaultCode::implausible, "core segment", range.begin});
    if (range.end <= covered) continue;
    range.begin = range.begin + cut;
    segment.data_offset += cut;
    segment.data_size -= std::min(cut, segment.data_size);
    covered = range.end;
    kept.push_back(std::move(segment));
  }
  segments = std::move(kept);
}

// The parts of an NT_FILE range that no program header covers.
void add_missing(const CoreFileRange& file, const std::vector<CoreSegment>& known, std::vector<CoreSegment>& added) {
  Address at = file.range.begin;
  auto next = std::partition_point(known.begin(), known.end(),
                                   [&](const CoreSegment& s) { return s.mapping.range.end <= file.range.begin; });
  while (at < file.range.end) {
    const bool more = next != known.end() && next->mapping.range.begin < file.range.end;
    const Address end = more ? next->mapping.range.begin : file.range.end;
    if (at < end) {
      CoreSegment segment;
      segment.mapping.range = {at, end};
      segment.mapping.permissions.read = true;
      added.push_back(segment);
    }
    if (!more) return;
    at = std::max(at, next->mapping.range.end);
    ++next;
  }
}

CoreSegment* segment_at(std::vector<CoreSegment>& segments, Address a) {
  const auto at = std::partition_point(segments.begin(), segments.end(),
                                       [a](const CoreSegment& s) { return s.mapping.range.end <= a; });
  return at != segments.end() && at->mapping.range.contains(a) ? &*at : nullptr;
}

void name_if_anonymous(CoreSegment* segment, const char* name) {
  if (segment != nullptr && segment->mapping.file.empty()) segment->mapping.file = name;
}

// Below the vDSO lies its data: one mapping up to Linux 6.12, two since.
void name_vvar(std::vector<CoreSegment>& segments, Address vdso) {
  std::vector<CoreSegment*> below;
  for (Address end = vdso; below.size() < 2 && !end.is_null();) {
    CoreSegment* const segment = segment_at(segments, Address(end.value() - 1));
    if (segment == nullptr || !segment->mapping.file.empty()) break;
    const Permissions& p = segment->mapping.permissions;
    if (!p.read || p.write || p.execute || segment->mapping.range.size() > 16 * kPage) break;
    below.push_back(segment);
    end = segment->mapping.range.begin;
  }
  if (below.empty()) return;
  below.back()->mapping.file = "[vvar]";
  if (below.size() == 2) below.front()->mapping.file = "[vvar_vclock]";
}

bool zero_at(const MemoryReader& memory, Address page) {
  std::array<std::byte, kPage> bytes{};
  if (memory.read(page, bytes) != bytes.size()) return false;
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

// At 16 pages spread over the range; a reservation can be a GiB, and all of it would be read.
bool probes_zero(const MemoryReader& memory, AddressRange range) {
  constexpr std::uint64_t kProbes = 16;
  const std::uint64_t pages = range.size() / kPage;
  const std::uint64_t probes = std::min(pages, kProbes);
  for (std::uint64_t i = 0; i < probes; ++i) {
    const std::uint64_t page = probes == 1 ? 0 : (pages - 1) * i / (probes - 1);
    if (!zero_at(memory, range.begin + page * kPage)) return false;
  }
  return pages != 0;
}

}  // namespace

std::vector<CoreSegment> core_segments(const ElfFile& core, const CoreNotes& notes, Findings& findings) {
  std::vector<CoreSegment> segments;
  for (const ElfSegment& header : core.segments()) {
    if (header.type != PT_LOAD || header.memory_size == 0) continue;
    const auto range = AddressRange::of(Address(header.address), header.memory_size);
    if (!range) {
      findings.add(Severity::warning, {FaultCode::implausible, "core segment", Address(header.address)});
      continue;
    }
    CoreSegment segment;
    segment.mapping.range = *range;
    segment.mapping.permissions = header.permissions();
    segment.data_offset = header.offset;
    segment.data_size = std::min(header.file_size, header.memory_size);
    segments.push_back(std::move(segment));
  }
  make_disjoint(segments, findings);
  std::vector<CoreSegment> added;
  for (const CoreFileRange& file : notes.files) add_missing(file, segments, added);
  segments.insert(segments.end(), added.begin(), added.end());
  make_disjoint(segments, findings);
  for (CoreSegment& segment : segments) set_file(notes, segment.mapping);
  return segments;
}

void name_kernel_pieces(const CoreNotes& notes, std::vector<CoreSegment>& segments) {
  constexpr Address kVsyscall(0xffffffffff600000);
  name_if_anonymous(segment_at(segments, kVsyscall), "[vsyscall]");
  if (const auto name = notes.aux(AT_EXECFN)) name_if_anonymous(segment_at(segments, Address(*name)), "[stack]");
  if (const auto vdso = notes.aux(AT_SYSINFO_EHDR)) {
    name_if_anonymous(segment_at(segments, Address(*vdso)), "[vdso]");
    name_vvar(segments, Address(*vdso));
  }
}

void restore_reservations(const MemoryReader& memory, std::vector<CoreSegment>& segments, Findings& findings) {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (CoreSegment& segment : segments) {
    Mapping& mapping = segment.mapping;
    const Permissions p = mapping.permissions;
    if (!mapping.file.empty() || !p.read || p.write || p.execute) continue;
    if (!probes_zero(memory, mapping.range)) continue;
    mapping.permissions = {};
    ++count;
    bytes += mapping.range.size();
  }
  if (count == 0) return;
  findings.say(Severity::note, "gdb_reservations",
               fmt::format("{} anonymous read-only mappings of this gdb core, {} bytes, are taken "
                           "for reservations without access: 16 pages of each were probed and "
                           "hold zeros",
                           count, bytes));
}

}  // namespace memmap
