// The page of export html: its columns as JavaScript will read them, and data that cannot break
// out.
#include "export/page.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "session.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/gunzip.h"
#include "support/string_output.h"

namespace memmap {
namespace {

using test::StringOutput;

template <class T>
T at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

std::string decoded(const std::string& base64) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : base64.substr(0, base64.find('='))) {
    bits = bits << 6 | static_cast<std::uint32_t>(kDigits.find(digit));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

std::string page_of(std::unique_ptr<Analysis> analysis) {
  Session session(std::move(analysis));
  StringOutput out;
  const std::vector<std::string> words = {"export", "html"};
  CHECK(test::ask(session, words, out).exit_code == 0);
  return out.text;
}

TEST_CASE("columns lie one behind the other, then the texts") {
  NodeColumns columns(2);
  columns.add({.begin = 4096, .size = 8192, .kind = 1});
  columns.add({.begin = 64,
               .size = 16,
               .resident = 16,
               .detail = columns.text_number("a\nb"),
               .index = 7,
               .kind = 2,
               .depth = 1,
               .path = 3,
               .confidence = 2});
  CHECK(columns.text_number("a\nb") == 1);
  CHECK(columns.text_number("c") == 2);
  CHECK(columns.text_number("") == 0);
  const std::string bytes = columns.bytes();
  CHECK(at<double>(bytes, 8) == 64);
  CHECK(at<double>(bytes, 16) == 8192);
  CHECK(at<double>(bytes, 32) == -1);
  CHECK(at<std::uint32_t>(bytes, 52) == 1);
  CHECK(at<std::uint32_t>(bytes, 60) == 7);
  CHECK(bytes.substr(64) == std::string("\1\2\0\1\0\3\0\2", 8) + "a\uFFFDb\nc\n");
}

TEST_CASE("a page holds any length of columns in base64") {
  for (const std::string text : {"", "a", "ab", "abc", "abcd"}) {
    StringOutput out;
    Writer writer(out, nullptr, false);
    write_page({.title = "t", .facts = "{}", .columns = {text}}, writer);
    writer.flush();
    CHECK(test::gunzip(decoded(between(out.text, "class=\"columns\">", "</script>"))) == text);
  }
}

TEST_CASE("no name of a file ends the page's script") {
  test::AnalysisBuilder builder = test::small_process_builder();
  builder.analysis().target.mappings.front().file = "/tmp/</script><script>alert(1)<!--";
  builder.analysis().target.executable = "/tmp/<b>&";
  const std::string page = page_of(builder.build());
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK(page.find("<!--") == std::string::npos);
  CHECK(page.find("<title>memmap: &lt;b>&amp;") != std::string::npos);
  const auto facts = nlohmann::json::parse(between(page, "id=\"facts\">", "</script>"));
  CHECK(facts["targets"][0]["mappings"][0].get<std::string>().find("<script>alert(1)<!--") != std::string::npos);
}

TEST_CASE("kinds have the numbers by which the columns name them") {
  const auto facts = nlohmann::json::parse(between(page_of(test::small_process()), "id=\"facts\">", "</script>"));
  const auto& rows = facts["glossary"]["rows"];
  REQUIRE(rows.size() == std::size(kKinds));
  CHECK(facts["family_of"].size() == rows.size());
  for (const KindInfo& kind : kKinds) CHECK(rows[static_cast<std::size_t>(kind.kind)]["id"] == kind.id);
  CHECK(facts["sources"][static_cast<std::size_t>(Path::allspans)] == "mheap_.allspans[…]");
}

}  // namespace
}  // namespace memmap
