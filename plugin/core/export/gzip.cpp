#include "export/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace memmap {
namespace {

constexpr int kLevel = 4;        // a page of 400,000 spans: half the time of 6, a tenth larger
constexpr int kGzipWindow = 31;  // 15, and 16 for the gzip wrapper
constexpr int kMemoryLevel = 8;  // zlib's own default
constexpr std::size_t kPiece = 256 * 1024;

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (::deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();  // its only failure with constants that it knows
  std::string packed;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0 && !text.empty()) {
      const std::size_t taken = std::min<std::size_t>(text.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
      stream.avail_in = static_cast<uInt>(taken);
      text.remove_prefix(taken);
    }
    const std::size_t used = packed.size();
    packed.resize(used + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(packed.data() + used);
    stream.avail_out = static_cast<uInt>(kPiece);
    state = ::deflate(&stream, text.empty() ? Z_FINISH : Z_NO_FLUSH);
    packed.resize(packed.size() - stream.avail_out);
  }
  ::deflateEnd(&stream);
  return packed;
}

}  // namespace memmap
