// Tables as arrays without a copy: the buffer protocol over the analysis' own vectors. An array
// keeps the analysis alive, so it stays readable when the target has moved on.
#include <fmt/format.h>

#include <cstddef>

#include "bindings.h"
#include "view/select.h"

namespace memmap::python {
namespace {

struct Field {
  const char* name;
  char code;  // of PEP 3118: Q 8 bytes, q the same signed, I 4, B 1, ? 1
  std::size_t offset;
};

std::size_t size_of(char code) { return code == 'Q' || code == 'q' ? 8 : code == 'I' ? 4 : 1; }

using Codes = std::map<std::string, std::vector<std::string>>;  // column → name of each number

struct Table {
  std::shared_ptr<const void> owner;
  const void* data = nullptr;
  std::size_t count = 0;
  std::size_t item_size = 0;
  std::string format;
  Codes codes;
};

// "T{=Q:begin:=Q:end:3x}": fields by offset, what lies between them as padding.
std::string format_of(std::span<const Field> fields, std::size_t item_size) {
  std::string text = "T{";
  std::size_t at = 0;
  const auto pad = [&](std::size_t to) {
    if (to > at) text += fmt::format("{}x", to - at);
    at = to;
  };
  for (const Field& field : fields) {
    pad(field.offset);
    text += fmt::format("={}:{}:", field.code, field.name);
    at += size_of(field.code);
  }
  pad(item_size);
  return text + "}";
}

template <class T>
Table table_over(std::shared_ptr<const void> owner, const std::vector<T>& items, std::span<const Field> fields,
                 Codes codes) {
  return {std::move(owner), items.data(), items.size(), sizeof(T), format_of(fields, sizeof(T)), std::move(codes)};
}

// A row of the map without its texts.
struct RowRecord {
  std::uint64_t begin = 0, end = 0, self = 0;
  std::int64_t resident = -1;  // -1: not known
  std::uint32_t mapping = 0;
  std::uint8_t kind = 0, level = 0, depth = 0, confidence = 0;
};

constexpr Field kRowFields[] = {{"begin", 'Q', offsetof(RowRecord, begin)},
                                {"end", 'Q', offsetof(RowRecord, end)},
                                {"self", 'Q', offsetof(RowRecord, self)},
                                {"resident", 'q', offsetof(RowRecord, resident)},
                                {"mapping", 'I', offsetof(RowRecord, mapping)},
                                {"kind", 'B', offsetof(RowRecord, kind)},
                                {"level", 'B', offsetof(RowRecord, level)},
                                {"depth", 'B', offsetof(RowRecord, depth)},
                                {"confidence", 'B', offsetof(RowRecord, confidence)}};
constexpr Field kSpanFields[] = {{"begin", 'Q', offsetof(Span, begin)},
                                 {"elem_size", 'Q', offsetof(Span, elem_size)},
                                 {"npages", 'I', offsetof(Span, npages)},
                                 {"index", 'I', offsetof(Span, index)},
                                 {"elem_count", 'I', offsetof(Span, elem_count)},
                                 {"alloc_count", 'I', offsetof(Span, alloc_count)},
                                 {"released_pages", 'I', offsetof(Span, released_pages)},
                                 {"use", 'B', offsetof(Span, use)},
                                 {"span_class", 'B', offsetof(Span, span_class)}};
constexpr Field kStackFields[] = {{"begin", 'Q', offsetof(StackRange, range)},
                                  {"end", 'Q', offsetof(StackRange, range) + sizeof(Address)},
                                  {"id", 'Q', offsetof(StackRange, id)},
                                  {"index", 'I', offsetof(StackRange, index)},
                                  {"use", 'B', offsetof(StackRange, use)}};
constexpr Field kFreeFields[] = {{"begin", 'Q', offsetof(FreeRun, range)},
                                 {"end", 'Q', offsetof(FreeRun, range) + sizeof(Address)},
                                 {"index", 'I', offsetof(FreeRun, index)},
                                 {"state", 'B', offsetof(FreeRun, state)},
                                 {"origin", 'B', offsetof(FreeRun, origin)}};
constexpr Field kArenaFields[] = {{"begin", 'Q', offsetof(HeapArena, range)},
                                  {"end", 'Q', offsetof(HeapArena, range) + sizeof(Address)},
                                  {"index", 'I', offsetof(HeapArena, index)},
                                  {"user", '?', offsetof(HeapArena, user)},
                                  {"metadata_begin", 'Q', offsetof(HeapArena, metadata)},
                                  {"metadata_end", 'Q', offsetof(HeapArena, metadata) + sizeof(Address)}};

Codes row_codes() {
  Codes codes;
  for (const KindInfo& kind : kKinds) codes["kind"].emplace_back(kind.id);
  for (const Level level : {Level::mapping, Level::region, Level::block, Level::slot})
    codes["level"].emplace_back(name(level));
  for (const Confidence trust : {Confidence::guessed, Confidence::derived, Confidence::exact})
    codes["confidence"].emplace_back(name(trust));
  return codes;
}

Table row_table(const PicturePtr& picture) {
  const py::gil_scoped_release released;
  const std::shared_ptr<const Analysis> analysis = picture->analysis();
  auto records = std::make_shared<std::vector<RowRecord>>();
  records->reserve(analysis->map.nodes().size());
  for (const Node& node : analysis->map.nodes()) {
    const Claim& claim = analysis->map.claim(node);
    const std::optional<std::uint64_t> resident = resident_bytes(*analysis, node);
    records->push_back({node.range.begin.value(), node.range.end.value(), node.self_bytes,
                        resident ? static_cast<std::int64_t>(*resident) : -1, node.mapping,
                        static_cast<std::uint8_t>(claim.kind), static_cast<std::uint8_t>(claim.level), node.depth,
                        static_cast<std::uint8_t>(claim.confidence)});
  }
  return table_over(records, *records, kRowFields, row_codes());
}

py::buffer_info buffer_of(Table& table) {
  return {const_cast<void*>(table.data),           static_cast<py::ssize_t>(table.item_size),   table.format, 1,
          {static_cast<py::ssize_t>(table.count)}, {static_cast<py::ssize_t>(table.item_size)}, true};
}

py::object as_array(const py::object& table) { return py::module_::import("numpy").attr("asarray")(table); }

// Numbers that stand for names become pandas categories.
py::object as_frame(const py::object& self) {
  const py::module_ pandas = py::module_::import("pandas");
  const py::object array = as_array(self);
  py::object frame = pandas.attr("DataFrame")(array);
  for (const auto& [column, names] : self.cast<const Table&>().codes)
    frame[py::str(column)] = pandas.attr("Categorical").attr("from_codes")(array[py::str(column)], names);
  return frame;
}

template <class T>
auto property(std::vector<T> Model::*member, std::span<const Field> fields, Codes codes) {
  return [member, fields, codes](const PicturePtr& picture) {
    const std::shared_ptr<const Analysis> analysis = analysis_of(picture);
    return table_over(analysis, analysis->model.*member, fields, codes);
  };
}

}  // namespace

void bind_tables(py::module_& module) {
  py::class_<Table>(module, "Table", py::buffer_protocol(), "A table as a buffer of records.")
      .def_buffer(&buffer_of)
      .def("__len__", [](const Table& table) { return table.count; })
      .def("__repr__", [](const Table& t) { return fmt::format("<Table of {} records>", t.count); })
      .def_readonly("codes", &Table::codes, "Names of the numbers in a column.")
      .def("array", &as_array, "A NumPy array over the same bytes.")
      .def("to_pandas", &as_frame);

  const Codes span_codes = {{"use", {"heap", "stack", "workbuf", "user_arena", "free"}}};
  const Codes stack_codes = {{"use", {"goroutine", "g0", "gsignal", "gcrash", "free"}}};
  const Codes free_codes = {{"state", {"free", "released", "padding"}},
                            {"origin", {"page_bits", "page_cache", "cur_arena", "free_span", "gap"}}};
  auto map = py::reinterpret_borrow<py::class_<Picture, PicturePtr>>(module.attr("Map"));
  map.def_property_readonly("rows", &row_table)
      .def_property_readonly("spans", property(&Model::spans, kSpanFields, span_codes))
      .def_property_readonly("stacks", property(&Model::stacks, kStackFields, stack_codes))
      .def_property_readonly("free_runs", property(&Model::free_runs, kFreeFields, free_codes))
      .def_property_readonly("arenas", property(&Model::arenas, kArenaFields, {}))
      .def("to_pandas", [](const py::object& self) { return as_frame(self.attr("rows")); });
}

}  // namespace memmap::python
