// Sums, remainders, findings and the target, as values: they stay what they are.
#include <fmt/format.h>

#include "bindings.h"
#include "verbs/verbs.h"
#include "view/sums.h"

namespace memmap::python {
namespace {

// In the order of the ledger.
template <class Line>
py::dict by_name(const std::vector<Line>& lines, std::string_view Line::*name) {
  py::dict named;
  for (const Line& line : lines) named[py::str(std::string(line.*name))] = line;
  return named;
}

py::dict totals(const PicturePtr& picture, const std::string& by, const std::string& kind) {
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  const std::vector<Dimension> dimensions = value_or_raise(parse_dimensions(by));
  if (dimensions.size() != 1) throw UsageError("totals adds up by one of kind, counter, mapping");
  Filter filter;
  filter.kinds = value_or_raise(parse_kinds(kind));
  Sums sums;
  {
    const py::gil_scoped_release released;
    sums = add_up(*analysis, filter, dimensions);
  }
  py::dict out;
  for (const SumRow& row : sums.rows) {
    py::object key;
    if (row.mapping != nullptr)
      key = py::int_(row.mapping->range.begin.value());
    else if (row.kind)
      key = py::str(std::string(info(*row.kind).id));
    else
      key = text_or_none(name(*row.counter));
    out[key] = row;
  }
  return out;
}

py::dict target_of(const PicturePtr& picture) {
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  const TargetHeader target = header_of(*analysis);
  py::dict out;
  out["pid"] = target.pid;
  out["core"] = text_or_none(target.core);
  out["exe"] = text_or_none(target.executable);
  out["go_version"] = text_or_none(target.go_version);
  out["goarch"] = text_or_none(target.goarch);
  out["origin"] = target.origin;
  out["layout"] = target.layout;
  out["page_size"] = target.page_size;
  return out;
}

// Notes say what is in order and worth knowing; the others, that something is missing.
py::list findings_of(const PicturePtr& picture, bool notes) {
  py::list out;
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  for (const Findings::Entry& entry : analysis->findings.entries()) {
    if ((entry.severity == Severity::note) != notes) continue;
    py::dict one;
    one["severity"] = name(entry.severity);
    one["code"] = entry.code;
    one["message"] = text_or_none(entry.message);
    one["address"] = entry.examples.empty() ? py::object(py::none()) : py::int_(entry.examples.front().value());
    one["count"] = entry.count;
    out.append(one);
  }
  return out;
}

// As they stand, before the flush of ReadMemStats; empty where there is no Go runtime.
py::dict counters_of(const PicturePtr& picture) {
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  const Counters& counters = analysis->model.counters;
  py::dict out;
  if (!counters.known) return out;
  const std::pair<Counter, std::uint64_t> all[] = {
      {Counter::heap_inuse, counters.heap_inuse},       {Counter::heap_free, counters.heap_free},
      {Counter::heap_released, counters.heap_released}, {Counter::stacks_inuse, counters.stacks_inuse},
      {Counter::stacks_sys, counters.stacks_sys},       {Counter::mspan_sys, counters.mspan_sys},
      {Counter::mcache_sys, counters.mcache_sys},       {Counter::buckhash_sys, counters.buckhash_sys},
      {Counter::gc_misc_sys, counters.gc_misc_sys},     {Counter::other_sys, counters.other_sys}};
  for (const auto& [counter, bytes] : all) out[py::str(std::string(name(counter)))] = bytes;
  return out;
}

template <class Line>
auto remainder = [](const Line& line) { return residual(line); };

template <class Number>
std::string or_none(const std::optional<Number>& number) {
  return number ? fmt::format("{}", *number) : "None";
}

// What the prompt shows of a line with two sides.
template <class Line>
std::string two_sides(std::string_view name, const Line& line) {
  return fmt::format("<{} counter={} found={} residual={}>", name, or_none(line.counter), or_none(line.found),
                     or_none(residual(line)));
}

std::string shown(const Equation& equation) {
  return fmt::format("<{} total={} residual={}>", equation.name, or_none(equation.total), or_none(residual(equation)));
}

std::string shown(const Term& term) {
  return fmt::format("<{} {}{}>", term.name, term.subtracted ? "-" : "", term.bytes);
}

void bind_sums(py::module_& module) {
  py::class_<SumRow>(module, "Total")
      .def_readonly("bytes", &SumRow::bytes)
      .def_property_readonly("resident", &SumRow::resident_bytes)
      .def_readonly("count", &SumRow::count)
      .def_readonly("largest", &SumRow::largest)
      .def("__repr__",
           [](const SumRow& sum) { return fmt::format("<Total bytes={} count={}>", sum.bytes, sum.count); });
  py::class_<Term>(module, "Term")
      .def_readonly("name", &Term::name)
      .def_readonly("bytes", &Term::bytes)
      .def_readonly("placed", &Term::placed)
      .def_readonly("subtracted", &Term::subtracted)
      .def("__repr__", [](const Term& term) { return shown(term); });
}

void bind_lines(py::module_& module) {
  py::class_<MemStatsLine>(module, "MemStatsLine")
      .def_readonly("field", &MemStatsLine::field)
      .def_readonly("counter", &MemStatsLine::counter)
      .def_readonly("fraction", &MemStatsLine::fraction)
      .def_readonly("found", &MemStatsLine::found)
      .def_property_readonly("residual", remainder<MemStatsLine>)
      .def_readonly("terms", &MemStatsLine::terms)
      .def_readonly("reason", &MemStatsLine::reason)
      .def("__repr__", [](const MemStatsLine& line) { return two_sides(line.field, line); });
  py::class_<ClassLine>(module, "ClassLine")
      .def_readonly("name", &ClassLine::name)
      .def_readonly("counter", &ClassLine::counter)
      .def_readonly("found", &ClassLine::found)
      .def_property_readonly("residual", remainder<ClassLine>)
      .def("__repr__", [](const ClassLine& line) { return two_sides(line.name, line); });
  py::class_<Equation>(module, "Equation")
      .def_readonly("name", &Equation::name)
      .def_readonly("total", &Equation::total)
      .def_readonly("terms", &Equation::terms)
      .def_property_readonly("residual", remainder<Equation>)
      .def("__repr__", [](const Equation& equation) { return shown(equation); });
}

}  // namespace

void bind_ledger(py::module_& module) {
  bind_sums(module);
  bind_lines(module);
  py::class_<Ledger>(module, "Ledger", "The runtime's counters beside what was found.")
      .def_property_readonly("memstats", [](const Ledger& l) { return by_name(l.memstats, &MemStatsLine::field); })
      .def_property_readonly("classes", [](const Ledger& l) { return by_name(l.classes, &ClassLine::name); })
      .def_property_readonly("equations", [](const Ledger& l) { return by_name(l.equations, &Equation::name); })
      .def_readonly("mapped", &Ledger::mapped)
      .def_readonly("uncounted", &Ledger::uncounted)
      .def_readonly("unknown", &Ledger::unknown)
      .def("__repr__", [](const Ledger& ledger) {
        return fmt::format("<Ledger mapped={} unknown={}>", ledger.mapped, ledger.unknown);
      });
  auto map = py::reinterpret_borrow<py::class_<Picture, PicturePtr>>(module.attr("Map"));
  map.def("totals", &totals, py::arg("by") = "kind", py::arg("kind") = "*")
      .def_property_readonly("ledger", [](const PicturePtr& p) { return Ledger(analysis_of(p)->ledger); })
      .def_property_readonly("counters", &counters_of, "The runtime's counters, bytes.")
      .def_property_readonly("target", &target_of)
      .def_property_readonly("findings", [](const PicturePtr& p) { return findings_of(p, false); })
      .def_property_readonly("notes", [](const PicturePtr& p) { return findings_of(p, true); })
      .def_property_readonly("complete", [](const PicturePtr& p) { return !analysis_of(p)->findings.partial(); });
}

}  // namespace memmap::python
