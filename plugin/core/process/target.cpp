#include "process/target.h"

#include <algorithm>

namespace memmap {

std::span<const std::byte> MemoryReader::view(AddressRange) const { return {}; }

void MemoryReader::read_many(std::span<ReadRequest> requests) const {
  for (ReadRequest& request : requests) request.whole = read(request.from, request.out) == request.out.size();
}

std::string_view name(Arch arch) {
  switch (arch) {
    case Arch::amd64:
      return "amd64";
    case Arch::arm64:
      return "arm64";
    case Arch::i386:
      return "386";
    case Arch::arm:
      return "arm";
    case Arch::other:
      return "unknown";
  }
  return "unknown";
}

std::string_view name(Origin origin) {
  switch (origin) {
    case Origin::live:
      return "live";
    case Origin::kernel_core:
      return "kernel";
    case Origin::gdb_core:
      return "gdb";
    case Origin::lldb_core:
      return "lldb";
    case Origin::qemu_core:
      return "qemu";
    case Origin::snapshot:
      return "snapshot";
    case Origin::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<std::uint64_t> Target::aux(std::uint64_t type) const {
  for (const AuxEntry& entry : auxv)
    if (entry.type == type) return entry.value;
  return std::nullopt;
}

const Mapping* Target::mapping_at(Address a) const {
  const auto after = std::upper_bound(mappings.begin(), mappings.end(), a,
                                      [](Address x, const Mapping& m) { return x < m.range.begin; });
  if (after == mappings.begin()) return nullptr;
  const Mapping& before = *std::prev(after);
  return before.range.contains(a) ? &before : nullptr;
}

void Target::select_thread(std::uint64_t tid) {
  const auto chosen = std::ranges::find(threads, tid, &Thread::tid);
  if (chosen != threads.end()) std::rotate(threads.begin(), chosen, chosen + 1);
}

}  // namespace memmap
