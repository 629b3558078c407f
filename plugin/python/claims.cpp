// What an annotator in Python yields, checked, as claims on a new map.
#include <fmt/format.h>

#include "bindings.h"
#include "extend.h"
#include "words/parse.h"

namespace memmap::python {
namespace {

// One of the words that `values` are called.
template <class T>
T named(const char* what, const std::string& word, std::initializer_list<T> values) {
  std::string known;
  for (const T value : values) {
    if (word == name(value)) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name(value));
  }
  throw py::value_error(fmt::format("no {} is called '{}'; there are {}", what, word, known));
}

Kind kind_of(const std::string& id) {
  if (id == info(Kind::mapping).id) throw py::value_error("mappings are the kernel's");
  if (const std::optional<Kind> kind = kind_named(id)) return *kind;
  std::vector<std::string_view> ids;
  for (const KindInfo& kind : kKinds) ids.push_back(kind.id);
  const std::optional<std::string_view> meant = nearest(id, ids);
  throw py::value_error(fmt::format("no kind is called '{}'{}", id,
                                    meant ? fmt::format("; did you mean {}?", *meant) : "; memmap.kinds() lists them"));
}

AddedClaim make_claim(std::uint64_t begin, std::uint64_t size, const std::string& kind, const std::string& level,
                      const std::string& confidence, std::string text) {
  const std::optional<AddressRange> range = AddressRange::of(Address(begin), size);
  if (!range || range->empty())
    throw py::value_error(fmt::format("{} bytes at {} are no range", size, hex(Address(begin))));
  return {*range,
          kind_of(kind),
          named("level", level, {Level::region, Level::block, Level::slot}),
          named("confidence", confidence, {Confidence::guessed, Confidence::derived, Confidence::exact}),
          std::move(text),
          {}};
}

PicturePtr with_claims(const PicturePtr& picture, const py::iterable& claims, const std::string& by) {
  std::vector<AddedClaim> added;
  for (const py::handle& one : claims) {
    if (!py::isinstance<AddedClaim>(one))
      throw py::type_error(fmt::format("annotator {} gave a {}, not a memmap.Claim", by,
                                       py::str(py::type::handle_of(one).attr("__name__")).cast<std::string>()));
    added.push_back(one.cast<AddedClaim>());
    added.back().by = by;
  }
  const py::gil_scoped_release released;
  return picture->with(extend(*picture->analysis(), added));
}

std::string shown(const AddedClaim& claim) {
  return fmt::format("<Claim {} {} '{}'>", info(claim.kind).id, hex(claim.range), claim.name);
}

}  // namespace

void bind_claims(py::module_& module) {
  py::class_<AddedClaim>(module, "Claim", "This range is of this kind: what annotators yield.")
      .def(py::init(&make_claim), py::arg("begin"), py::arg("size"), py::kw_only(), py::arg("kind"),
           py::arg("level") = "slot", py::arg("confidence") = "derived", py::arg("name") = "")
      .def_property_readonly("begin", [](const AddedClaim& c) { return c.range.begin.value(); })
      .def_property_readonly("end", [](const AddedClaim& c) { return c.range.end.value(); })
      .def_property_readonly("kind", [](const AddedClaim& c) { return info(c.kind).id; })
      .def_readonly("name", &AddedClaim::name)
      .def("__repr__", &shown);
  auto map = py::reinterpret_borrow<py::class_<Picture, PicturePtr>>(module.attr("Map"));
  map.def("with_claims", &with_claims, py::arg("claims"), py::arg("by") = "",
          "A map of the same moment with these claims beside memmap's own.");
}

}  // namespace memmap::python
