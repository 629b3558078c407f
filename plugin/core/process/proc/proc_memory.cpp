#include "process/proc/proc_memory.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

namespace memmap {
namespace {

constexpr std::size_t kBatch = 1024;  // IOV_MAX

// An address in the target, for the kernel only.
void* remote(Address a) { return reinterpret_cast<void*>(static_cast<std::uintptr_t>(a.value())); }

}  // namespace

ProcMemory::ProcMemory(std::uint64_t pid, Way way)
    : pid_(pid),
      mem_(::open(fmt::format("/proc/{}/mem", pid).c_str(), O_RDONLY | O_CLOEXEC)),
      vm_works_(way == Way::vm_readv) {}

// ESRCH too: a pid of another pid namespace is known to our /proc alone.
bool ProcMemory::refused(int error) const {
  const bool other_way = error == EPERM || error == ESRCH || error == ENOSYS || error == EACCES;
  if (other_way) vm_works_ = false;
  return other_way;
}

std::size_t ProcMemory::read(Address from, std::span<std::byte> out) const {
  const std::size_t got = vm_works_ ? read_vm(from, out) : 0;
  return vm_works_ ? got : read_mem(from, out);
}

// A short answer ends at the page that cannot be read, or earlier; asking again tells which.
std::size_t ProcMemory::read_vm(Address from, std::span<std::byte> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const iovec local{out.data() + done, out.size() - done};
    const iovec there{remote(from + done), out.size() - done};
    const ssize_t got = process_vm_readv(static_cast<pid_t>(pid_), &local, 1, &there, 1, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refused(errno);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::size_t ProcMemory::read_mem(Address from, std::span<std::byte> out) const {
  // Offsets of files are signed: the top half of the address space cannot be asked for.
  if (!mem_.valid() || from.value() >> 63 != 0) return 0;
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got =
        pread(mem_.get(), out.data() + done, out.size() - done, static_cast<off_t>((from + done).value()));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void ProcMemory::read_many(std::span<ReadRequest> requests) const {
  // After a hole the next call is small: what the kernel did not come to is passed again.
  std::size_t batch = kBatch;
  while (!requests.empty()) {
    if (!vm_works_) return MemoryReader::read_many(requests);
    const std::span<ReadRequest> now = requests.first(std::min(requests.size(), batch));
    const std::size_t settled = read_batch(now);
    batch = settled == now.size() ? std::min(batch * 2, kBatch) : std::max<std::size_t>(batch / 2, 8);
    requests = requests.subspan(settled);
  }
}

// Returns how many requests are settled, at least one unless process_vm_readv is refused. The
// kernel ends at the first piece that it cannot read whole; that one is settled alone and the
// ones behind it are left to the next call.
std::size_t ProcMemory::read_batch(std::span<ReadRequest> requests) const {
  std::vector<iovec> pieces[2] = {std::vector<iovec>(requests.size()), std::vector<iovec>(requests.size())};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    pieces[0][i] = {requests[i].out.data(), requests[i].out.size()};
    pieces[1][i] = {remote(requests[i].from), requests[i].out.size()};
  }
  const ssize_t got = process_vm_readv(static_cast<pid_t>(pid_), pieces[0].data(), requests.size(), pieces[1].data(),
                                       requests.size(), 0);
  if (got < 0 && errno == EINTR) return 0;
  if (got < 0 && refused(errno)) return 0;
  std::size_t left = got < 0 ? 0 : static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ReadRequest& request = requests[i];
    request.whole = request.out.size() <= left;
    if (!request.whole) {
      request.whole = read(request.from, request.out) == request.out.size();
      return i + 1;
    }
    left -= request.out.size();
  }
  return requests.size();
}

}  // namespace memmap
