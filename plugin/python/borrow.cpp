// In an LLDB that has loaded memmap.so: its analysis, without a second walk.
#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "bindings.h"
#include "lend.h"
#include "memmap_stamp.h"

namespace memmap::python {
namespace {

// glibc holds a lock of the loader while it calls this, and dlopen takes another that a thread
// which loads a library takes first: names are all that is safe to take here.
int add_name(dl_phdr_info* object, std::size_t, void* names) {
  if (object->dlpi_name != nullptr && std::strstr(object->dlpi_name, "memmap") != nullptr)
    static_cast<std::vector<std::string>*>(names)->emplace_back(object->dlpi_name);
  return 0;
}

// The entry of the object of that name. Null if it is gone by now, or exports none.
LendFunction* ask_one(const std::string& name) {
  void* const handle = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  auto* const entry = reinterpret_cast<LendFunction*>(dlsym(handle, kLendName));
  if (entry == nullptr) dlclose(handle);  // else it stays open: the loan needs its code
  return entry;
}

// The first object of this process that exports the entry. Plugins are loaded privately, so each
// is asked by its name; none is loaded by this. Once found it stays: its handle is never closed.
LendFunction* lender() {
  static std::atomic<LendFunction*> found = nullptr;
  if (LendFunction* const known = found) return known;
  std::vector<std::string> names;
  dl_iterate_phdr(add_name, &names);
  for (const std::string& name : names)
    if (LendFunction* const entry = ask_one(name)) return found = entry;
  return nullptr;
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
  return py::make_tuple(std::make_shared<Picture>(std::move(loan.analysis), std::move(loan.debugger),
                                                  std::move(loan.address), std::move(loan.current)),
                        py::none());
}

}  // namespace

void bind_borrow(py::module_& module) { module.def("borrow", &borrow, py::arg("debugger")); }

}  // namespace memmap::python
