// A target that only a debugger's Python can reach: a process behind gdbserver.
#pragma once

#include <pybind11/pybind11.h>

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "process/source.h"

namespace memmap::python {

namespace py = pybind11;

// What the debugger tells, and read(address, size) -> bytes, shorter where memory ends.
struct CallbackTarget {
  py::function read;
  std::string maps;  // the text of /proc/PID/maps on the other side
  std::string auxv;  // the bytes of /proc/PID/auxv
  std::optional<std::uint64_t> pid;
  std::string executable;       // path to show
  std::string executable_file;  // the same file on this machine; empty if it is not here
  std::vector<Thread> threads;  // the selected one first
};

// The first exception that `read` raised; reads after it give nothing.
class CallbackMemory final : public MemoryReader {
 public:
  explicit CallbackMemory(py::function read) : read_(std::move(read)) {}
  ~CallbackMemory() override;
  std::size_t read(Address from, std::span<std::byte> out) const override;
  // With the interpreter's lock held.
  void raise_error() const;

 private:
  mutable py::function read_;
  mutable std::optional<py::error_already_set> error_;
};

class CallbackSource final : public TargetSource {
 public:
  explicit CallbackSource(CallbackTarget target)
      : target_(std::move(target)), memory_(std::make_shared<CallbackMemory>(target_.read)) {}
  ~CallbackSource() override;

  std::string executable_file() const override { return target_.executable_file; }
  Result<Target> open(Findings& findings) override;
  void close() override {}
  std::string failure() const override { return "the debugger tells of no memory of the target"; }
  std::shared_ptr<const CallbackMemory> memory() const { return memory_; }

 private:
  CallbackTarget target_;
  std::shared_ptr<const CallbackMemory> memory_;
};

}  // namespace memmap::python
