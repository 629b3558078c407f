#include "go/layout/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "go/layout/specs.h"

namespace memmap::go {
namespace {

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
const char* name(Group group) { return kGroups[position(group)].id; }

class Layout::Binder {
 public:
  Binder(const TypeTable& types, Findings& findings, const Cancellation& cancellation)
      : types_(types), findings_(findings), cancellation_(cancellation) {}

  Result<Layout> bind() {
    layout_.pointer_size_ = types_.pointer_size();
    for (std::size_t i = 0; i < layout_.fields_.size(); ++i) bind_field(kFields[i], i);
    for (std::size_t i = 0; i < layout_.types_.size(); ++i) bind_type(kTypes[i], i);
    for (std::size_t i = 0; i < layout_.groups_.size(); ++i) close_group(kGroups[i], i);
    for (std::size_t i = 0; i < layout_.fields_.size(); ++i)
      if (!layout_.has(kFields[i].group)) layout_.fields_[i] = {};
    for (const ChoiceSpec& choice : kChoices) close_choice(choice);
    for (std::size_t i = 0; i < layout_.globals_.size(); ++i) bind_global(kGlobals[i], i);
    layout_.constants_ = Constants::bind(types_, findings_);
    if (fault_) return tl::unexpected<Fault>(*fault_);
    return layout_;
  }

 private:
  struct Loss {
    Fault fault{};
    std::string why;  // a sentence
  };
  // What was met of a group while its members were looked for.
  struct Evidence {
    bool sign = false;         // the program has the group
    const char* dropped = "";  // a member whose struct the linker left out
    std::vector<Loss> lost;    // members that cannot be read
    const char* missing() const { return lost.empty() ? dropped : lost.front().fault.what; }
  };

  void bind_field(const FieldSpec& spec, std::size_t at) {
    cancellation_.check();
    Evidence& group = evidence_[position(spec.group)];
    const std::optional<Struct> parent = struct_named(types_, spec.type);
    if (!parent && spec.role == Role::linked) {
      group.dropped = spec.what;
      return;
    }
    const char* chosen = "";
    std::optional<FieldPlace> place;
    if (parent)
      place = first_known(
          spec.spellings, [&](const char* path) { return types_.find(parent->name, path); }, &chosen);
    if (!place) return lose(group, FaultCode::not_found, spec.what, "is not found");
    if (spec.role == Role::sign) group.sign = true;
    if (parent->size > kLargestType)
      return lose(group, FaultCode::implausible, spec.what, fmt::format("is in a struct of {} bytes", parent->size));
    if (std::uint64_t{place->offset} + place->size > parent->size)
      return lose(group, FaultCode::implausible, spec.what, "lies outside its struct");
    if (const std::optional<std::string> why = misfit(spec.shape, *place, types_))
      return lose(group, FaultCode::implausible, spec.what, *why);
    layout_.fields_[at] = {*place, static_cast<std::uint32_t>(parent->size), true, chosen};
  }

  void bind_type(const TypeSpec& spec, std::size_t at) {
    Evidence& group = evidence_[position(spec.group)];
    const auto size = first_known(spec.spellings, [&](const char* name) { return types_.size_of(name); });
    if (size && (*size == 0 || *size > kLargestType))
      return lose(group, FaultCode::implausible, spec.what, fmt::format("has {} bytes", *size));
    layout_.types_[at] = size;
    if (size) return;
    if (spec.role == Role::linked) group.dropped = spec.what;
    if (spec.role == Role::part) lose(group, FaultCode::not_found, spec.what, "is not found");
  }

  static void lose(Evidence& group, FaultCode code, const char* what, std::string_view why) {
    group.lost.push_back({{code, what, {}}, fmt::format("{} {}", what, why)});
  }

  void close_group(const GroupSpec& spec, std::size_t at) {
    const Evidence& group = evidence_[at];
    State& state = layout_.groups_[at];
    const bool wanted = spec.need == Need::required || group.sign;
    const bool dropped = group.lost.empty() && *group.dropped != '\0';
    if (!wanted || dropped)
      return findings_.say(Severity::note, "not_found", fmt::format("{}: {} not found", spec.what, group.missing()));
    state = group.lost.empty() ? State::whole : State::broken;
    if (state == State::whole) return;
    if (spec.need == Need::optional)
      return warn(fmt::format("{} cannot be read: {}", spec.what, group.lost.front().why));
    for (const Loss& loss : group.lost) fail(loss.fault, loss.why);
  }

  // None of those that every release has one of: which of them this one would have is not known.
  void close_choice(const ChoiceSpec& choice) {
    const auto whole = [this](Group group) { return layout_.has(group); };
    if (std::any_of(choice.groups.begin(), choice.groups.end(), whole)) return;
    const auto broken = [this](Group group) { return layout_.broken(group); };
    if (std::none_of(choice.groups.begin(), choice.groups.end(), broken))
      warn(fmt::format("{} cannot be read: {} is not found, nor what other releases have in its place", choice.what,
                       evidence_[position(choice.groups.front())].missing()));
    for (const Group group : choice.groups) layout_.groups_[position(group)] = State::broken;
  }

  void bind_global(const GlobalSpec& spec, std::size_t at) {
    std::optional<GlobalPlace>& place = layout_.globals_[at];
    place = first_known(spec.spellings, [&](const char* name) { return types_.global(name); });
    const bool plausible = !place || place->size <= kLargestType;
    if (place && plausible) return;
    const std::uint64_t size = plausible ? 0 : place->size;
    place.reset();
    if (plausible && spec.need == Need::optional)
      return findings_.say(Severity::note, "not_found", fmt::format("{} not found", spec.what));
    std::string sentence = fmt::format("{} is not found", spec.what);
    if (!plausible) sentence = fmt::format("{} has {} bytes", spec.what, size);
    if (spec.need == Need::optional) return warn(fmt::format("what hangs on it is left out: {}", sentence));
    fail({plausible ? FaultCode::not_found : FaultCode::implausible, spec.what, {}}, std::move(sentence));
  }

  void warn(std::string sentence) { findings_.say(Severity::warning, kBrokenLayout, std::move(sentence)); }
  void fail(const Fault& fault, std::string sentence) {
    findings_.say(Severity::error, kBrokenLayout, std::move(sentence));
    if (!fault_) fault_ = fault;
  }

  static constexpr std::string_view kBrokenLayout = "layout_group";

  const TypeTable& types_;
  Findings& findings_;
  const Cancellation& cancellation_;
  Layout layout_;
  std::array<Evidence, position(Group::count_)> evidence_{};
  std::optional<Fault> fault_;
};

Result<Layout> Layout::bind(const TypeTable& types, Findings& findings, const Cancellation& cancellation) {
  return Binder(types, findings, cancellation).bind();
}

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
