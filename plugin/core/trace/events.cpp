#include "trace/events.h"

#include <algorithm>

namespace memmap::trace {
namespace {

std::size_t hash_of(std::span<const Frame> frames) {
  std::uint64_t hash = frames.size();
  for (const Frame& frame : frames)
    hash = (hash ^ (frame.pc.value() + frame.function + frame.line)) * 0x9E3779B97F4A7C15U;
  return hash;
}

}  // namespace

std::optional<Operation> operation_named(std::string_view id) {
  for (std::size_t i = 0; i < std::size(kOperations); ++i)
    if (kOperations[i].id == id) return static_cast<Operation>(i);
  return std::nullopt;
}

std::string_view name(Charge charge) {
  if (charge == Charge::unknown || charge == Charge::none) return {};
  if (charge == Charge::heap_sys) return "heap_sys";
  return name(static_cast<Counter>(static_cast<int>(charge) - static_cast<int>(Charge::first_counter) +
                                   static_cast<int>(Counter::heap_inuse)));
}

std::optional<Charge> charge_named(std::string_view text) {
  if (text == name(Charge::heap_sys)) return Charge::heap_sys;
  for (int i = static_cast<int>(Counter::heap_inuse); i < static_cast<int>(Counter::count_); ++i)
    if (text == name(static_cast<Counter>(i))) return charge_of(static_cast<Counter>(i));
  return std::nullopt;
}

Log::Log() {
  texts_.emplace_back();
  text_index_.emplace(texts_.front(), 0);
  stacks_.emplace_back();
}

Log::Log(const Log& other)
    : events_(other.events_),
      counts_(other.counts_),
      begins_(other.begins_),
      numbers_(other.numbers_),
      process_(other.process_),
      frames_(other.frames_),
      stacks_(other.stacks_),
      stack_index_(other.stack_index_),
      texts_(other.texts_) {
  for (TextId id = 0; id < texts_.size(); ++id) text_index_.emplace(texts_[id], id);
}

Sequence Log::begin(const Event& event) {
  events_.push_back(event);
  ++counts_[static_cast<std::size_t>(event.operation)];
  return static_cast<Sequence>(events_.size());
}

std::size_t Log::count(const Operations& of) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (of[i]) count += counts_[i];
  return count;
}

void Log::end(Sequence sequence, Address address) {
  Event& ending = event(sequence);
  ending.address = address;
  ending.ended_after = static_cast<Sequence>(events_.size());
}

Sequence Log::add(Event event) {
  if (event.ended_after == 0) event.ended_after = static_cast<Sequence>(events_.size() + 1);
  return begin(event);
}

void Log::append(const Log& later) {
  const auto before = static_cast<Sequence>(events_.size());
  std::vector<TextId> texts;
  for (const std::string& one : later.texts_) texts.push_back(text(one));
  std::vector<StackId> stacks;
  for (StackId id = 0; id < later.stacks_.size(); ++id) {
    std::vector<Frame> frames(later.frames(id).begin(), later.frames(id).end());
    for (Frame& frame : frames) {
      frame.function = texts[frame.function];
      frame.file = texts[frame.file];
    }
    stacks.push_back(stack(frames));
  }
  for (Event event : later.events_) {
    if (event.parent != 0) event.parent += before;
    if (event.ended_after != 0) event.ended_after += before;
    event.stack = stacks[event.stack];
    event.text = texts[event.text];
    begin(event);
  }
  for (const Sequence begin : later.begins_) begins_.push_back(before + begin);
}

Log::Place Log::place(Sequence sequence) const {
  const auto after = std::ranges::lower_bound(begins_, sequence);
  return {static_cast<std::uint32_t>(after - begins_.begin()),
          numbers_.empty() ? sequence - *(after - 1) : numbers_[sequence - 1]};
}

StackId Log::stack(std::span<const Frame> innermost_first) {
  if (innermost_first.empty()) return 0;
  const std::size_t hash = hash_of(innermost_first);
  const auto [first, last] = stack_index_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (std::ranges::equal(frames(at->second), innermost_first)) return at->second;
  const auto id = static_cast<StackId>(stacks_.size());
  stacks_.push_back({frames_.size(), innermost_first.size()});
  // They may be part of another stack of the log.
  const std::vector<Frame> own(innermost_first.begin(), innermost_first.end());
  frames_.insert(frames_.end(), own.begin(), own.end());
  stack_index_.emplace(hash, id);
  return id;
}

std::span<const Frame> Log::frames(StackId stack) const {
  const StackPlace& place = stacks_[stack];
  return std::span(frames_).subspan(place.first, place.count);
}

TextId Log::text(std::string_view text) {
  const auto known = text_index_.find(text);
  if (known != text_index_.end()) return known->second;
  const auto id = static_cast<TextId>(texts_.size());
  text_index_.emplace(texts_.emplace_back(text), id);
  return id;
}

}  // namespace memmap::trace
