// memmap's block in a start file: put in, replaced, taken out, byte for byte.
#include "install/start_files.h"

#include <filesystem>
#include <fstream>

#include "support/catch.h"

namespace memmap {
namespace {

TEST_CASE("a block goes in at the top and out again without a trace") {
  for (const std::string_view before : {"", "settings set a b\n", "no newline at the end", "\n\n"}) {
    const auto in = with_block(before, "plugin load /x/memmap.so");
    REQUIRE(in);
    CHECK(in->find("plugin load /x/memmap.so\n") != std::string::npos);
    CHECK(in->ends_with(before));
    CHECK(with_block(*in, "") == std::string(before));
    CHECK(with_block(*in, "plugin load /x/memmap.so") == in);
  }
}

TEST_CASE("an old block is replaced, wherever the user has moved it") {
  const std::string old = *with_block("", "plugin load /old/memmap.so");
  const auto now = with_block("first\n" + old + "last\n", "plugin load /new/memmap.so");
  REQUIRE(now);
  CHECK(now->find("/old/") == std::string::npos);
  CHECK(now->ends_with("first\nlast\n"));
}

TEST_CASE("half a block is not touched") {
  const std::string whole = *with_block("", "source /x/gdb.py");
  const std::size_t second = whole.find("source");
  CHECK_FALSE(with_block(whole.substr(0, second) + "mine\n", ""));
  CHECK_FALSE(with_block(whole.substr(second), "source /y/gdb.py"));
  CHECK_FALSE(with_block(whole + whole, ""));
}

TEST_CASE("a path that LLDB would split or unescape is quoted, and gdb takes it as it is") {
  const std::filesystem::path here = std::filesystem::temp_directory_path() / R"(memmap "a" 'b' \c `d`)";
  std::filesystem::create_directories(here / "python" / "memmap");
  std::ofstream(here / "memmap.so") << "-";
  std::ofstream(here / "python" / "memmap" / "gdb.py") << "-";
  const auto files = start_files(here.string(), "/nobody");
  std::filesystem::remove_all(here);
  REQUIRE(files);
  REQUIRE(files->size() == 2);
  CHECK((*files)[0].line.ends_with(R"(/memmap \"a\" 'b' \\c \`d\`/memmap.so")"));
  CHECK((*files)[0].line.starts_with("plugin load \"/"));
  CHECK((*files)[1].line == "source " + (here / "python" / "memmap" / "gdb.py").string());
}

TEST_CASE("a folder that no line can hold is refused") {
  for (const char* const folder : {"/a\tb", "/a\nb", "/a\x7f"}) {
    const auto files = start_files(folder, "/nobody");
    REQUIRE_FALSE(files);
    CHECK(files.error().find("control character") != std::string::npos);
  }
}

TEST_CASE("where memmap's folder is not known nothing of the working folder is taken for it") {
  for (const char* const folder : {"", ".", "build"}) {
    const auto files = start_files(folder, "/nobody");
    REQUIRE_FALSE(files);
    CHECK(files.error().find("not known") != std::string::npos);
  }
}

}  // namespace
}  // namespace memmap
