// -o FILE: the file gets everything or is not touched. Written beside it, then renamed.
#pragma once

#include <string>

#include "report/output.h"

namespace memmap {

class FileOutput : public Output {
 public:
  FileOutput(const std::string& path, unsigned width);
  ~FileOutput() override;  // removes what was not committed
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  bool ready() const { return descriptor_ >= 0; }
  bool write(std::string_view text) override;
  unsigned width() const override { return width_; }
  bool commit();  // false if a byte could not be written; FILE is then as it was
  const std::string& problem() const { return problem_; }  // a sentence

 private:
  void fail(const char* what);

  std::string shown_;      // as the user gave it
  std::string path_;       // what will be replaced, links followed
  std::string temporary_;  // empty where FILE is a device or a pipe and is written directly
  std::string problem_;
  unsigned width_;
  int descriptor_ = -1;
};

}  // namespace memmap
