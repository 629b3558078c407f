#include "live/uprobe/perf_ring.h"

#include <asm/perf_regs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <utility>

#include "live/uprobe/sample_bytes.h"

namespace memmap {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRingBytes = 16u << 20;  // half as much has been seen to overflow
constexpr std::size_t kMapBytes = kPage + kRingBytes;
constexpr std::uint16_t kMostCallers = 64;
constexpr std::uint64_t kRegisters = 1ULL << PERF_REG_X86_AX | 1ULL << PERF_REG_X86_BX | 1ULL << PERF_REG_X86_CX |
                                     1ULL << PERF_REG_X86_DI | 1ULL << PERF_REG_X86_BP | 1ULL << PERF_REG_X86_SP |
                                     1ULL << PERF_REG_X86_IP | 1ULL << PERF_REG_X86_FLAGS;

// The parts of a sample that are always there.
struct SampleHead {
  std::uint64_t ip;
  std::uint32_t pid;
  std::uint32_t tid;
  std::uint64_t time;
};

perf_event_attr ring_attributes() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.use_clockid = 1;
  attributes.clockid = CLOCK_MONOTONIC;
  attributes.watermark = 1;
  attributes.wakeup_watermark = kRingBytes / 4;
  return attributes;
}

bool is_wanted(const perf_event_header& header) {
  return header.type == PERF_RECORD_SAMPLE ||
         (header.type == PERF_RECORD_COMM && (header.misc & PERF_RECORD_MISC_COMM_EXEC) != 0);
}

ProbeHit parse_head(std::span<const std::byte>& rest) {
  const auto head = take<SampleHead>(rest);
  ProbeHit hit;
  hit.nanoseconds = head.time;
  hit.pid = head.pid;
  hit.tid = head.tid;
  return hit;
}

ProbeHit parse_exec(std::span<const std::byte> body) {
  ProbeHit hit;
  hit.exec = true;
  hit.pid = load<std::uint32_t>(body, 0).value_or(0);
  hit.tid = load<std::uint32_t>(body, 4).value_or(0);
  hit.nanoseconds = load<std::uint64_t>(body, body.size() - 8).value_or(0);
  return hit;
}

}  // namespace

FileDescriptor open_event(const perf_event_attr& attributes, int cpu) {
  return FileDescriptor(static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
}

perf_event_attr hit_attributes() {
  perf_event_attr attributes = ring_attributes();
  attributes.sample_period = 1;
  attributes.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
  attributes.sample_stack_user = ProbeHit::kStackBytes;
  return attributes;
}

// All of them have all parts; callers that are not wanted cost the most.
perf_event_attr kernel_hit_attributes(HitParts parts) {
  perf_event_attr attributes = hit_attributes();
  attributes.sample_type |= PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
  attributes.sample_max_stack = parts.callers ? kMostCallers : 1;
  attributes.exclude_callchain_kernel = 1;
  attributes.sample_regs_user = kRegisters;
  return attributes;
}

// In the order in which the kernel writes them. The callers it knows are PERF_CONTEXT_USER, the
// hit's own address, and what RBP leads to, which is still the caller's; from 6.12 on also the
// return address on top of the stack, where it sees a PUSH.
void PerfRing::add_parts(ProbeHit& hit, std::span<const std::byte> rest) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const std::span<const std::byte> callers = take(rest, kWord * take<std::uint64_t>(rest));
  hit.callers = callers.subspan(std::min(2 * kWord, callers.size()));
  if (take<std::uint64_t>(rest) != PERF_SAMPLE_REGS_ABI_64) return;
  hit.registers = take<HitRegisters>(rest);
  hit.stack = take_stack(rest);
}

PerfRing::PerfRing(PerfRing&& other) noexcept
    : cpu_(other.cpu_),
      leader_(std::move(other.leader_)),
      pages_(std::exchange(other.pages_, nullptr)),
      records_(std::move(other.records_)),
      at_(other.at_) {}

PerfRing::~PerfRing() {
  if (pages_ != nullptr) munmap(pages_, kMapBytes);
}

bool PerfRing::open(int cpu) {
  cpu_ = cpu;
  perf_event_attr attributes = ring_attributes();
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_DUMMY;
  attributes.sample_type = PERF_SAMPLE_TIME;
  attributes.sample_id_all = 1;
  attributes.comm = 1;
  attributes.comm_exec = 1;
  leader_ = open_event(attributes, cpu);
  if (!leader_.valid()) return false;
  void* const pages = mmap(nullptr, kMapBytes, PROT_READ | PROT_WRITE, MAP_SHARED, leader_.get(), 0);
  if (pages == MAP_FAILED) return false;
  pages_ = static_cast<std::byte*>(pages);
  return true;
}

bool PerfRing::join(const FileDescriptor& event) const {
  return ioctl(event.get(), PERF_EVENT_IOC_SET_OUTPUT, leader_.get()) == 0;
}

void PerfRing::take_over() {
  if (pages_ == nullptr) return;  // it could not be opened
  auto& page = *reinterpret_cast<perf_event_mmap_page*>(pages_);
  const std::byte* const data = pages_ + kPage;
  const std::uint64_t head = std::atomic_ref(page.data_head).load(std::memory_order_acquire);
  const std::uint64_t tail = page.data_tail;
  if (head == tail) return;
  records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  const std::size_t begin = tail % kRingBytes;
  const std::size_t size = head - tail;
  const std::size_t first = std::min(size, kRingBytes - begin);
  records_.insert(records_.end(), data + begin, data + begin + first);
  records_.insert(records_.end(), data, data + (size - first));
  std::atomic_ref(page.data_tail).store(head, std::memory_order_release);
}

std::optional<std::uint64_t> PerfRing::time_of_next() {
  for (;;) {
    const std::span<const std::byte> rest = std::span(records_).subspan(at_);
    const auto header = load<perf_event_header>(rest, 0);
    if (!header || header->size < sizeof *header) return std::nullopt;
    if (header->type == PERF_RECORD_SAMPLE)
      return load<std::uint64_t>(rest, sizeof *header + offsetof(SampleHead, time));
    if (is_wanted(*header)) return load<std::uint64_t>(rest, header->size - 8u);
    at_ += header->size;
  }
}

ProbeHit PerfRing::take_next(std::span<const std::byte>& rest) {
  const std::span<const std::byte> all = std::span(records_).subspan(at_);
  const auto header = *load<perf_event_header>(all, 0);
  rest = all.subspan(sizeof header, header.size - sizeof header);
  at_ += header.size;
  return header.type == PERF_RECORD_SAMPLE ? parse_head(rest) : parse_exec(rest);
}

}  // namespace memmap
