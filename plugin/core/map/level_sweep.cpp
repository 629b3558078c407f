// Stage "resolve": see level_sweep.h.
#include "map/level_sweep.h"

#include <algorithm>
#include <utility>

namespace memmap {
namespace {

struct Key {
  std::uint64_t begin;
  std::uint32_t claim;
};

// Byte by byte from the lowest; bytes in which all keys agree cost nothing, and of the eight
// bytes of an address in one heap four or five do.
void radix_sort(std::vector<Key>& keys) {
  std::array<std::array<std::uint32_t, 256>, 8> counts{};
  for (const Key& key : keys)
    for (unsigned byte = 0; byte < 8; ++byte) ++counts[byte][key.begin >> (8 * byte) & 0xff];

  std::vector<Key> sorted(keys.size());
  for (unsigned byte = 0; byte < 8; ++byte) {
    auto& starts = counts[byte];
    if (starts[keys.front().begin >> (8 * byte) & 0xff] == keys.size()) continue;
    std::uint32_t start = 0;
    for (std::uint32_t& count : starts) start += std::exchange(count, start);
    for (const Key& key : keys) sorted[starts[key.begin >> (8 * byte) & 0xff]++] = key;
    keys.swap(sorted);
  }
}

void sort_by_begin(std::span<const Claim> claims, std::vector<std::uint32_t>& order) {
  std::vector<Key> keys;
  keys.reserve(order.size());
  for (const std::uint32_t claim : order) keys.push_back({claims[claim].range.begin.value(), claim});
  // The histograms of a radix sort cost more than a short list.
  constexpr std::size_t kShort = 1024;
  if (keys.size() < kShort)
    std::ranges::sort(keys, {}, &Key::begin);
  else
    radix_sort(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].claim;
}

}  // namespace

bool more_trusted(const Claim& a, const Claim& b) {
  if (a.confidence != b.confidence) return a.confidence > b.confidence;
  if (a.range.size() != b.range.size()) return a.range.size() < b.range.size();
  if (a.range.begin != b.range.begin) return a.range.begin < b.range.begin;
  if (a.kind != b.kind) return a.kind < b.kind;
  return a.source() < b.source();
}

LevelOrder order_by_begin(std::span<const Claim> claims) {
  LevelOrder order;
  std::array<Address, 4> last{};
  std::array<bool, 4> sorted{true, true, true, true};
  for (std::uint32_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    if (claim.range.empty()) continue;
    const auto level = static_cast<std::size_t>(claim.level);
    sorted[level] &= last[level] <= claim.range.begin;
    last[level] = claim.range.begin;
    order[level].push_back(i);
  }
  for (std::size_t level = 0; level < order.size(); ++level)
    if (!sorted[level]) sort_by_begin(claims, order[level]);
  return order;
}

LevelSweep::LevelSweep(std::span<const Claim> claims, std::vector<std::uint32_t> order, SweepNotes& notes)
    : claims_(claims), order_(std::move(order)), notes_(&notes) {
  next();
}

// The next piece where claims overlap, or the end.
void LevelSweep::settle() {
  Address at = piece_.range.end;
  drop_ended(at);
  if (active_.empty()) {
    if (next_ == order_.size()) return enter_piece({{kEnd, kEnd}, 0});
    active_.push_back({order_[next_++], false});
    at = claims_[active_.front().claim].range.begin;
  }

  SweptRange piece;
  do {  // until a claim holds at least one byte before a more trusted one begins
    piece = {{at, claims_[active_.front().claim].range.end}, active_.front().claim};
    while (next_ < order_.size() && claims_[order_[next_]].range.begin < piece.range.end) {
      const std::uint32_t claim = order_[next_++];
      if (contend(claim)) piece.range.end = claims_[claim].range.begin;
    }
  } while (piece.range.empty());
  enter_piece(piece);
  drop_ended(piece.range.end);
}

// A claim begins inside the front one. True if it is trusted more and takes over.
bool LevelSweep::contend(std::uint32_t claim) {
  Active entrant{claim, false};
  Active& front = active_.front();
  const bool wins = more_trusted(claims_[claim], claims_[front.claim]);
  note_cut(wins ? front : entrant, claims_[claim].range.begin);
  if (!wins && claims_[claim].range.end <= claims_[front.claim].range.end) return false;  // buried

  active_.push_back(entrant);
  std::ranges::push_heap(
      active_, [this](const Active& a, const Active& b) { return more_trusted(claims_[b.claim], claims_[a.claim]); });
  return wins;
}

void LevelSweep::drop_ended(Address at) {
  while (!active_.empty() && claims_[active_.front().claim].range.end <= at) {
    std::ranges::pop_heap(
        active_, [this](const Active& a, const Active& b) { return more_trusted(claims_[b.claim], claims_[a.claim]); });
    active_.pop_back();
  }
}

void LevelSweep::note_cut(Active& loser, Address where) {
  if (loser.cut) return;
  loser.cut = true;
  if (claims_[loser.claim].confidence != Confidence::guessed) notes_->cut.add(where);
}

void LevelSweep::note_unmapped() {
  if (unmapped_noted_) return;
  unmapped_noted_ = true;
  notes_->unmapped.add(reached_);
}

}  // namespace memmap
