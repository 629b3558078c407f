#include "live/uprobe/perf_rings.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "live/hold/close_behind.h"
#include "live/ptrace/monotonic.h"

namespace memmap {
namespace {

std::string refusal_of_probes() {
  if (errno == EACCES || errno == EPERM) return "uprobes in the runtime's functions need CAP_SYS_ADMIN (root)";
  return fmt::format("the kernel has no uprobes to give: {}", strerror(errno));
}

std::optional<std::uint32_t> type_of_uprobes() {
  const auto text = read_whole("/sys/bus/event_source/devices/uprobe/type");
  std::uint32_t type = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), type).ec != std::errc()) return std::nullopt;
  return type;
}

// "0-3,5"
std::vector<int> online_cpus() {
  const std::string text = read_whole("/sys/devices/system/cpu/online").value_or("0");
  std::vector<int> cpus;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](int& value) {
    const auto [stop, error] = std::from_chars(at, end, value);
    at = stop;
    return error == std::errc();
  };
  for (int first = 0; number(first); ++at) {
    int last = first;
    if (at < end && *at == '-' && (++at, !number(last))) break;
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    if (at >= end || *at != ',') break;
  }
  return cpus;
}

void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

std::string PerfRings::open_rings() {
  for (const int cpu : online_cpus())
    if (!rings_.emplace_back().open(cpu)) return refusal_of_probes();
  return {};
}

void PerfRings::open_program(std::span<const UprobePlace> places, const Writing& writing) {
  if (writing.by_kernel) return;
  std::vector<HitParts> wanted;
  for (const UprobePlace& place : places) wanted.push_back(place.parts);
  why_no_goroutines_ = program_.open(rings_, wanted, writing.path);
  if (program_.is_open()) why_no_goroutines_ = program_.why_no_goroutines();
}

std::string PerfRings::add_probe(const std::string& file, const UprobePlace& place) {
  const std::optional<std::uint32_t> type = type_of_uprobes();
  if (!type) return "this kernel has no uprobes for perf_event_open";
  perf_event_attr attributes = kernel_hit_attributes(place.parts);
  attributes.type = *type;
  attributes.config1 = reinterpret_cast<std::uintptr_t>(file.c_str());
  attributes.config2 = place.offset;
  attributes.disabled = 1;
  for (const PerfRing& ring : rings_) {
    Probe& probe = probes_.emplace_back(Probe{open_event(attributes, ring.cpu()), place.parts});
    if (!probe.event.valid()) return refusal_of_probes();
    if (program_.is_open()) break;
    if (!ring.join(probe.event)) return refusal_of_probes();
  }
  return {};
}

// Who is seen to enter must be seen to return, also on another CPU.
bool PerfRings::set_going() {
  for (const bool callers : {false, true})
    for (const Probe& probe : probes_) {
      if (probe.parts.callers != callers) continue;
      const bool goes = program_.is_open() ? program_.attach(probe.event, probe.parts)
                                           : ioctl(probe.event.get(), PERF_EVENT_IOC_ENABLE, 0) == 0;
      if (!goes) return false;
    }
  return true;
}

std::string PerfRings::open(const std::string& file, std::span<const UprobePlace> places, const Writing& writing,
                            const std::atomic<bool>* interrupted) {
  allow_many_files();
  std::string problem = open_rings();
  if (problem.empty()) open_program(places, writing);
  for (const UprobePlace& place : places)
    if (problem.empty()) problem = interrupted != nullptr && *interrupted ? kInterrupted : add_probe(file, place);
  if (problem.empty() && !set_going()) problem = refusal_of_probes();
  if (!problem.empty()) close();
  return problem;
}

// All of a thread's older hits are in: it has written them before those that it wrote on another
// CPU before `until_`.
void PerfRings::collect() {
  until_ = monotonic_now();
  for (PerfRing& ring : rings_) ring.take_over();
}

std::optional<ProbeHit> PerfRings::next() {
  PerfRing* first = nullptr;
  std::uint64_t earliest = until_;
  for (PerfRing& ring : rings_) {
    const std::optional<std::uint64_t> time = ring.time_of_next();
    if (!time || *time > earliest) continue;
    earliest = *time;
    first = &ring;
  }
  if (first == nullptr) return std::nullopt;
  std::span<const std::byte> rest;
  ProbeHit hit = first->take_next(rest);
  if (hit.exec) return hit;
  ++seen_;
  if (program_.is_open())
    HitProgram::add_parts(hit, rest);
  else
    PerfRing::add_parts(hit, rest);
  return hit;
}

void PerfRings::stop() {
  if (program_.is_open()) lost_by_program_ = program_.stop();
  std::vector<FileDescriptor> events;
  for (const Probe& probe : probes_) ioctl(probe.event.get(), PERF_EVENT_IOC_DISABLE, 0);
  for (Probe& probe : probes_) {
    std::uint64_t count = 0;
    if (read(probe.event.get(), &count, sizeof count) == sizeof count) counted_ += count;
    events.push_back(std::move(probe.event));
  }
  probes_.clear();
  for (PerfRing& ring : rings_) ring.take_over();
  until_ = std::numeric_limits<std::uint64_t>::max();
  close_behind(std::move(events));
}

void PerfRings::close() {
  stop();
  program_ = HitProgram();
  rings_.clear();
}

}  // namespace memmap
