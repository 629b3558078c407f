// Verbs from Python: the same Session::run as every door.
#include <dlfcn.h>

#include <filesystem>

#include "bindings.h"

namespace memmap::python {
namespace {

// Called without the interpreter's lock, takes it for each piece.
class PythonOutput final : public Output {
 public:
  PythonOutput(const std::function<void(std::string_view)>& sink, bool colour, unsigned width,
               std::atomic<bool>& interrupted)
      : sink_(sink), interrupted_(interrupted), colour_(colour), width_(width) {}

  bool write(std::string_view text) override {
    const py::gil_scoped_acquire held;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      sink_(text);
      return true;
    } catch (py::error_already_set& error) {
      error_.emplace(std::move(error));
      interrupted_ = true;
      return false;
    }
  }
  bool colour() const override { return colour_; }
  bool takes_bytes() const override { return false; }
  unsigned width() const override { return width_; }

  // To be called with the interpreter's lock.
  void raise_error() {
    if (error_) throw std::exchange(error_, std::nullopt).value();
  }

 private:
  const std::function<void(std::string_view)>& sink_;
  std::atomic<bool>& interrupted_;
  std::optional<py::error_already_set> error_;
  bool colour_;
  unsigned width_;
};

// Where memmap.so lies: in the package, or in the build tree two folders up.
std::string native_folder() {
  static const char here = 0;
  Dl_info object{};
  if (dladdr(&here, &object) == 0 || object.dli_fname == nullptr) return {};
  std::error_code ignored;
  const std::filesystem::path package = std::filesystem::canonical(object.dli_fname, ignored).parent_path();
  const std::filesystem::path native = package / "native";
  return (std::filesystem::exists(native, ignored) ? native : package.parent_path().parent_path()).string();
}

}  // namespace

Command command_of(const std::vector<std::string>& words) { return value_or_raise(parse_command(words)); }

Outcome run_verb(const Picture* picture, const Command& command, const std::function<void(std::string_view)>& write,
                 bool colour, unsigned width, DoorInfo door) {
  if (command.catches())
    return {exit_code::kUsage,
            "memmap does not trace in Python or gdb: the command without a debugger does, as root "
            "also a process that gdb holds, and memmap in LLDB"};
  std::atomic<bool> interrupted = false;
  PythonOutput output(write, colour, width, interrupted);
  door.folder = native_folder();
  door.interrupted = &interrupted;
  Outcome outcome;
  {
    const py::gil_scoped_release released;
    std::shared_ptr<const Analysis> analysis;
    if (picture != nullptr) {
      analysis = picture->analysis();
      door.debugger = picture->debugger();
      door.address = picture->address();
    }
    Session session(std::move(analysis));
    outcome = session.run(command, output, door);
  }
  output.raise_error();
  return outcome;
}

}  // namespace memmap::python
