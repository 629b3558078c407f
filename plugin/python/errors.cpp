// C++ exceptions as Python's. memmap.Error is the base; exit_code is the command's for the same.
#include "bindings.h"

namespace memmap::python {
namespace {

// Made once with the module and never freed: an exception may be raised until the end.
struct Exceptions {
  PyObject* stale = nullptr;
  PyObject* target = nullptr;
  PyObject* usage = nullptr;
  PyObject* check = nullptr;
};
Exceptions exceptions;

PyObject* make(py::module_& module, const char* name, const char* doc, PyObject* base, int code) {
  const std::string full = std::string("memmap.") + name;
  PyObject* made = PyErr_NewExceptionWithDoc(full.c_str(), doc, base, nullptr);
  if (made == nullptr) throw py::error_already_set();
  const py::handle type(made);
  type.attr("exit_code") = code;
  module.attr(name) = type;
  return made;
}

void raise_check_failed(const CheckFailed& error) {
  const py::object raised = py::handle(exceptions.check)(error.what());
  raised.attr("output") = error.output;
  PyErr_SetObject(exceptions.check, raised.ptr());
}

void translate(std::exception_ptr pending) {
  try {
    if (pending) std::rethrow_exception(pending);
  } catch (const StaleError& error) {
    PyErr_SetString(exceptions.stale, error.what());
  } catch (const TargetError& error) {
    PyErr_SetString(exceptions.target, error.what());
  } catch (const UsageError& error) {
    PyErr_SetString(exceptions.usage, error.what());
  } catch (const CheckFailed& error) {
    raise_check_failed(error);
  }
}

}  // namespace

void bind_errors(py::module_& module) {
  PyObject* base = make(module, "Error", "What memmap raises.", PyExc_RuntimeError, 3);
  exceptions.target = make(module, "TargetError", "The target cannot be read.", base, 3);
  exceptions.usage = make(module, "UsageError", "The words or values make no sense.", base, 64);
  exceptions.check =
      make(module, "CheckFailed", "A check or an assertion did not hold; output is what was printed.", base, 1);
  exceptions.stale = make(module, "StaleError", "The target has moved on since the map was made.", base, 3);
  py::register_exception_translator(&translate);
}

}  // namespace memmap::python
