// The map as Python sees it: rows in address order, by index, by address, by range, by kind.
#include <fmt/format.h>

#include "bindings.h"
#include "verbs/verbs.h"
#include "view/node_facts.h"
#include "view/select.h"

namespace memmap::python {
namespace {

// A node by its number. Reads through the picture each time, so that it can be stale.
struct Row {
  PicturePtr picture;
  std::uint32_t index = 0;
};

struct Look {
  std::shared_ptr<const Analysis> analysis;
  const Node& node;
};

Look look(const Row& row) {
  std::shared_ptr<const Analysis> analysis = analysis_of(row.picture);
  const Node& node = analysis->map.nodes()[row.index];
  return {std::move(analysis), node};
}

std::uint32_t index_of(const Analysis& analysis, const Node& node) {
  return static_cast<std::uint32_t>(&node - analysis.map.nodes().data());
}

// Rows by number: all of them, or some.
struct Rows {
  PicturePtr picture;
  std::shared_ptr<const std::vector<std::uint32_t>> chosen;  // empty: all

  std::size_t size() const {
    if (chosen) return chosen->size();
    return analysis_of(picture)->map.nodes().size();
  }
  Row at(std::size_t i) const { return {picture, chosen ? (*chosen)[i] : static_cast<std::uint32_t>(i)}; }
};

struct RowIterator {
  Rows rows;
  std::size_t size = 0;
  std::size_t next = 0;
};

Row next_row(RowIterator& iterator) {
  if (iterator.next == iterator.size) throw py::stop_iteration();
  analysis_of(iterator.rows.picture);  // raises where it is stale
  return iterator.rows.at(iterator.next++);
}

Rows choose(const PicturePtr& picture, const Filter& filter) {
  const py::gil_scoped_release released;
  const std::shared_ptr<const Analysis> analysis = picture->analysis();
  Selection selection = select_nodes(*analysis, filter);
  if (selection.everything) return {picture, nullptr};
  return {picture, std::make_shared<const std::vector<std::uint32_t>>(std::move(selection.nodes))};
}

constexpr const char* kAnAddress = "an address is a whole number from 0 to 0xffffffffffffffff";

// NumPy's integers are numbers too. Nothing for what is no address.
std::optional<std::uint64_t> address_from(const py::object& value) {
  if (PyIndex_Check(value.ptr()) == 0) return std::nullopt;  // a cast would round
  try {
    return value.cast<std::uint64_t>();
  } catch (const py::cast_error&) {
    return std::nullopt;
  }
}

// A number that is no address is in no map, as no other that is not mapped. What is no number is a
// mistake: TypeError.
std::optional<Address> address_or_number(const py::object& value) {
  if (const auto number = address_from(value)) return Address(*number);
  if (PyIndex_Check(value.ptr()) != 0) return std::nullopt;
  throw py::type_error(fmt::format("{}, not {}", kAnAddress, Py_TYPE(value.ptr())->tp_name));
}

Row row_at(const PicturePtr& picture, const py::object& key) {
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  const std::optional<Address> address = address_or_number(key);
  if (!address) throw py::key_error(kAnAddress);
  const std::vector<const Node*> path = analysis->map.path_to(*address);
  if (path.empty()) throw py::key_error(fmt::format("{} is not mapped", hex(*address)));
  return {picture, index_of(*analysis, *path.back())};
}

// What iterating gives is in the map, and what m[address] finds.
bool holds(const PicturePtr& picture, const py::object& item) {
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  if (py::isinstance<Row>(item)) return item.cast<Row>().picture == picture;
  const std::optional<Address> address = address_or_number(item);
  return address && analysis->target.mapping_at(*address) != nullptr;
}

std::uint64_t bound(const py::object& value, std::uint64_t otherwise) {
  if (value.is_none()) return otherwise;
  if (const auto number = address_from(value)) return *number;
  throw py::value_error(fmt::format("a slice goes from address to address, and {}", kAnAddress));
}

Rows rows_between(const PicturePtr& picture, const py::slice& slice) {
  if (!py::object(slice.attr("step")).is_none()) throw py::value_error("a slice of addresses has no step");
  Filter filter;
  filter.range =
      AddressRange{Address(bound(slice.attr("start"), 0)), Address(bound(slice.attr("stop"), ~std::uint64_t{0}))};
  if (filter.range->empty()) throw py::value_error("the slice is empty: its end is not above its start");
  return choose(picture, filter);
}

std::vector<Row> path_of(const Row& row) {
  const Look at = look(row);
  std::vector<Row> path;
  for (const Node* node : at.analysis->map.path_to(at.node.range.begin)) {
    path.push_back({row.picture, index_of(*at.analysis, *node)});
    if (node == &at.node) break;
  }
  return path;
}

std::vector<Row> children_of(const Row& row) {
  const Look at = look(row);
  const std::span<const Node> nodes = at.analysis->map.nodes();
  std::vector<Row> children;
  for (std::uint32_t i = row.index + 1; i < row.index + at.node.skip; i += nodes[i].skip)
    children.push_back({row.picture, i});
  return children;
}

// As annotate's JSON has it, but with numbers for addresses.
py::dict as_dict(const Row& row) {
  const Look at = look(row);
  const NodeFacts facts = facts_of(*at.analysis, at.node);
  py::dict out;
  out["begin"] = at.node.range.begin.value();
  out["end"] = at.node.range.end.value();
  out["size"] = at.node.range.size();
  out["self"] = at.node.self_bytes;
  out["depth"] = at.node.depth;
  out["level"] = facts.level;
  out["kind"] = facts.kind;
  out["counter"] = text_or_none(facts.counter);
  out["confidence"] = facts.confidence;
  out["source"] = text_or_none(facts.source);
  out["whole"] = py::make_tuple(facts.whole.begin.value(), facts.whole.end.value());
  out["perm"] = text_or_none(facts.permissions);
  out["file"] = text_or_none(facts.file);
  out["resident"] = facts.resident;
  out["detail"] = text_or_none(facts.detail);
  return out;
}

std::string shown(const Row& row) {
  const Look at = look(row);
  const NodeFacts facts = facts_of(*at.analysis, at.node);
  return fmt::format("<{} {}, {}>", facts.kind, hex(at.node.range), human(at.node.range.size()));
}

// Where it is and how big.
void bind_extent(py::class_<Row>& row) {
  row.def_property_readonly("begin", [](const Row& r) { return look(r).node.range.begin.value(); })
      .def_property_readonly("end", [](const Row& r) { return look(r).node.range.end.value(); })
      .def_property_readonly("size", [](const Row& r) { return look(r).node.range.size(); })
      .def_property_readonly("self", [](const Row& r) { return look(r).node.self_bytes; })
      .def_property_readonly("depth", [](const Row& r) { return look(r).node.depth; })
      .def_property_readonly("whole", [](const Row& r) -> py::object { return as_dict(r)["whole"]; })
      .def_property_readonly("resident",
                             [](const Row& r) {
                               const Look at = look(r);
                               return resident_bytes(*at.analysis, at.node);
                             })
      .def_property_readonly("path", &path_of, "Rows from the mapping down to this one.")
      .def_property_readonly("children", &children_of)
      .def("__contains__", [](const Row& r, const py::object& a) {
        const Look at = look(r);
        const std::optional<Address> address = address_or_number(a);
        return address && at.node.range.contains(*address);
      });
}

// What is known of it, in words.
void bind_words(py::class_<Row>& row) {
  const auto fact = [](auto member) {
    return [member](const Row& r) {
      const Look at = look(r);
      return text_or_none(facts_of(*at.analysis, at.node).*member);
    };
  };
  row.def_property_readonly("kind", fact(&NodeFacts::kind))
      .def_property_readonly("level", fact(&NodeFacts::level))
      .def_property_readonly("counter", fact(&NodeFacts::counter))
      .def_property_readonly("confidence", fact(&NodeFacts::confidence))
      .def_property_readonly("source", fact(&NodeFacts::source))
      .def_property_readonly("perm", fact(&NodeFacts::permissions))
      .def_property_readonly("file", fact(&NodeFacts::file))
      .def_property_readonly("detail", fact(&NodeFacts::detail))
      .def("as_dict", &as_dict)
      .def("__repr__", [](const Row& r) { return shown(r); });
}

void bind_row(py::module_& module) {
  py::class_<Row> row(module, "Row", "One piece of the map.");
  bind_extent(row);
  bind_words(row);
  row.def("__eq__", [](const Row& r, const Row& o) { return r.picture == o.picture && r.index == o.index; })
      .def("__hash__", [](const Row& r) {
        return py::hash(py::make_tuple(reinterpret_cast<std::uintptr_t>(r.picture.get()), r.index));
      });
}

std::string shown(const PicturePtr& picture) {
  if (is_stale(picture)) return "<Map, stale>";
  const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
  return fmt::format("<Map {}, {} mapped, {} rows>", title(*analysis), human(analysis->map.mapped_bytes()),
                     analysis->map.nodes().size());
}

RowIterator iterate(const Rows& rows) { return {rows, rows.size(), 0}; }

Row nth(const Rows& rows, std::ptrdiff_t i) {
  const auto size = static_cast<std::ptrdiff_t>(rows.size());
  if (i < 0) i += size;
  if (i < 0 || i >= size) throw py::index_error(fmt::format("there are {} rows", size));
  return rows.at(static_cast<std::size_t>(i));
}

}  // namespace

void bind_rows(py::module_& module) {
  bind_row(module);
  py::class_<RowIterator>(module, "RowIterator")
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &next_row);
  py::class_<Rows>(module, "Rows", "Some of a map's rows, in address order.")
      .def("__len__", &Rows::size)
      .def("__repr__", [](const Rows& rows) { return fmt::format("<Rows, {}>", rows.size()); })
      .def("__iter__", &iterate)
      .def("__getitem__", &nth);
  py::class_<Picture, PicturePtr>(module, "Map", py::dynamic_attr(), "Every mapped byte of a target, once.")
      .def("__len__",
           [](const PicturePtr& p) {
             return Rows{p, nullptr}.size();
           })
      .def("__iter__",
           [](const PicturePtr& p) {
             return iterate({p, nullptr});
           })
      .def("__repr__", [](const PicturePtr& p) { return shown(p); })
      .def("__getitem__", &rows_between, py::arg("addresses"))
      .def("__getitem__", &row_at, py::arg("address"))
      .def("__contains__", &holds, py::arg("item"))
      .def(
          "of_kind",
          [](const PicturePtr& p, const std::string& glob) {
            Filter filter;
            filter.kinds = value_or_raise(parse_kinds(glob));
            return choose(p, filter);
          },
          py::arg("glob"), "Rows of these kinds: 'heap_span', 'heap_*,*_span'.")
      .def_property_readonly("stale", &is_stale)
      .def(
          "close", [](const PicturePtr& p) { p->expire(); }, "From now on everything raises StaleError.");
}

}  // namespace memmap::python
