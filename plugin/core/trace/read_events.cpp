#include "trace/read_events.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "trace/enclosing.h"

namespace memmap::trace {
namespace {

// Sums of what is in a file stay far below 2^63.
constexpr double kMostSeconds = 1e9;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 57;  // the largest address space

using nlohmann::json;

std::uint64_t number(const json& row, const char* member, std::uint64_t nothing) {
  const auto found = row.find(member);
  return found != row.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : nothing;
}

std::string text(const json& row, const char* member) {
  const auto found = row.find(member);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Nothing if it is there and no address.
std::optional<Address> address(const json& row, const char* member) {
  std::string_view word;
  const auto found = row.find(member);
  if (found == row.end() || found->is_null()) return kNoAddress;
  if (found->is_string()) word = found->get_ref<const std::string&>();
  if (!word.starts_with("0x")) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data() + 2, word.data() + word.size(), value, 16);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return Address(value);
}

StackId stack(Log& log, const json& row) {
  std::vector<Frame> frames;
  const auto found = row.find("stack");
  if (found == row.end() || !found->is_array()) return 0;
  for (const json& frame : *found)
    frames.push_back({log.text(text(frame, "function")), log.text(text(frame, "file")),
                      static_cast<std::uint32_t>(number(frame, "line", 0)), address(frame, "pc").value_or(kNoAddress)});
  return log.stack(frames);
}

// The last event of the file with a number up to this one: what --what leaves out is not in it.
Sequence up_to(std::span<const Sequence> numbers, std::uint64_t number) {
  return static_cast<Sequence>(std::ranges::upper_bound(numbers, number) - numbers.begin());
}

Sequence same(std::span<const Sequence> numbers, std::uint64_t number) {
  const Sequence found = up_to(numbers, number);
  return found != 0 && numbers[found - 1] == number ? found : 0;
}

// False for what no trace writes. `numbers` are those of the rows before, by which rows name each
// other.
bool add_row(Log& log, std::vector<Sequence>& numbers, const json& row) {
  const std::uint64_t own = number(row, "sequence", 0);
  if (own > std::numeric_limits<Sequence>::max() || own <= (numbers.empty() ? 0 : numbers.back())) return false;
  const std::optional<Operation> operation = operation_named(text(row, "operation"));
  if (!operation) return false;
  Event event;
  event.operation = *operation;
  const double seconds = row.value("seconds", 0.0);
  if (!(seconds >= 0 && seconds <= kMostSeconds)) return false;
  event.nanoseconds = static_cast<std::uint64_t>(seconds * 1e9 + 0.5);
  const std::optional<Address> at = address(row, "address");
  if (!at) return false;
  event.address = *at;
  event.size = number(row, "size", kNoSize);
  event.goroutine = number(row, "goroutine", kNoGoroutine);
  event.thread = static_cast<std::uint32_t>(number(row, "thread", 0));
  const std::uint64_t parent = number(row, "parent", 0);
  if (parent >= own) return false;
  event.parent = same(numbers, parent);
  event.alignment = static_cast<std::uint32_t>(number(row, "alignment", 0));
  event.protection = static_cast<std::uint32_t>(number(row, "protection", 0));
  event.flags = static_cast<std::uint32_t>(number(row, "flags", 0));
  event.error = static_cast<std::int16_t>(number(row, "error", 0));
  const bool took_place = event.error == 0 && event.address != kNoAddress;
  if (took_place && event.size != kNoSize && event.size > kMostBytes) return false;
  const std::optional<Address> old = address(row, "old_address");
  if (!old) return false;
  if (*old != kNoAddress) event.before = AddressRange::of(*old, number(row, "old_size", 0)).value_or(AddressRange{});
  const Address top = event.operation == Operation::brk ? event.address : event.before.end;
  if (took_place && top > Address(kMostBytes)) return false;
  event.text = log.text(text(row, "name"));
  event.kind = kind_named(text(row, "kind")).value_or(Kind::unknown);
  // null is no counter, for what has none, and else one that is not known.
  event.charge = charge_named(text(row, "counter")).value_or(charge_at(event.operation, event.kind, false));
  event.stack = stack(log, row);
  numbers.push_back(static_cast<Sequence>(own));
  log.begin(event);
  return true;
}

// What an event ended after stands behind it.
void set_ends(Log& log, std::span<const Sequence> numbers, std::span<const std::uint64_t> ends) {
  for (Sequence sequence = 1; sequence <= log.size(); ++sequence)
    if (const std::uint64_t end = ends[sequence - 1]; end != 0)
      log.event(sequence).ended_after = std::max(sequence, up_to(numbers, end));
}

}  // namespace

tl::expected<std::shared_ptr<Log>, std::string> read_events(const std::string& path) {
  std::ifstream file(path);
  if (!file) return tl::unexpected(fmt::format("{} cannot be read", path));
  auto log = std::make_shared<Log>();
  std::vector<Sequence> numbers;
  std::vector<std::uint64_t> ends;
  std::string line;
  for (std::uint64_t count = 1; std::getline(file, line); ++count) {
    const json row = json::parse(line, nullptr, false);
    const bool header = count == 1 && row.is_object() && text(row, "verb") == "trace";
    if (header) {
      const auto target = row.find("target");
      if (target != row.end() && target->is_object()) log->set_process(number(*target, "pid", 0));
      continue;
    }
    if (count == 1) return tl::unexpected(fmt::format("{} is no trace as trace -o writes it", path));
    if (!row.is_object() || !add_row(*log, numbers, row))
      return tl::unexpected(fmt::format("{}, line {}: no event of a trace", path, count));
    // null is a call that was under way.
    ends.push_back(row.contains("ended_after") ? number(row, "ended_after", 0) : numbers.back());
  }
  if (log->size() == 0) return tl::unexpected(fmt::format("{} holds no event", path));
  set_ends(*log, numbers, ends);
  log->set_numbers(std::move(numbers));
  return log;
}

}  // namespace memmap::trace
