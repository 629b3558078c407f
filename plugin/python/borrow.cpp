// In an LLDB that has loaded memmap.so: its analysis, without a second walk.
#include <dlfcn.h>
#include <link.h>

#include <cstring>

#include "bindings.h"
#include "lend.h"
#include "memmap_stamp.h"

namespace memmap::python {
namespace {

// The first object of this process that exports the entry. Plugins are loaded privately, so each
// is asked by its name; none is loaded by this.
int ask_one(dl_phdr_info* object, std::size_t, void* found) {
  if (object->dlpi_name == nullptr || std::strstr(object->dlpi_name, "memmap") == nullptr) return 0;
  void* const handle = dlopen(object->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return 0;
  void* const symbol = dlsym(handle, kLendName);
  if (symbol == nullptr) {
    dlclose(handle);
    return 0;
  }
  std::memcpy(found, &symbol, sizeof symbol);  // the handle stays open: the loan needs its code
  return 1;
}

LendFunction* lender() {
  LendFunction* found = nullptr;
  dl_iterate_phdr(ask_one, &found);
  return found;
}

// (map, nothing), or (nothing, why it has to be made by this module's own core).
py::tuple borrow(std::uint64_t debugger) {
  Loan loan;
  std::string sentence;
  int code = 0;
  {
    // LLDB holds locks of its own when it waits for the interpreter.
    const py::gil_scoped_release released;
    LendFunction* const lend = lender();
    code = lend == nullptr ? kOtherBuild : lend(MEMMAP_STAMP, debugger, &loan, &sentence);
    if (lend != nullptr && code == kOtherBuild)
      sentence =
          "memmap.so and the Python module are of different builds: they cannot share what was "
          "read";
  }
  if (code == kOtherBuild) return py::make_tuple(py::none(), sentence);
  raise_unless_done({code, sentence});
  return py::make_tuple(
      std::make_shared<Picture>(std::move(loan.analysis), std::move(loan.debugger),
                                std::move(loan.address), std::move(loan.current)),
      py::none());
}

}  // namespace

void bind_borrow(py::module_& module) { module.def("borrow", &borrow, py::arg("debugger")); }

}  // namespace memmap::python
