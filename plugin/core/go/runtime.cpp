#include "go/runtime.h"

#include <fmt/format.h>

#include <algorithm>

#include "dwarf/dwarf_types.h"
#include "go/version.h"

namespace memmap::go {

void ProgramFile::open(const std::string& path, const Cancellation& cancellation) {
  if (opened_ || path.empty()) return;
  opened_ = true;
  if (const Result<GoVersion> version = read_version(path)) version_ = version->text;
  Result<std::unique_ptr<DwarfTypes>> types = DwarfTypes::open(path, {}, cancellation);
  if (!types) {
    const bool absent = types.error().code == FaultCode::not_found;
    failure_ = fmt::format("{} {}", types.error().what, absent ? "not found" : "cannot be read");
    return;
  }
  Result<Layout> layout = Layout::bind(**types, findings_, cancellation);
  if (!layout) {
    const auto& entries = findings_.entries();
    const auto first = std::find_if(entries.begin(), entries.end(),
                                    [](const Findings::Entry& entry) { return entry.severity == Severity::error; });
    failure_ = first == entries.end() ? layout.error().what : first->message;
    return;
  }
  layout_ = std::move(*layout);
  source_ = (*types)->source();
}

Runtime::Runtime(const Layout& layout, const Target& target, std::uint64_t bias, const Cancellation& cancellation)
    : layout_(layout),
      target_(target),
      bias_(bias),
      cancellation_(cancellation),
      traits_(derive_traits(layout)),
      cache_(*target.memory, cancellation) {
  for (const Mapping& mapping : target.mappings)
    if (mapping.permissions.read && !mapping.shared) readable_bytes_ += mapping.range.size();
  const Result<std::uint64_t> page = read_word(cache_, global(Global::phys_page_size));
  if (page && *page >= 4096 && *page <= (1u << 20)) physical_page_ = *page;
}

Address Runtime::global(Global global) const {
  return layout().has(global) ? Address(layout()[global].address + bias_) : Address();
}

std::uint64_t Runtime::global_size(Global global) const { return layout().has(global) ? layout()[global].size : 0; }

Result<Record> Runtime::record(Address at, Type type, const char* what) const {
  const std::uint64_t size = size_of(type);
  if (size == 0) return fault(FaultCode::not_found, what);
  if (size <= Record::kInline) return Record::fetch(memory(), layout(), at, size, what);
  return Record::fetch(memory(), layout(), at, size, what, scratch_);
}

Result<std::uint64_t> Runtime::word(Global which) const {
  if (global(which).is_null()) return fault(FaultCode::not_found, "global of the runtime");
  return read_word(memory(), global(which));
}

bool Runtime::has_heap() const {
  const Result<Slice> spans = slice(global(Global::mheap), Field::mheap_allspans);
  const Result<Slice> goroutines = read_slice(memory(), global(Global::allgs));
  return !spans || !goroutines || spans->cap != 0 || goroutines->len != 0;
}

namespace {

template <class Holds>
bool covered(const Target& target, AddressRange range, Holds holds) {
  for (Address at = range.begin; at < range.end;) {
    const Mapping* mapping = target.mapping_at(at);
    if (mapping == nullptr || !holds(*mapping)) return false;
    at = mapping->range.end;
  }
  return !range.empty();
}

}  // namespace

bool Runtime::mapped(AddressRange range) const {
  return covered(target_, range, [](const Mapping&) { return true; });
}

bool Runtime::readable(AddressRange range) const {
  return covered(target_, range, [](const Mapping& mapping) { return mapping.permissions.read; });
}

std::uint64_t Runtime::list_bound(std::uint64_t item_size) const {
  return item_size == 0 ? 0 : readable_bytes_ / item_size;
}

std::optional<AddressRange> Runtime::list(Address first, std::uint64_t count, std::uint64_t item_size) const {
  // The bound comes first: an absurd count times the size may wrap to a small one.
  if (count > list_bound(item_size)) return std::nullopt;
  const auto bytes = AddressRange::of(first, count * item_size);
  return bytes && readable(*bytes) ? bytes : std::nullopt;
}

namespace {

// The version that the process itself carries, in memory: another one than the file's means
// that this is not the file it was started from.
std::string version_in_memory(const Runtime& runtime) {
  const Address at = runtime.global(Global::build_version);
  if (at.is_null()) return {};
  return read_string(runtime.memory(), at).value_or(std::string());
}

void say(Findings& findings, std::string_view code, std::string sentence) {
  findings.say(Severity::error, code, std::move(sentence));
}

}  // namespace

std::unique_ptr<Runtime> open_runtime(const ProgramFile& program, const Target& target, Model& model,
                                      Findings& findings, const Cancellation& cancellation) {
  model.runtime.goarch = name(target.platform.arch);
  if (!program.opened()) return nullptr;  // the source has said that there is no executable
  model.runtime.go_version = program.version();
  if (target.platform.arch != Arch::amd64) {
    say(findings, "unsupported_architecture",
        fmt::format("memmap reads the Go runtime on linux/amd64; this target is {}", name(target.platform.arch)));
    return nullptr;
  }
  if (!program.failure().empty() && !program.is_go()) {
    say(findings, "no_go", "no Go runtime in the executable: only mappings and images are named");
    return nullptr;
  }
  if (!program.failure().empty()) {
    say(findings, "layout",
        fmt::format("the layout of {} cannot be read ({}): only mappings and images are named", program.version(),
                    program.failure()));
    return nullptr;
  }
  findings.append(program.findings());
  auto runtime = std::make_unique<Runtime>(program.layout(), target, model.native.load_bias.value_or(0), cancellation);
  const std::string version = version_in_memory(*runtime);
  if (version.empty() || (program.is_go() && version != program.version())) {
    say(findings, "wrong_executable",
        version.empty()
            ? "runtime.buildVersion cannot be read at the place the executable gives: only mappings and images are "
              "named"
            : fmt::format("the executable is of {} and the process of {}: only mappings and images are named",
                          program.version(), version));
    return nullptr;
  }
  model.runtime.found = true;
  model.runtime.go_version = version;
  model.runtime.layout = program.source();
  model.runtime.physical_page = runtime->physical_page();
  model.runtime.has_heap = runtime->has_heap();
  if (!model.runtime.has_heap)
    findings.say(Severity::note, "no_heap_yet", "the process was stopped before the Go runtime set up its heap");
  return runtime;
}

Address untag(const Runtime& runtime, std::uint64_t tagged) {
  // 1.25 (tagptr_64bit.go): 49 address bits, 9 of them zero. Before: 48 bits, 3 of them zero.
  const auto value = static_cast<std::int64_t>(tagged);
  return Address(
      static_cast<std::uint64_t>(runtime.traits().wide_tagged_pointers ? (value >> 24) * 512 : (value >> 19) * 8));
}

}  // namespace memmap::go
