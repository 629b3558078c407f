#include "lldb/sb_memory.h"

#include <algorithm>

namespace memmap {
namespace {

// Small enough that Ctrl-C is seen in time at 100 MB/s.
constexpr std::size_t kPiece = 1024 * 1024;
// The unit in which memory becomes unreadable.
constexpr std::uint64_t kPage = 4096;

}  // namespace

SbMemory::SbMemory(lldb::SBTarget target, std::atomic<bool>& interrupted)
    : target_(std::move(target)),
      process_(target_.GetProcess()),
      interpreter_(target_.GetDebugger().GetCommandInterpreter()),
      interrupted_(interrupted) {}

// LLDB answers a piece whole, in part or not at all where one page of it is missing: what is
// left of the piece is then asked for page by page.
std::size_t SbMemory::read(Address from, std::span<std::byte> out) const {
  std::size_t done = 0;
  std::size_t piece = kPiece;
  while (done < out.size()) {
    if (interpreter_.WasInterrupted()) interrupted_ = true;
    if (interrupted_) break;
    const Address at = from + done;
    const std::uint64_t to_page_end = kPage - at.value() % kPage;
    const std::size_t limit = piece == kPiece ? kPiece : std::size_t{to_page_end};
    const std::size_t wanted = std::min(out.size() - done, limit);
    const std::size_t got = read_piece(at, out.subspan(done, wanted));
    done += got;
    if (got == wanted) continue;
    if (piece == kPage) break;
    piece = kPage;
  }
  return done;
}

std::size_t SbMemory::read_piece(Address from, std::span<std::byte> out) const {
  lldb::SBError error;  // a fresh one each time: success does not clear it
  const std::size_t got = process_.ReadMemory(from.value(), out.data(), out.size(), error);
  if (got > 0) return std::min(got, out.size());
  // What a core left out because a file has it (text, constants) is read from that file.
  lldb::SBError file_error;
  lldb::SBAddress place(from.value(), target_);
  if (!place.GetSection().IsValid()) return 0;
  const std::size_t from_file = target_.ReadMemory(place, out.data(), out.size(), file_error);
  return std::min(from_file, out.size());
}

}  // namespace memmap
