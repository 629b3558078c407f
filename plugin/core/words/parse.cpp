// What users type is small and hostile: every number is bounded, nothing wraps.
#include "words/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/text.h"

namespace memmap {
namespace {

std::optional<std::uint64_t> number(std::string_view word, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size() || word.empty()) return std::nullopt;
  return value;
}

bool takes(std::string_view& word, std::string_view prefix) {
  if (!word.starts_with(prefix)) return false;
  word.remove_prefix(prefix.size());
  return true;
}

std::optional<unsigned> shift_of(std::string_view suffix) {
  if (suffix.empty() || suffix == "B") return 0;
  const std::size_t unit = std::string_view("KMGT").find(static_cast<char>(suffix[0] & ~0x20));
  const std::string_view rest = suffix.substr(1);
  if (unit == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "iB")) return std::nullopt;
  return static_cast<unsigned>(10 * (unit + 1));
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view word) {
  if (takes(word, "0x")) return number(word, 16);
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::optional<std::uint64_t> whole = number(word.substr(0, digits), 10);
  if (!whole) return std::nullopt;
  word.remove_prefix(digits);

  double fraction = 0;
  if (takes(word, ".")) {
    double place = 0.1;
    for (; !word.empty() && word[0] >= '0' && word[0] <= '9'; word.remove_prefix(1), place /= 10)
      fraction += (word[0] - '0') * place;
  }
  const std::optional<unsigned> shift = shift_of(word);
  if (!shift || *whole > (~std::uint64_t{0} >> *shift) - 1) return std::nullopt;
  const auto part = static_cast<std::uint64_t>(fraction * static_cast<double>(1ULL << *shift));
  return (*whole << *shift) + part;
}

std::optional<std::uint64_t> parse_count(std::string_view word) { return number(word, 10); }

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view word) {
  struct DurationUnit {
    std::string_view name;
    double seconds;
  };
  constexpr DurationUnit kDurations[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60}, {"h", 3600}};
  const std::size_t digits = std::min(word.find_first_not_of("0123456789."), word.size());
  double amount = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + digits, amount);
  if (error != std::errc() || end != word.data() + digits) return std::nullopt;
  constexpr double kMost = 1e9;  // seconds
  for (const DurationUnit& unit : kDurations) {
    if (word.substr(digits) != unit.name || amount * unit.seconds > kMost) continue;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(amount * unit.seconds * 1e9));
  }
  return std::nullopt;
}

std::optional<Address> parse_address(std::string_view word) {
  takes(word, "0x");
  const std::optional<std::uint64_t> value = number(word, 16);
  if (!value) return std::nullopt;
  return Address(*value);
}

std::optional<AddressRange> parse_range(std::string_view word, const AddressParser& address) {
  // An expression may hold a sign too; the last one that leaves two good halves decides.
  for (std::size_t at = word.find_last_of("+-"); at != std::string_view::npos && at != 0;
       at = word.find_last_of("+-", at - 1)) {
    const std::optional<Address> begin = address(word.substr(0, at));
    if (!begin) continue;
    if (word[at] == '+') {
      const std::optional<std::uint64_t> size = parse_size(word.substr(at + 1));
      if (size && *size != 0) return AddressRange::of(*begin, *size);
    } else if (const std::optional<Address> end = address(word.substr(at + 1))) {
      if (*begin < *end) return AddressRange{*begin, *end};
    }
  }
  return std::nullopt;
}

bool may_be_expression(std::string_view word) {
  return word.find_first_not_of("0123456789abcdefABCDEFx+-") != std::string_view::npos;
}

std::string wrong_range(std::string_view word) {
  return fmt::format("--range takes A-B or A+LEN, as in 0xc000000000+64K, not '{}'.", printable(word));
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t least = typed.size() < 4 ? 2 : 3;  // fewer slips than this
  for (const std::string_view word : known) {
    const bool abbreviated = typed.size() >= 3 && word.starts_with(typed);
    const std::size_t slips = abbreviated ? 0 : distance(typed, word);
    if (slips >= least) continue;
    least = slips;
    best = word;
  }
  return best;
}

}  // namespace memmap
