// Sums of the pieces inside a container, by kind: what the folded lines are made of.
#pragma once

#include <array>
#include <bitset>
#include <map>
#include <vector>

#include "view/fold.h"

namespace memmap {

struct PartSum {
  std::uint64_t wholes = 0;  // pieces of one claim count once
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  bool resident_known = true;
  std::uint32_t last_claim = ~std::uint32_t{0};
  std::uint64_t largest = 0;
  Source source;  // of the largest piece
  std::uint32_t first_mapping = 0;
  bool same_permissions = true;  // in all its mappings

  std::optional<std::uint64_t> resident_bytes() const {
    return resident_known ? std::optional(resident) : std::nullopt;
  }
};

class Parts {
 public:
  explicit Parts(const Analysis& analysis) : analysis_(analysis) {}

  // Adds the nodes [first, last) that lie `depth` deep, and counts what lies deeper.
  void add(std::uint32_t first, std::uint32_t last, unsigned depth);
  bool empty() const;
  // Only the rounding of an odd size: not worth lines of its own.
  bool only_rounding() const;
  const PartSum& operator[](Kind kind) const { return tallies_[static_cast<std::size_t>(kind)]; }
  std::vector<Kind> kinds(bool in_file_order) const;  // largest first, or as kinds.def has them
  ViewRow row(Kind kind, unsigned depth) const;
  // One line for each kind, largest first; in the order of the file for an ELF image.
  // Permissions are shown where `around` has others.
  void append_rows(std::vector<ViewRow>& rows, unsigned depth, bool in_file_order, std::string_view around) const;

 private:
  static constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::count_);
  static constexpr std::size_t kSectionNames = 24;  // characters of them on a line
  ViewRow row(Kind kind, const PartSum& tally, unsigned depth) const;
  void append_stacks(std::vector<ViewRow>& rows, unsigned depth) const;
  void add_span(const Node& node);
  void add_section(const Node& node, Kind kind);
  std::string remark(Kind kind) const;

  const Analysis& analysis_;
  std::array<PartSum, kKindCount> tallies_{};
  std::array<PartSum, kKindCount> slots_{};  // inside the pieces: stacks in stack spans
  std::bitset<256> size_classes_;
  std::uint64_t large_spans_ = 0;
  std::map<Kind, std::string> sections_;  // ".data .noptrdata"
  std::size_t next_span_ = 0;             // nodes and spans come in the same order
};

}  // namespace memmap
