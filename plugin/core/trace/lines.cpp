#include "trace/lines.h"

#include <sys/mman.h>

#include <cstring>

#include <fmt/format.h>

#include "base/text.h"

namespace memmap::trace {
namespace {

struct Advice {
  std::uint32_t value;
  std::string_view name;
};
constexpr Advice kAdvice[] = {
    {MADV_NORMAL, "NORMAL"},         {MADV_RANDOM, "RANDOM"},
    {MADV_SEQUENTIAL, "SEQUENTIAL"}, {MADV_WILLNEED, "WILLNEED"},
    {MADV_DONTNEED, "DONTNEED"},     {MADV_FREE, "FREE"},
    {MADV_HUGEPAGE, "HUGEPAGE"},     {MADV_NOHUGEPAGE, "NOHUGEPAGE"},
    {MADV_DONTDUMP, "DONTDUMP"},     {25, "COLLAPSE"},  // MADV_COLLAPSE, Linux 6.1
};

std::string advice_text(std::uint32_t value) {
  for (const Advice& advice : kAdvice)
    if (advice.value == value) return std::string(advice.name);
  return fmt::format("advice {}", value);
}

std::string protection_text(std::uint32_t protection) {
  return {(protection & PROT_READ) != 0 ? 'r' : '-', (protection & PROT_WRITE) != 0 ? 'w' : '-',
          (protection & PROT_EXEC) != 0 ? 'x' : '-'};
}

bool in_runtime(std::string_view function) {
  return function.starts_with("runtime.") || function.starts_with("runtime/") ||
         function.starts_with("internal/runtime/") || function.starts_with("internal/cpu.");
}

std::string frame_text(const Log& log, const Frame& frame) {
  const std::string_view function = log.text(frame.function);
  if (function.empty()) return fmt::format("{:x}", frame.pc.value());
  std::string text = printable(function);
  if (frame.line != 0) text += fmt::format("  {}:{}", printable(base_name(log.text(frame.file))), frame.line);
  return text;
}

}  // namespace

std::string remark(const Log& log, const Event& event) {
  std::string text;
  if (event.operation == Operation::mmap || event.operation == Operation::mprotect)
    text = protection_text(event.protection);
  if (event.operation == Operation::mmap && (event.flags & MAP_FIXED) != 0) text += " fixed";
  if (event.operation == Operation::mmap && (event.flags & MAP_ANONYMOUS) == 0) text += " file";
  if (event.operation == Operation::madvise) text = advice_text(event.protection);
  if (event.text != 0) text += fmt::format("\"{}\"", printable(log.text(event.text)));
  if (event.error != 0) text += fmt::format("{}{}", text.empty() ? "" : ": ", strerror(event.error));
  return text;
}

std::string site_text(const Log& log, StackId stack, const CallSite& site) {
  const std::span<const Frame> frames = log.frames(stack);
  if (!site.frame) return frames.empty() ? std::string() : frame_text(log, frames.front());
  const std::string_view asked = log.text(frames[*site.frame].function);
  std::string text = printable(short_name(asked));
  if (!in_runtime(asked)) return text;
  for (const Frame& frame : frames.subspan(*site.frame)) {
    const std::string_view function = log.text(frame.function);
    if (function.empty() || in_runtime(function)) continue;
    return text + " ← " + printable(function);
  }
  return text;
}

std::string line_heading() {
  return fmt::format("{:>11}  {:>7} {:>6}  {:<16} {:>12} {:>11}  {:<13} {}\n", "SECONDS", "THREAD", "G", "OPERATION",
                     "ADDRESS", "SIZE", "COUNTER", "CALL SITE");
}

bool Lines::wanted(const Event& event) const {
  if (!has(options_.what, event.operation)) return false;
  if (!options_.outermost || info(event.operation).level == CallLevel::function) return true;
  return event.parent == 0 || !has(options_.what, log_.event(event.parent).operation);
}

void Lines::append(std::string& out, bool rest) {
  for (; next_ <= log_.size(); ++next_) {
    const Event& event = log_.event(next_);
    if (event.ended_after == 0 && !rest) return;
    if (wanted(event)) append_event(out, next_);
  }
}

void Lines::append_event(std::string& out, Sequence sequence) {
  const Event& event = log_.event(sequence);
  const std::string goroutine =
      event.goroutine == kNoGoroutine ? std::string(kUnknownMark) : fmt::format("{}", event.goroutine);
  const std::string address =
      event.address == kNoAddress ? std::string(kUnknownMark) : fmt::format("{:x}", event.address.value());
  const std::string size = event.size == kNoSize ? std::string(kUnknownMark) : human(event.size);
  const std::string_view charge = name(event.charge);
  std::string site = site_of(event.stack);
  if (const std::string more = remark(log_, event); !more.empty())
    site += fmt::format("{}({})", site.empty() ? "" : "  ", more);
  fmt::format_to(std::back_inserter(out), "{:>11.6f}  {:>7} {:>6}  {:<16} {:>12} {:>11}  {:<13} {}\n",
                 static_cast<double>(event.nanoseconds) / 1e9, event.thread, goroutine, info(event.operation).id,
                 address, size, charge.empty() ? kUnknownMark : charge, site);
  if (options_.frames != 0) append_stack(out, event.stack);
}

const std::string& Lines::site_of(StackId stack) {
  const auto [at, is_new] = site_texts_.try_emplace(stack);
  if (is_new) at->second = site_text(log_, stack, sites_.of(stack));
  return at->second;
}

void Lines::append_stack(std::string& out, StackId stack) const {
  std::uint64_t left = options_.frames;
  for (const Frame& frame : log_.frames(stack)) {
    if (left-- == 0) return;
    fmt::format_to(std::back_inserter(out), "{:>22}{}\n", "", frame_text(log_, frame));
  }
}

}  // namespace memmap::trace
