// What a door would have printed, as a string.
#pragma once

#include <string>

#include "report/output.h"

namespace memmap::test {

class StringOutput : public Output {
 public:
  bool write(std::string_view piece) override {
    text += piece;
    return ++pieces < pieces_wanted;
  }
  bool colour() const override { return coloured; }
  bool takes_bytes() const override { return !text_only; }
  unsigned width() const override { return columns; }

  std::string text;
  unsigned pieces = 0;
  unsigned pieces_wanted = ~0U;  // then the reader leaves
  bool coloured = false;
  bool text_only = false;
  unsigned columns = 120;
};

}  // namespace memmap::test
