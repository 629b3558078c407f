// _memmap: the core as a Python module. It is linked against no debugger; package memmap chooses
// the target and is what people import.
#include "bindings.h"
#include "report/report.h"
#include "verbs/export/exports.h"
#include "verbs/verbs.h"
#include "words/options.h"

namespace memmap::python {
namespace {

std::string run(const PicturePtr& picture, const py::args& words, unsigned width) {
  std::string printed;
  const Outcome outcome = run_verb(picture.get(), words.cast<std::vector<std::string>>(),
                                   [&printed](std::string_view text) { printed += text; }, false, width, {});
  raise_unless_done(outcome, printed);
  return printed;
}

// For debuggers' consoles: (exit code, sentence). `line` goes before the first text.
py::tuple run_to(const PicturePtr& picture, const std::vector<std::string>& words, const py::function& write,
                 bool colour, unsigned width, const std::string& debugger, ProgressLine& line) {
  const auto print = [&](std::string_view text) {
    line.end();
    write(text_or_none(text));
  };
  DoorInfo door;
  door.debugger = debugger;
  door.progress = &line.progress();
  const Outcome outcome = run_verb(picture.get(), words, print, colour, width, std::move(door));
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

std::vector<std::string> option_names(std::string_view verb) {
  std::vector<std::string> names;
  if (verb_named(verb) == nullptr) return names;
  for (const OptionHelp& option : options_of(verb))
    for (std::string& spelling : split(option.spelling, ','))
      if (spelling.starts_with("-")) names.push_back(std::move(spelling));
  return names;
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
  auto map = py::reinterpret_borrow<py::class_<Picture, PicturePtr>>(module.attr("Map"));
  map.def("run", &run, py::arg("width") = 120, "A verb with its options; gives what it prints.");
  module.def("run_to", &run_to, py::arg("map").none(true), py::arg("words"), py::arg("write"), py::arg("colour"),
             py::arg("width"), py::arg("debugger"), py::arg("line"));
  module.def("kinds", &kinds, "The glossary.");
  module.def("verbs", &all_verbs, "(name, what it answers) of each verb.");
  module.def("option_names", &option_names, "'-o', '--output', … of a verb.");
  module.def("needs_target", [](const std::vector<std::string>& words) { return needs_target(words); });
  module.def("takes_target", [](const std::vector<std::string>& words) { return takes_target(words); });
  module.def("help_text", &help_text);
  module.def("export_formats", &export_names, "What export writes.");
  module.def("formats", &renderer_names, "What --format takes.");
}

}  // namespace
}  // namespace memmap::python

PYBIND11_MODULE(_memmap, module) { memmap::python::fill(module); }
