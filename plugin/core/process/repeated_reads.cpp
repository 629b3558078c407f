#include "process/repeated_reads.h"

#include <algorithm>
#include <cstring>

namespace memmap {
namespace {

constexpr std::uint64_t kLargest = 16u << 10;  // of a range that grows

// Calls come from stacks of different depth: their ranges become one, as far as it stays small.
void join(RepeatedReads::Ranges& ranges, AddressRange missed) {
  for (AddressRange& range : ranges) {
    const AddressRange both{std::min(range.begin, missed.begin), std::max(range.end, missed.end)};
    const bool touch = range.begin <= missed.end && missed.begin <= range.end;
    if (!touch || both.size() > kLargest) continue;
    range = both;
    return;
  }
  ranges.push_back(missed);
}

}  // namespace

RepeatedReads::Stop::Stop(RepeatedReads& reads, Ranges& ranges) : reads_(reads), ranges_(ranges) {
  reads_.fill(ranges);
}

RepeatedReads::Stop::~Stop() {
  ranges_.clear();
  for (const Piece& piece : reads_.pieces_)
    if (piece.used) ranges_.push_back(piece.range);
  for (const AddressRange& missed : reads_.missed_) join(ranges_, missed);
  reads_.pieces_.clear();
  reads_.missed_.clear();
}

void RepeatedReads::fill(const Ranges& ranges) {
  std::size_t size = 0;
  for (const AddressRange& range : ranges) size += range.size();
  if (bytes_.size() < size) bytes_.resize(size);
  requests_.clear();
  std::span<std::byte> rest(bytes_);
  for (const AddressRange& range : ranges) {
    requests_.push_back({range.begin, rest.first(range.size())});
    rest = rest.subspan(range.size());
  }
  base_.read_many(requests_);
  for (const ReadRequest& request : requests_)
    if (request.whole) pieces_.push_back({{request.from, request.from + request.out.size()}, request.out});
}

std::span<const std::byte> RepeatedReads::view(AddressRange range) const {
  for (Piece& piece : pieces_) {
    if (!piece.range.contains(range)) continue;
    piece.used = true;
    return piece.bytes.subspan(range.begin - piece.range.begin, range.size());
  }
  return {};
}

std::size_t RepeatedReads::read(Address from, std::span<std::byte> out) const {
  const std::optional<AddressRange> wanted = AddressRange::of(from, out.size());
  const std::span<const std::byte> held = wanted ? view(*wanted) : std::span<const std::byte>();
  if (!held.empty()) {
    std::memcpy(out.data(), held.data(), out.size());
    return out.size();
  }
  const std::size_t got = base_.read(from, out);
  if (got != 0) missed_.push_back({from, from + got});
  return got;
}

}  // namespace memmap
