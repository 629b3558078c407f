// Where text goes: a door's terminal, pipe or buffer, reached through one 64 KiB buffer.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace memmap {

// Where a verb's text goes, piece by piece.
class Output {
 public:
  virtual ~Output() = default;
  virtual bool write(std::string_view text) = 0;  // false: nobody reads any more
  virtual bool colour() const { return false; }
  virtual bool takes_bytes() const { return true; }  // false: a terminal, or text in a debugger
  virtual unsigned width() const { return 120; }
};

// Collects what renderers say. Rows append to text() and then ask go_on(), which hands full
// buffers over and looks at Ctrl-C.
class Writer {
 public:
  Writer(Output& out, const std::atomic<bool>* interrupted, bool colour)
      : out_(out), interrupted_(interrupted), colour_(colour && out.colour()) {
    buffer_.reserve(kFull + 4096);
  }

  std::string& text() { return buffer_; }
  bool go_on() {
    if (buffer_.size() >= kFull) flush();
    return open_ && !interrupted();
  }
  bool flush() {
    if (open_ && !buffer_.empty()) open_ = out_.write(buffer_);
    buffer_.clear();
    return open_;
  }
  bool interrupted() const { return interrupted_ != nullptr && interrupted_->load(std::memory_order_relaxed); }
  bool open() const { return open_; }  // false once the reader has gone
  bool colour() const { return colour_; }
  unsigned width() const { return out_.width(); }

 private:
  static constexpr std::size_t kFull = 64 * 1024;
  Output& out_;
  const std::atomic<bool>* interrupted_;
  std::string buffer_;
  bool colour_;
  bool open_ = true;
};

}  // namespace memmap
