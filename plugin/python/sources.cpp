// Where a map comes from: a process, a core, a debugger's callbacks.
#include "bindings.h"
#include "callback_source.h"
#include "live/hold/live_source.h"
#include "live/hold/stands_here.h"
#include "process/core/core_file.h"

namespace memmap::python {
namespace {

// A debugger's selected thread decides whose caches ReadMemStats would flush.
class SelectedThread final : public TargetSource {
 public:
  SelectedThread(std::unique_ptr<TargetSource> source, std::uint64_t tid) : source_(std::move(source)), tid_(tid) {}

  std::string executable_file() const override { return source_->executable_file(); }
  Result<Target> open(Findings& findings) override {
    Result<Target> target = source_->open(findings);
    if (target) target->select_thread(tid_);
    return target;
  }
  void close() override { source_->close(); }
  std::string failure() const override { return source_->failure(); }

 private:
  std::unique_ptr<TargetSource> source_;
  std::uint64_t tid_;
};

// What a debugger adds to a target: its version line, its selected thread, its expressions, and who
// waits there.
struct Host {
  std::string debugger;
  std::optional<std::uint64_t> thread;
  std::function<std::optional<std::uint64_t>(const std::string&)> address;
  std::function<bool()> current;  // false once the target has moved on
  std::shared_ptr<ProgressLine> line;
};

AddressParser parser_of(const Host& host) {
  if (!host.address) return parse_address;
  return [ask = host.address](std::string_view text) -> std::optional<Address> {
    if (const auto hex = parse_address(text)) return hex;
    const py::gil_scoped_acquire held;
    const std::optional<std::uint64_t> value = ask(std::string(text));
    return value ? std::optional(Address(*value)) : std::nullopt;
  };
}

PicturePtr take(std::unique_ptr<TargetSource> source, const Host& host) {
  if (host.thread) source = std::make_unique<SelectedThread>(std::move(source), *host.thread);
  const py::gil_scoped_release released;
  return take_picture(std::move(source), host.debugger, parser_of(host), host.current,
                      host.line ? &host.line->progress() : nullptr);
}

PicturePtr open_core(const std::string& core, const std::string& executable, const Host& host) {
  return take(std::make_unique<CoreSource>(core, executable), host);
}

PicturePtr attach(std::uint64_t pid, const Host& host) { return take(std::make_unique<LiveSource>(pid), host); }

PicturePtr open_callbacks(py::function read, const std::string& maps, const py::bytes& auxv,
                          std::optional<std::uint64_t> pid, const std::string& executable,
                          const std::string& executable_file, const std::vector<std::array<std::uint64_t, 4>>& threads,
                          const Host& host) {
  CallbackTarget target{std::move(read), maps, auxv, pid, executable, executable_file, {}};
  for (const auto& [tid, stack, pc, thread_pointer] : threads)
    target.threads.push_back({tid, Address(stack), Address(pc), Address(thread_pointer)});
  auto source = std::make_unique<CallbackSource>(std::move(target));
  const std::shared_ptr<const CallbackMemory> memory = source->memory();
  PicturePtr picture = take(std::move(source), host);
  memory->raise_error();
  return picture;
}

}  // namespace

void bind_sources(py::module_& module) {
  using LinePtr = std::shared_ptr<ProgressLine>;
  py::class_<ProgressLine, LinePtr>(module, "ProgressLine",
                                    "Says on a terminal what goes on, past a second and until its end.")
      .def(py::init<int>(), py::arg("terminal"))
      .def("end", &ProgressLine::end, py::call_guard<py::gil_scoped_release>());
  py::class_<Host>(module, "Host", "What a debugger adds to a target.")
      .def(py::init([](std::string debugger, std::optional<std::uint64_t> thread,
                       std::function<std::optional<std::uint64_t>(const std::string&)> address,
                       std::function<bool()> current, std::shared_ptr<ProgressLine> line) {
             return Host{std::move(debugger), thread, std::move(address), std::move(current), std::move(line)};
           }),
           py::arg("debugger") = "", py::arg("thread") = py::none(), py::arg("address") = py::none(),
           py::arg("current") = py::none(), py::arg("line") = py::none());
  module.def("open_core", &open_core, py::arg("core"), py::arg("exe") = "", py::arg("host") = Host());
  module.def("attach", &attach, py::arg("pid"), py::arg("host") = Host());
  module.def("open_callbacks", &open_callbacks, py::arg("read"), py::arg("maps"), py::arg("auxv"), py::arg("pid"),
             py::arg("exe"), py::arg("exe_file"), py::arg("threads"), py::arg("host") = Host());
  module.def("stands_here", [](std::uint64_t pid, const std::string& program, std::uint64_t tid, std::uint64_t stack) {
    return stands_here(pid, program, tid, Address(stack));
  });
}

}  // namespace memmap::python
