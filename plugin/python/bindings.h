// The parts of the extension module; module.cpp puts them together.
#pragma once

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "live/progress_line.h"
#include "picture.h"
#include "words/command.h"

namespace memmap::python {

namespace py = pybind11;

void bind_errors(py::module_& module);
void bind_rows(py::module_& module);
void bind_tables(py::module_& module);
void bind_ledger(py::module_& module);
void bind_claims(py::module_& module);
void bind_sources(py::module_& module);
void bind_borrow(py::module_& module);

// A debugger may hold locks of its own while it waits for the interpreter: it is asked whether the
// target has moved on without the interpreter's lock. Throws StaleError.
inline std::shared_ptr<const Analysis> analysis_of(const PicturePtr& picture) {
  const py::gil_scoped_release released;
  return picture->analysis();
}
inline bool is_stale(const PicturePtr& picture) {
  const py::gil_scoped_release released;
  return picture->stale();
}

// UTF-8 with what is none replaced: file names are bytes.
inline py::object text_or_none(std::string_view text) {
  if (text.empty()) return py::none();
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

// Throws UsageError.
Command command_of(const std::vector<std::string>& words);
template <class T>
T value_or_raise(tl::expected<T, std::string> parsed) {
  if (!parsed) throw UsageError(parsed.error());
  return std::move(*parsed);
}

// Runs a verb; text goes to `write` (a callable that takes str) with the interpreter held, all
// else without it. Ctrl-C raises KeyboardInterrupt. `door` has what the caller knows; of a picture
// its debugger and its expressions count.
Outcome run_verb(const Picture* picture, const Command& command, const std::function<void(std::string_view)>& write,
                 bool colour, unsigned width, DoorInfo door);

}  // namespace memmap::python
