// Maps in text, for tests: claims in, nodes out.
//
//   mapping 0xc000000000+4M rw                   permissions, then optionally resident=4K
//   region  heap_arena 0xc000000000+64M
//   block   heap_span  0xc000000000+8K guessed allspans[7]     if not exact; if not source 0
//
// gives, indented by depth, kind, place and self bytes:
//
//   unknown 0xc000000000+4M self 0
//     heap_arena 0xc000000000+4M self 0
//       heap_span 0xc000000000+8K self 8K
//       unknown 0xc000002000+4088K self 4088K
//
// The parsed input is printed and compared with what was written first, so that a line that is
// not understood fails instead of meaning nothing.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "map/address_map.h"

namespace memmap::text {

struct Input {
  std::vector<Mapping> mappings;
  std::vector<Claim> claims;
};

inline constexpr std::string_view kUnits = "KMGT";

inline std::string size(std::uint64_t bytes) {
  std::string unit;
  for (const char next : kUnits) {
    if (bytes == 0 || bytes % 1024 != 0) break;
    bytes /= 1024;
    unit = next;
  }
  return fmt::format("{}{}", bytes, unit);
}

inline std::uint64_t parse_size(std::string_view text) {
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc{} || unit.size() > 1) throw std::runtime_error("size: " + std::string(text));
  if (unit.empty()) return bytes;
  const std::size_t power = kUnits.find(unit);
  if (power == unit.npos) throw std::runtime_error("unit: " + std::string(text));
  return bytes << (10 * (power + 1));
}

inline std::string range(AddressRange range) {
  return fmt::format("{:#x}+{}", range.begin.value(), size(range.size()));
}

// "0xc000000000+8K"
inline AddressRange parse_range(std::string_view text) {
  const std::size_t plus = text.find('+');
  std::uint64_t begin = 0;
  if (!text.starts_with("0x") || plus == text.npos) throw std::runtime_error("range: " + std::string(text));
  std::from_chars(text.data() + 2, text.data() + plus, begin, 16);
  return {Address(begin), Address(begin) + parse_size(text.substr(plus + 1))};
}

inline std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

inline constexpr std::string_view kPaths[] = {
#define SOURCE(id, format) #id,
#include "map/sources.def"
#undef SOURCE
};

inline Mapping parse_mapping(const std::vector<std::string>& words) {
  Mapping m;
  m.range = parse_range(words.at(1));
  const std::string& permissions = words.at(2);
  m.permissions = {permissions.find('r') != permissions.npos, permissions.find('w') != permissions.npos,
                   permissions.find('x') != permissions.npos};
  if (words.size() > 3) m.resident = parse_size(words[3].substr(words[3].find('=') + 1));
  return m;
}

inline Claim parse_claim(const std::vector<std::string>& words) {
  Claim claim;
  for (const Level level : {Level::region, Level::block, Level::slot})
    if (words.at(0) == name(level)) claim.level = level;
  claim.kind = kind_named(words.at(1)).value();
  claim.range = parse_range(words.at(2));
  for (const Confidence confidence : {Confidence::guessed, Confidence::derived})
    if (words.size() > 3 && words[3] == name(confidence)) claim.confidence = confidence;
  const std::string& source = words.back();
  const std::size_t bracket = source.find('[');
  if (bracket == source.npos) return claim;
  for (std::size_t path = 0; path < std::size(kPaths); ++path)
    if (kPaths[path] == source.substr(0, bracket)) claim.path = static_cast<Path>(path);
  claim.index = static_cast<std::uint32_t>(std::stoul(source.substr(bracket + 1)));
  return claim;
}

inline std::string print(const Input& input) {
  std::string text;
  for (const Mapping& m : input.mappings) {
    text += fmt::format("mapping {} ", range(m.range));
    if (m.permissions.none()) text += "---";
    if (m.permissions.read) text += 'r';
    if (m.permissions.write) text += 'w';
    if (m.permissions.execute) text += 'x';
    if (m.resident) text += " resident=" + size(*m.resident);
    text += '\n';
  }
  for (const Claim& c : input.claims) {
    text += fmt::format("{} {} {}", name(c.level), info(c.kind).id, range(c.range));
    if (c.confidence != Confidence::exact) text += fmt::format(" {}", name(c.confidence));
    if (c.source() != Source{}) text += fmt::format(" {}[{}]", kPaths[static_cast<std::size_t>(c.path)], c.index);
    text += '\n';
  }
  return text;
}

inline Input parse(const std::string& text) {
  Input input;
  std::string read;  // with single spaces
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> parts = words(line);
    if (parts.empty()) continue;
    read += fmt::format("{}\n", fmt::join(parts, " "));
    if (parts[0] == "mapping")
      input.mappings.push_back(parse_mapping(parts));
    else
      input.claims.push_back(parse_claim(parts));
  }
  if (print(input) != read) throw std::runtime_error("not understood:\n" + read + "was read as:\n" + print(input));
  return input;
}

inline std::string print(const AddressMap& map) {
  std::string text;
  for (const Node& node : map.nodes())
    text += fmt::format("{:{}}{} {} self {}\n", "", 2 * node.depth, info(map.claim(node).kind).id, range(node.range),
                        size(node.self_bytes));
  return text;
}

inline std::string resolved(const std::string& text) {
  const Input input = parse(text);
  Findings findings;
  return print(AddressMap::resolve(input.mappings, input.claims, findings));
}

// A raw string without its first line break and the indentation of its first line.
inline std::string lines(std::string_view raw) {
  if (raw.starts_with('\n')) raw.remove_prefix(1);
  const std::size_t indent = raw.find_first_not_of(' ');
  std::string text;
  std::istringstream in{std::string(raw)};
  for (std::string line; std::getline(in, line);)
    if (line.find_first_not_of(' ') != line.npos) text += line.substr(indent) + '\n';
  return text;
}

}  // namespace memmap::text
