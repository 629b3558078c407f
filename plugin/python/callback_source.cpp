#include "callback_source.h"

#include <algorithm>
#include <cstring>

#include "process/load.h"
#include "process/proc/proc_maps.h"

namespace memmap::python {

// Python objects go away with the interpreter's lock held.
CallbackMemory::~CallbackMemory() {
  const py::gil_scoped_acquire held;
  error_.reset();
  read_ = {};
}

CallbackSource::~CallbackSource() {
  const py::gil_scoped_acquire held;
  target_.read = {};
}

std::size_t CallbackMemory::read(Address from, std::span<std::byte> out) const {
  const py::gil_scoped_acquire held;
  if (error_) return 0;
  try {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    const py::bytes bytes = read_(from.value(), out.size());
    const std::string_view got = bytes;
    const std::size_t size = std::min(got.size(), out.size());
    std::memcpy(out.data(), got.data(), size);
    return size;
  } catch (py::error_already_set& error) {
    error_.emplace(std::move(error));
    return 0;
  }
}

void CallbackMemory::raise_error() const {
  if (error_) throw std::exchange(error_, std::nullopt).value();
}

Result<Target> CallbackSource::open(Findings&) {
  Target target;
  target.origin = Origin::live;
  target.pid = target_.pid;
  target.mappings = parse_maps(target_.maps);
  if (target.mappings.empty()) return fault(FaultCode::unreadable, "mappings");
  const auto bytes = std::as_bytes(std::span(target_.auxv));
  for (std::uint64_t at = 0; const auto entry = load<AuxEntry>(bytes, at); at += sizeof(AuxEntry))
    if (entry->type != 0) target.auxv.push_back(*entry);
  target.executable = target_.executable;
  target.executable_file = target_.executable_file;
  target.threads = target_.threads;
  target.memory = memory_;
  return target;
}

}  // namespace memmap::python
