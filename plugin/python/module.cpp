// _memmap: the core as a Python module. It is linked against no debugger; package memmap chooses
// the target and is what people import.
#include "bindings.h"
#include "report/report.h"
#include "words/choices.h"
#include "words/export_formats.h"

namespace memmap::python {
namespace {

std::string run(const PicturePtr& picture, const py::args& words, unsigned width) {
  std::string printed;
  const Command command = command_of(words.cast<std::vector<std::string>>());
  const Outcome outcome =
      run_verb(picture.get(), command, [&printed](std::string_view text) { printed += text; }, false, width, {});
  raise_unless_done(outcome, printed);
  return printed;
}

// For debuggers' consoles: (exit code, sentence). `line` goes before the first text.
py::tuple run_to(const PicturePtr& picture, const Command& command, const py::function& write, bool colour,
                 unsigned width, const std::string& debugger, ProgressLine& line) {
  const auto print = [&](std::string_view text) {
    line.end();
    write(text_or_none(text));
  };
  DoorInfo door;
  door.debugger = debugger;
  door.progress = &line.progress();
  const Outcome outcome = run_verb(picture.get(), command, print, colour, width, std::move(door));
  line.end();
  return py::make_tuple(outcome.exit_code, text_or_none(outcome.message));
}

py::list kinds() {
  py::list out;
  for (const KindInfo& kind : kKinds) {
    py::dict one;
    one["id"] = kind.id;
    one["shown"] = kind.shown;
    one["counter"] = text_or_none(name(kind.counter));
    one["vma_name"] = text_or_none(kind.vma_name);
    one["meaning"] = kind.meaning;
    out.append(one);
  }
  return out;
}

py::list all_verbs() {
  py::list out;
  for (const Verb& verb : verbs()) out.append(py::make_tuple(verb.name, verb.answers));
  return out;
}

std::vector<std::string_view> export_names() {
  std::vector<std::string_view> names;
  for (const ExportFormat& format : export_formats()) names.push_back(format.name);
  return names;
}

void fill(py::module_& module) {
  bind_errors(module);
  bind_rows(module);
  bind_tables(module);
  bind_ledger(module);
  bind_claims(module);
  bind_sources(module);
  bind_borrow(module);
  py::class_<Command>(module, "Command", "A verb and what it is asked for.")
      .def(py::init(&command_of), py::arg("words"))
      .def_property_readonly("needs_target", &Command::needs_target)
      .def_property_readonly("takes_target", &Command::takes_target);
  auto map = py::reinterpret_borrow<py::class_<Picture, PicturePtr>>(module.attr("Map"));
  map.def("run", &run, py::arg("width") = 120, "A verb with its options; gives what it prints.");
  module.def("run_to", &run_to, py::arg("map").none(true), py::arg("command"), py::arg("write"), py::arg("colour"),
             py::arg("width"), py::arg("debugger"), py::arg("line"));
  module.def("kinds", &kinds, "The glossary.");
  module.def("verbs", &all_verbs, "(name, what it answers) of each verb.");
  module.def("aliases", [](std::string_view name) {
    const Verb* const verb = verb_named(name);
    return verb == nullptr ? std::vector<std::string>() : verb->other_names();
  });
  module.def("choices", &choices_after, "What may follow a word of a verb.");
  module.def("help_text", [](std::string_view verb) { return help_text(verb_named(verb)); });
  module.def("export_formats", &export_names, "What export writes.");
  module.def("formats", &renderer_names, "What --format takes.");
}

}  // namespace
}  // namespace memmap::python

PYBIND11_MODULE(_memmap, module) { memmap::python::fill(module); }
