#include "go/layout/layout.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace memmap::go {
namespace {

// if_type: required if the target has the struct at all. The linker drops types that a program
// does not use.
enum class Need : std::uint8_t { optional, if_type, required };

struct FieldSpec {
  const char* id;
  const char* type;  // alternatives, newest first, are separated by '|'
  Need need;
  const char* what;
  Spellings spellings;
};

constexpr FieldSpec kFields[] = {
#define FIELD(id, type, need, ...) {#id, type, Need::need, type "." MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/fields.def"
#undef FIELD
};

struct TypeSpec {
  const char* id;
  const char* what;
  Spellings spellings;
};

constexpr TypeSpec kTypes[] = {
#define TYPE(id, ...) {#id, MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/types.def"
#undef TYPE
};

struct GlobalSpec {
  const char* id;
  Need need;
  const char* what;
  Spellings spellings;
};

constexpr GlobalSpec kGlobals[] = {
#define GLOBAL(id, need, ...) {#id, Need::need, MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/globals.def"
#undef GLOBAL
};

struct Struct {
  std::string_view name;
  std::uint64_t size = 0;
};

std::optional<Struct> struct_named(const TypeTable& types, std::string_view alternatives) {
  while (!alternatives.empty()) {
    const std::size_t bar = std::min(alternatives.find('|'), alternatives.size());
    const std::string_view name = alternatives.substr(0, bar);
    if (const std::optional<std::uint64_t> size = types.size_of(name)) return Struct{name, *size};
    alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
  }
  return std::nullopt;
}

}  // namespace

void bug(const char* what, const char* id) { throw std::logic_error(fmt::format("bug: {}: {}", what, id)); }

const char* name(Field field) { return kFields[position(field)].id; }
const char* name(Type type) { return kTypes[position(type)].id; }
const char* name(Global global) { return kGlobals[position(global)].id; }

class Layout::Binder {
 public:
  Binder(const TypeTable& types, Findings& findings) : types_(types), findings_(findings) {}

  Result<Layout> bind() {
    for (std::size_t i = 0; i < layout_.fields_.size(); ++i) bind_field(kFields[i], i);
    for (std::size_t i = 0; i < layout_.types_.size(); ++i)
      layout_.types_[i] = first_known(kTypes[i].spellings, [&](const char* name) { return types_.size_of(name); });
    for (std::size_t i = 0; i < layout_.globals_.size(); ++i) bind_global(kGlobals[i], i);
    layout_.constants_ = Constants::bind(types_, findings_);
    if (fault_) return tl::unexpected<Fault>(*fault_);
    return layout_;
  }

 private:
  void bind_field(const FieldSpec& spec, std::size_t at) {
    const std::optional<Struct> parent = struct_named(types_, spec.type);
    if (!parent) {
      if (spec.need != Need::if_type) missing(spec.need, spec.what);
      return;
    }
    const char* chosen = "";
    const std::optional<FieldPlace> place = first_known(
        spec.spellings, [&](const char* path) { return types_.find(parent->name, path); }, &chosen);
    if (!place) return missing(spec.need, spec.what);
    if (std::uint64_t{place->offset} + place->size > parent->size ||
        parent->size > std::numeric_limits<std::uint32_t>::max())
      return fail({FaultCode::implausible, spec.what, {}});
    layout_.fields_[at] = {*place, static_cast<std::uint32_t>(parent->size), true, chosen};
  }

  void bind_global(const GlobalSpec& spec, std::size_t at) {
    layout_.globals_[at] = first_known(spec.spellings, [&](const char* name) { return types_.global(name); });
    if (!layout_.globals_[at]) missing(spec.need, spec.what);
  }

  void missing(Need need, const char* what) {
    const Fault fault{FaultCode::not_found, what, {}};
    if (need == Need::optional)
      findings_.add(Severity::note, fault);
    else
      fail(fault);
  }

  // One fault is returned; the others are not lost.
  void fail(const Fault& fault) {
    if (fault_)
      findings_.add(Severity::error, fault);
    else
      fault_ = fault;
  }

  const TypeTable& types_;
  Findings& findings_;
  Layout layout_;
  std::optional<Fault> fault_;
};

Result<Layout> Layout::bind(const TypeTable& types, Findings& findings) { return Binder(types, findings).bind(); }

std::uint64_t Layout::type_size(Type type) const {
  const std::optional<std::uint64_t>& size = types_[position(type)];
  if (!size) bug("type not in this layout", name(type));
  return *size;
}

GlobalPlace Layout::operator[](Global global) const {
  const std::optional<GlobalPlace>& place = globals_[position(global)];
  if (!place) bug("global not in this layout", name(global));
  return *place;
}

}  // namespace memmap::go
