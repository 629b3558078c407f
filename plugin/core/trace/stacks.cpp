#include "trace/stacks.h"

#include <algorithm>

namespace memmap::trace {

const std::vector<Frame>& Stacks::named(Address pc, bool returned_to) {
  const auto [at, is_new] = names_.try_emplace(pc.value() * 2 + (returned_to ? 1 : 0));
  if (!is_new) return at->second;
  if (symbols_ != nullptr)
    for (const CodeFrame& frame : symbols_->at(pc.value() - bias_ - (returned_to ? 1 : 0)))
      at->second.push_back({log_.text(frame.function), log_.text(frame.file), frame.line, pc});
  if (at->second.empty()) at->second.push_back({0, 0, 0, pc});
  return at->second;
}

StackId Stacks::id(std::span<const Address> pcs, bool at_entry) {
  if (pcs.empty()) return 0;
  std::uint64_t hash = at_entry ? 1 : 0;
  for (const Address pc : pcs) hash = (hash ^ pc.value()) * 0x9E3779B97F4A7C15U;
  const auto [first, last] = known_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (std::ranges::equal(addresses_[at->second], pcs)) return at->second;

  frames_.clear();
  for (const Address pc : pcs) {
    const std::vector<Frame>& names = named(pc, !at_entry || pc != pcs.front());
    frames_.insert(frames_.end(), names.begin(), names.end());
  }
  const StackId id = log_.stack(frames_);
  known_.emplace(hash, id);
  addresses_.emplace(id, std::vector<Address>(pcs.begin(), pcs.end()));
  return id;
}

}  // namespace memmap::trace
