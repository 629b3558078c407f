#include "process/core/core_memory.h"

#include <algorithm>
#include <cstring>

namespace memmap {

void CoreMemory::add(AddressRange range, const std::byte* data) {
  if (!range.empty()) pieces_.push_back({range, data});
}

void CoreMemory::finish() {
  std::stable_sort(pieces_.begin(), pieces_.end(),
                   [](const Piece& a, const Piece& b) { return a.range.begin < b.range.begin; });
  std::vector<Piece> joined;
  for (Piece piece : pieces_) {
    if (!joined.empty()) {
      Piece& last = joined.back();
      const std::uint64_t overlap = last.range.intersect(piece.range).size();
      piece.range.begin = piece.range.begin + overlap;
      if (piece.data != nullptr) piece.data += overlap;
      if (piece.range.empty()) continue;
      // Neighbours in memory and in the file: one view may cross the border of the mappings.
      const bool goes_on = last.data != nullptr && last.data + last.range.size() == piece.data;
      if (last.range.end == piece.range.begin && goes_on) {
        last.range.end = piece.range.end;
        continue;
      }
    }
    joined.push_back(piece);
  }
  pieces_ = std::move(joined);
}

const CoreMemory::Piece* CoreMemory::piece_at(Address a) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), a, [](Address x, const Piece& p) { return x < p.range.begin; });
  if (after == pieces_.begin()) return nullptr;
  const Piece& before = *std::prev(after);
  return before.range.contains(a) ? &before : nullptr;
}

std::size_t CoreMemory::read(Address from, std::span<std::byte> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const Address at = from + done;
    const Piece* const piece = at < from ? nullptr : piece_at(at);
    if (piece == nullptr) break;
    const std::size_t size = std::min<std::uint64_t>(out.size() - done, piece->range.end - at);
    if (piece->data == nullptr)
      std::memset(out.data() + done, 0, size);
    else
      std::memcpy(out.data() + done, piece->data + (at - piece->range.begin), size);
    done += size;
  }
  return done;
}

std::span<const std::byte> CoreMemory::view(AddressRange range) const {
  const Piece* const piece = range.empty() ? nullptr : piece_at(range.begin);
  if (piece == nullptr || piece->data == nullptr || !piece->range.contains(range)) return {};
  return {piece->data + (range.begin - piece->range.begin), range.size()};
}

}  // namespace memmap
