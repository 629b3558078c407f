#include "ledger/sums.h"

namespace memmap {

bool is_anonymous(const Mapping& mapping) {
  if (mapping.shared || mapping.permissions.none()) return false;
  // [heap] is what brk gave the C library; the other bracketed mappings are the kernel's.
  return mapping.file.empty() || mapping.file == "[heap]";
}

KindSums::KindSums(const Target& target, const AddressMap& map) {
  std::vector<bool> anonymous(target.mappings.size());
  for (std::size_t i = 0; i < target.mappings.size(); ++i) {
    anonymous[i] = is_anonymous(target.mappings[i]);
    if (anonymous[i]) anonymous_total_ += target.mappings[i].range.size();
  }
  for (const Node& node : map.nodes()) {
    const std::size_t kind = static_cast<std::size_t>(map.claim(node).kind);
    all_[kind] += node.self_bytes;
    if (anonymous[node.mapping]) anonymous_[kind] += node.self_bytes;
  }
}

std::uint64_t KindSums::of(Counter counter) const {
  std::uint64_t sum = 0;
  for (const KindInfo& kind : kKinds)
    if (kind.counter == counter) sum += of(kind.kind);
  return sum;
}

std::vector<Term> KindSums::terms_of(Counter counter) const {
  std::vector<Term> terms;
  for (const KindInfo& kind : kKinds)
    if (kind.counter == counter && of(kind.kind) != 0) terms.push_back({std::string(kind.id), of(kind.kind)});
  return terms;
}

}  // namespace memmap
