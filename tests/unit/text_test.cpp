#include "base/text.h"

#include "support/catch.h"

namespace memmap {
namespace {

TEST_CASE("sizes for people take the unit that keeps a digit before the point") {
  CHECK(human(0) == "0 B");
  CHECK(human(1023) == "1023 B");
  CHECK(human(1024) == "1.00 KiB");
  CHECK(human(1536 * 1024) == "1.50 MiB");
  CHECK(human(512ULL << 20) == "512.00 MiB");
  CHECK(human(1020 * 1024) == "1,020 KiB");
  CHECK(human(5ULL << 30) == "5.00 GiB");
  CHECK(human(~0ULL) == "17,179,869,184 GiB");
}

TEST_CASE("rounding never shows 100 hundredths or 1,024 of a unit") {
  CHECK(human((1ULL << 20) - 1) == "1.00 MiB");
  CHECK(human((1ULL << 30) - 1) == "1.00 GiB");
  CHECK(human((2ULL << 20) - 1) == "2.00 MiB");
}

TEST_CASE("asked for, a unit is exact") {
  CHECK(human(1234567, {Unit::bytes, 4096}) == "1,234,567 B");
  CHECK(human(6144, {Unit::kib, 4096}) == "6.00 KiB");
  CHECK(human(1 << 20, {Unit::gib, 4096}) == "0.00 GiB");
  CHECK(human(8192, {Unit::pages, 4096}) == "2 pages");
  CHECK(human(4096, {Unit::pages, 4096}) == "1 page");
  CHECK(human(6144, {Unit::pages, 4096}) == "1.50 pages");
}

TEST_CASE("remainders keep their sign, and zero is shown") {
  CHECK(grouped_signed(0) == "0");
  CHECK(grouped_signed(9932) == "+9,932");
  CHECK(grouped_signed(-1024) == "-1,024");
  CHECK(grouped_signed(INT64_MIN) == "-9,223,372,036,854,775,808");
}

TEST_CASE("KiB have tenths only where the bytes are no whole KiB") {
  CHECK(kib(1293424ULL * 1024) == "1,293,424");
  CHECK(kib(9932) == "9.7");
  CHECK(kib(1023) == "1.0");
}

TEST_CASE("shares say that something is there and that something is missing") {
  CHECK(percent(0, 100) == "0 %");
  CHECK(percent(1, 1000000) == "< 0.1 %");
  CHECK(percent(999999, 1000000) == "> 99.9 %");
  CHECK(percent(100, 100) == "100 %");
  CHECK(percent(1, 8) == "12.5 %");
  CHECK(percent(5, 0) == "0 %");
}

TEST_CASE("names from the target cannot move the cursor") {
  CHECK(printable("libc.so.6") == "libc.so.6");
  CHECK(printable("a\x1b[2Jb\nc") == "a\uFFFD[2Jb\uFFFDc");
  CHECK(printable("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(printable("\xff\xc3") == "\uFFFD\uFFFD");
  CHECK(printable("\xc2\x9b") == "\uFFFD");  // CSI in one code point
}

TEST_CASE("only shortest UTF-8 counts") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xc3\xa9") == 2);
  CHECK(utf8_length("\xf0\x9f\x90\xb9") == 4);
  CHECK(utf8_length("\xc0\xaf") == 0);          // overlong
  CHECK(utf8_length("\xed\xa0\x80") == 0);      // surrogate
  CHECK(utf8_length("\xf4\x90\x80\x80") == 0);  // past U+10FFFF
  CHECK(utf8_length("\xe2\x82") == 0);          // cut off
  CHECK(utf8_length("") == 0);
}

TEST_CASE("clipping counts columns, not bytes") {
  CHECK(clipped("héap", 4) == "héap");
  CHECK(clipped("héaps", 4) == "héa…");
  CHECK(clipped("abc", 0).empty());
  CHECK(display_width("– é") == 3);
}

TEST_CASE("addresses and ranges are hex") {
  CHECK(hex(Address(0xc000000000)) == "0xc000000000");
  CHECK(hex(AddressRange{Address(1), Address(0xff)}) == "0x1-0xff");
  CHECK(base_name("/usr/bin/go") == "go");
  CHECK(base_name("go") == "go");
  CHECK(counted(1, "page") == "1 page");
  CHECK(counted(1200, "class", "classes") == "1,200 classes");
}

}  // namespace
}  // namespace memmap
