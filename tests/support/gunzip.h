// What gzip packed, for tests that look inside.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>

namespace memmap::test {

inline std::string gunzip(std::string packed) {
  z_stream stream{};
  if (::inflateInit2(&stream, 31) != Z_OK) throw std::runtime_error("zlib");
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int state = Z_OK;
  while (state == Z_OK) {
    char piece[4096];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    state = ::inflate(&stream, Z_NO_FLUSH);
    text.append(piece, sizeof piece - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (state != Z_STREAM_END) throw std::runtime_error("not a whole gzip stream");
  return text;
}

}  // namespace memmap::test
