#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace memmap {
namespace {

void append_grouped(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  for (const char* digit = digits.data(); digit != end; ++digit) {
    if (digit != digits.data() && (end - digit) % 3 == 0) out += ',';
    out += *digit;
  }
}

// Two decimals, rounded to nearest; none from 1,000 on, where they would only take room. In
// integers: a double has no room for 2^64 bytes.
std::string fixed_point(std::uint64_t bytes, std::uint64_t unit, std::string_view suffix) {
  std::uint64_t whole = bytes / unit;
  std::uint64_t hundredths = ((bytes % unit) * 100 + unit / 2) / unit;
  if (hundredths == 100 || (whole >= 1000 && hundredths >= 50)) ++whole;
  if (hundredths == 100) hundredths = 0;
  std::string text;
  append_grouped(text, whole);
  if (whole < 1000) {
    text += '.';
    text += static_cast<char>('0' + hundredths / 10);
    text += static_cast<char>('0' + hundredths % 10);
  }
  text += ' ';
  text += suffix;
  return text;
}

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = kKiB * 1024;
constexpr std::uint64_t kGiB = kMiB * 1024;

// Below this, two decimals of the larger unit would round to 1,024.00 of the smaller one.
constexpr bool reaches(std::uint64_t bytes, std::uint64_t unit) { return bytes >= unit - unit / 1024 / 200; }

bool is_plain_ascii(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) return false;
  }
  return true;
}

}  // namespace

void append_decimal(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_hex(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  out.append(digits.data(), end);
}

void append_address(std::string& out, Address a) {
  out += "0x";
  append_hex(out, a.value());
}

std::string hex(Address a) { return fmt::format("0x{:x}", a.value()); }

std::string hex(AddressRange range) { return fmt::format("0x{:x}-0x{:x}", range.begin.value(), range.end.value()); }

std::string grouped(std::uint64_t value) {
  std::string text;
  append_grouped(text, value);
  return text;
}

std::string grouped_signed(std::int64_t value) {
  if (value == 0) return "0";
  const auto magnitude = static_cast<std::uint64_t>(value);
  return value < 0 ? "-" + grouped(~magnitude + 1) : "+" + grouped(magnitude);
}

std::string human(std::uint64_t bytes, UnitFormat format) {
  switch (format.unit) {
    case Unit::bytes:
      return grouped(bytes) + " B";
    case Unit::kib:
      return fixed_point(bytes, kKiB, "KiB");
    case Unit::mib:
      return fixed_point(bytes, kMiB, "MiB");
    case Unit::gib:
      return fixed_point(bytes, kGiB, "GiB");
    case Unit::pages:
      if (bytes % format.page_size == 0) return counted(bytes / format.page_size, "page");
      return fixed_point(bytes, format.page_size, "pages");
    case Unit::automatic:
      break;
  }
  if (reaches(bytes, kGiB)) return fixed_point(bytes, kGiB, "GiB");
  if (reaches(bytes, kMiB)) return fixed_point(bytes, kMiB, "MiB");
  if (bytes >= kKiB) return fixed_point(bytes, kKiB, "KiB");
  return fmt::format("{} B", bytes);
}

std::string human_signed(std::int64_t bytes, UnitFormat format) {
  if (bytes == 0) return human(0, format);
  const auto magnitude = static_cast<std::uint64_t>(bytes);
  return bytes < 0 ? "-" + human(~magnitude + 1, format) : "+" + human(magnitude, format);
}

std::string kib(std::uint64_t bytes) {
  const std::uint64_t tenths = ((bytes % kKiB) * 10 + kKiB / 2) / kKiB;
  if (bytes % kKiB == 0) return grouped(bytes / kKiB);
  return fmt::format("{}.{}", grouped(bytes / kKiB + tenths / 10), tenths % 10);
}

std::string counted(std::uint64_t count, std::string_view noun, std::string_view plural) {
  if (count == 1) return fmt::format("1 {}", noun);
  if (plural.empty()) return fmt::format("{} {}s", grouped(count), noun);
  return fmt::format("{} {}", grouped(count), plural);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0 || part == 0) return "0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part == whole) return "100 %";
  if (share < 0.1) return "< 0.1 %";
  if (share > 99.9) return "> 99.9 %";
  return fmt::format("{:.1f} %", share);
}

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool too_large = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

std::string printable(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const unsigned lead = static_cast<unsigned char>(text[0]);
    // C1 controls (U+0080 to U+009F) move the cursor of some terminals as well.
    const bool c1 = length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    const bool control = length == 0 || lead < 0x20 || lead == 0x7F || c1;
    clean += control ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

void append_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++columns;
  return columns;
}

std::string clipped(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  std::size_t at = 0;
  for (std::size_t kept = 0; at < text.size() && kept + 1 < columns; ++kept) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return columns == 0 ? std::string() : std::string(text.substr(0, at)) + "…";
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace memmap
