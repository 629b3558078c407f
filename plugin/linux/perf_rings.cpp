#include "linux/perf_rings.h"

#include <asm/perf_regs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "linux/close_behind.h"
#include "linux/monotonic.h"
#include "target/load.h"

namespace memmap {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRingBytes = 16u << 20;  // half as much has been seen to overflow
constexpr std::size_t kMapBytes = kPage + kRingBytes;
constexpr std::uint16_t kMostCallers = 64;
constexpr std::uint64_t kRegisters = 1ULL << PERF_REG_X86_AX | 1ULL << PERF_REG_X86_BX |
                                     1ULL << PERF_REG_X86_CX | 1ULL << PERF_REG_X86_DI |
                                     1ULL << PERF_REG_X86_BP | 1ULL << PERF_REG_X86_SP |
                                     1ULL << PERF_REG_X86_IP | 1ULL << PERF_REG_X86_FLAGS;

// The parts of a sample that are always there.
struct SampleHead {
  std::uint64_t ip;
  std::uint32_t pid;
  std::uint32_t tid;
  std::uint64_t time;
};

FileDescriptor open_event(const perf_event_attr& attributes, int cpu) {
  return FileDescriptor(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
}

std::string refusal_of_probes() {
  if (errno == EACCES || errno == EPERM)
    return "uprobes in the runtime's functions need CAP_SYS_ADMIN (root)";
  return fmt::format("the kernel has no uprobes to give: {}", strerror(errno));
}

std::optional<std::uint32_t> type_of_uprobes() {
  const auto text = read_whole("/sys/bus/event_source/devices/uprobe/type");
  std::uint32_t type = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), type).ec != std::errc())
    return std::nullopt;
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

bool is_wanted(const perf_event_header& header) {
  return header.type == PERF_RECORD_SAMPLE ||
         (header.type == PERF_RECORD_COMM && (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0);
}

// Bytes behind `at`, or fewer where the record is shorter.
std::span<const std::byte> take(std::span<const std::byte>& rest, std::uint64_t size) {
  const std::span<const std::byte> taken = rest.first(std::min<std::uint64_t>(size, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

std::uint64_t take_word(std::span<const std::byte>& rest) {
  return load<std::uint64_t>(take(rest, 8), 0).value_or(0);
}

ProbeHit parse_sample(std::span<const std::byte> rest) {
  ProbeHit hit;
  const SampleHead head =
      load<SampleHead>(take(rest, sizeof(SampleHead)), 0).value_or(SampleHead{});
  hit.nanoseconds = head.time;
  hit.pid = head.pid;
  hit.tid = head.tid;
  hit.callers = take(rest, 8 * take_word(rest));
  if (take_word(rest) != PERF_SAMPLE_REGS_ABI_64) return hit;
  hit.registers = load<HitRegisters>(take(rest, sizeof(HitRegisters)), 0).value_or(HitRegisters{});
  hit.stack = take(rest, take_word(rest));
  hit.stack = hit.stack.first(std::min<std::uint64_t>(take_word(rest), hit.stack.size()));
  return hit;
}

ProbeHit parse_exec(std::span<const std::byte> body) {
  ProbeHit hit;
  hit.exec = true;
  hit.pid = load<std::uint32_t>(body, 0).value_or(0);
  hit.tid = load<std::uint32_t>(body, 4).value_or(0);
  return hit;
}

}  // namespace

std::string PerfRings::open_ring(Ring& ring, int cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_DUMMY;
  attributes.sample_type = PERF_SAMPLE_TIME;
  attributes.sample_id_all = 1;
  attributes.comm = 1;
  attributes.comm_exec = 1;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
  attributes.watermark = 1;
  attributes.wakeup_watermark = kRingBytes / 4;
  ring.leader = open_event(attributes, cpu);
  if (!ring.leader.valid()) return refusal_of_probes();
  void* const pages =
      mmap(nullptr, kMapBytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring.leader.get(), 0);
  if (pages == MAP_FAILED) return refusal_of_probes();
  ring.pages = static_cast<std::byte*>(pages);
  return {};
}

std::string PerfRings::add_probe(Ring& ring, int cpu, const std::string& file,
                                 const UprobePlace& place) {
  const std::optional<std::uint32_t> type = type_of_uprobes();
  if (!type) return "this kernel has no uprobes for perf_event_open";
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = *type;
  attributes.config1 = reinterpret_cast<std::uintptr_t>(file.c_str());
  attributes.config2 = place.offset;
  attributes.disabled = 1;
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
                           PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attributes.sample_max_stack = place.callers ? kMostCallers : 1;
  attributes.exclude_callchain_kernel = 1;
  attributes.sample_regs_user = kRegisters;
  attributes.sample_stack_user = kStackBytes;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
  attributes.watermark = 1;
  attributes.wakeup_watermark = kRingBytes / 4;
  FileDescriptor probe = open_event(attributes, cpu);
  if (!probe.valid() || ioctl(probe.get(), PERF_EVENT_IOC_SET_OUTPUT, ring.leader.get()) != 0)
    return refusal_of_probes();
  ring.probes.push_back(std::move(probe));
  return {};
}

std::string PerfRings::open(const std::string& file, std::span<const UprobePlace> places,
                            const std::atomic<bool>* interrupted) {
  allow_many_files();
  for (const int cpu : online_cpus()) {
    Ring& ring = rings_.emplace_back();
    std::string problem = open_ring(ring, cpu);
    for (const UprobePlace& place : places)
      if (problem.empty())
        problem = interrupted != nullptr && *interrupted ? kInterrupted
                                                         : add_probe(ring, cpu, file, place);
    if (problem.empty()) continue;
    close();
    return problem;
  }
  // Who is seen to enter must be seen to return, also on another CPU.
  for (const bool callers : {false, true})
    for (const Ring& ring : rings_)
      for (std::size_t i = 0; i < places.size(); ++i)
        if (places[i].callers == callers) ioctl(ring.probes[i].get(), PERF_EVENT_IOC_ENABLE, 0);
  return {};
}

// All of a thread's older hits are in: it has written them before those that it wrote on another
// CPU before `until_`.
void PerfRings::collect() {
  until_ = monotonic_now();
  for (Ring& ring : rings_) take_over(ring);
}

void PerfRings::take_over(Ring& ring) {
  if (ring.pages == nullptr) return;  // it could not be opened
  auto& page = *reinterpret_cast<perf_event_mmap_page*>(ring.pages);
  const std::byte* const data = ring.pages + kPage;
  const std::uint64_t head = std::atomic_ref(page.data_head).load(std::memory_order_acquire);
  const std::uint64_t tail = page.data_tail;
  if (head == tail) return;
  ring.records.erase(ring.records.begin(),
                     ring.records.begin() + static_cast<std::ptrdiff_t>(ring.at));
  ring.at = 0;
  const std::size_t begin = tail % kRingBytes;
  const std::size_t size = head - tail;
  const std::size_t first = std::min(size, kRingBytes - begin);
  ring.records.insert(ring.records.end(), data + begin, data + begin + first);
  ring.records.insert(ring.records.end(), data, data + (size - first));
  std::atomic_ref(page.data_tail).store(head, std::memory_order_release);
}

std::optional<std::uint64_t> PerfRings::time_of_next(Ring& ring) {
  for (;;) {
    const std::span<const std::byte> rest = std::span(ring.records).subspan(ring.at);
    const auto header = load<perf_event_header>(rest, 0);
    if (!header || header->size < sizeof *header) return std::nullopt;
    if (header->type == PERF_RECORD_SAMPLE)
      return load<std::uint64_t>(rest, sizeof *header + offsetof(SampleHead, time));
    if (is_wanted(*header)) return load<std::uint64_t>(rest, header->size - 8u);
    ring.at += header->size;
  }
}

std::optional<ProbeHit> PerfRings::next() {
  Ring* first = nullptr;
  std::uint64_t earliest = until_;
  for (Ring& ring : rings_) {
    const std::optional<std::uint64_t> time = time_of_next(ring);
    if (!time || *time > earliest) continue;
    earliest = *time;
    first = &ring;
  }
  if (first == nullptr) return std::nullopt;
  const std::span<const std::byte> rest = std::span(first->records).subspan(first->at);
  const auto header = *load<perf_event_header>(rest, 0);
  const std::span<const std::byte> body = rest.subspan(sizeof header, header.size - sizeof header);
  first->at += header.size;
  if (header.type != PERF_RECORD_SAMPLE) {
    ProbeHit hit = parse_exec(body);
    hit.nanoseconds = earliest;
    return hit;
  }
  ++seen_;
  return parse_sample(body);
}

void PerfRings::stop() {
  std::vector<FileDescriptor> probes;
  for (Ring& ring : rings_) {
    for (const FileDescriptor& probe : ring.probes) ioctl(probe.get(), PERF_EVENT_IOC_DISABLE, 0);
    for (FileDescriptor& probe : ring.probes) {
      std::uint64_t count = 0;
      if (read(probe.get(), &count, sizeof count) == sizeof count) counted_ += count;
      probes.push_back(std::move(probe));
    }
    ring.probes.clear();
    take_over(ring);
  }
  until_ = std::numeric_limits<std::uint64_t>::max();
  close_behind(std::move(probes));
}

void PerfRings::close() {
  stop();
  for (Ring& ring : rings_)
    if (ring.pages != nullptr) munmap(ring.pages, kMapBytes);
  rings_.clear();
}

}  // namespace memmap
