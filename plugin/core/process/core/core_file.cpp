#include "process/core/core_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "process/core/core_executable.h"
#include "process/load.h"
#include "process/mapped_file.h"

namespace memmap {
namespace {

using OpenedCore = tl::expected<std::shared_ptr<const ElfFile>, std::string>;

OpenedCore open_elf_core(const std::string& path) {
  const auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const std::span<const std::byte> bytes = (*file)->bytes();
  constexpr std::string_view kMinidump = "MDMP";
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), kMinidump.data(), 4) == 0)
    return tl::unexpected(fmt::format("{} is a minidump, as LLDB's save-core writes; it cannot be read yet", path));
  OpenedCore core = ElfFile::parse(bytes, *file, path);
  if (!core) return core;
  const std::uint16_t type = (*core)->type();
  if (type == ET_EXEC || type == ET_DYN)
    return tl::unexpected(
        fmt::format("{} is an executable, not a core; name a core with --core, and this one with --exe", path));
  if (type != ET_CORE) return tl::unexpected(fmt::format("{} is an ELF file, but not a core", path));
  return core;
}

Origin origin_of(const ElfFile& core, const CoreNotes& notes) {
  if (notes.by_qemu) return Origin::qemu_core;
  if (notes.by_gdb) return Origin::gdb_core;
  for (const ElfSegment& segment : core.segments())
    if (segment.type == PT_LOAD)
      // elf_core_dump in fs/binfmt_elf.c aligns to the page, gdb's gcore to nothing.
      return segment.alignment <= 1 ? Origin::gdb_core : Origin::kernel_core;
  return Origin::unknown;
}

void say_truncated(const ElfFile& core, const std::vector<CoreSegment>& segments, Findings& findings) {
  std::uint64_t missing = 0;
  std::uint64_t count = 0;
  for (const CoreSegment& segment : segments) {
    const std::uint64_t there = core.bytes(segment.data_offset, segment.data_size).size();
    missing += segment.data_size - there;
    if (there < segment.data_size) ++count;
  }
  if (missing != 0)
    findings.say(Severity::warning, "core_truncated",
                 fmt::format("the core is cut off: {} bytes of memory in {} mappings are missing", missing, count));
  if (core.segments_cut_off())
    findings.say(Severity::warning, "core_truncated", "the core is cut off within its list of mappings");
}

// With the filter of /proc/PID/coredump_filter at its default all anonymous memory that was ever
// written is in the core. [stack] always was.
bool anonymous_is_dumped(const std::vector<CoreSegment>& segments) {
  return std::any_of(segments.begin(), segments.end(), [](const CoreSegment& s) {
    return !s.mapping.is_file() && s.mapping.permissions.write && s.data_size != 0;
  });
}

class Assembly {
 public:
  Assembly(const ElfFile& core, Origin origin) : core_(core), origin_(origin) {}

  void add_core_bytes(const std::vector<CoreSegment>& segments, CoreMemory& memory) const {
    for (const CoreSegment& segment : segments) {
      const auto bytes = core_.bytes(segment.data_offset, segment.data_size);
      const Address begin = segment.mapping.range.begin;
      memory.add({begin, begin + bytes.size()}, bytes.data());
    }
  }

  // What the writer left out on purpose. Bytes that a cut-off core lost stay missing.
  void add_left_out(const std::vector<CoreSegment>& segments, const CoreExecutable& executable,
                    CoreMemory& memory) const {
    const bool dumped = anonymous_is_dumped(segments);
    for (const CoreSegment& segment : segments) {
      const Mapping& mapping = segment.mapping;
      const AddressRange rest{mapping.range.begin + segment.data_size, mapping.range.end};
      if (rest.empty() || (mapping.permissions.write && !dumped)) continue;
      if (mapping.is_file()) add_file_bytes(mapping, rest, executable, memory);
      // vma_dump_size in fs/coredump.c: no anonymous page was ever made here, it reads as zeros.
      // MADV_DONTDUMP looks the same; Go uses it for the vDSO's getrandom states only.
      else if (origin_ == Origin::kernel_core && segment.data_size == 0 && mapping.permissions.read)
        memory.add(rest, nullptr);
    }
  }

 private:
  void add_file_bytes(const Mapping& mapping, AddressRange rest, const CoreExecutable& executable,
                      CoreMemory& memory) const {
    if (executable.file == nullptr || executable.mapped == nullptr || mapping.file != executable.mapped->path) return;
    const std::uint64_t offset = mapping.file_offset + (rest.begin - mapping.range.begin);
    const auto bytes = executable.file->bytes(offset, rest.size());
    const AddressRange backed{rest.begin, rest.begin + bytes.size()};
    memory.add(backed, bytes.data());
    // The kernel fills the last page of a file with zeros.
    const Address page_end(round_up(backed.end.value(), 4096));
    if (!bytes.empty()) memory.add({backed.end, std::min(page_end, rest.end)}, nullptr);
  }

  const ElfFile& core_;
  Origin origin_;
};

Platform platform_of(const ElfFile& core) {
  Platform platform;
  platform.arch = core.arch();
  platform.pointer_size = core.is_64() ? 8 : 4;
  return platform;
}

void describe(const CoreNotes& notes, std::vector<CoreSegment> segments, Target& target) {
  std::uint64_t total = 0;
  for (CoreSegment& segment : segments) {
    total += segment.mapping.range.size();
    target.mappings.push_back(std::move(segment.mapping));
  }
  target.totals.virtual_size = total;
  target.pid = notes.pid;
  if (!target.pid && !notes.threads.empty()) target.pid = notes.threads.front().tid;
  target.threads = notes.threads;
  target.auxv = notes.auxv;
}

}  // namespace

tl::expected<Target, std::string> open_core(const std::string& path, const std::string& executable,
                                            Findings& findings) {
  const OpenedCore core = open_elf_core(path);
  if (!core) return tl::unexpected(core.error());
  const CoreNotes notes = read_core_notes(**core);
  if (notes.damaged)
    findings.say(Severity::warning, "core_notes",
                 "the notes of the core are damaged: threads or names of files may be missing");
  std::vector<CoreSegment> segments = core_segments(**core, notes, findings);
  if (segments.empty()) return tl::unexpected(fmt::format("{} is a core without any memory in it", path));
  say_truncated(**core, segments, findings);
  name_kernel_pieces(notes, segments);

  Target target;
  target.origin = origin_of(**core, notes);
  target.platform = platform_of(**core);
  target.core = path;
  const Assembly assembly(**core, target.origin);
  CoreMemory own({*core});
  assembly.add_core_bytes(segments, own);
  own.finish();
  if (target.origin == Origin::gdb_core) restore_reservations(own, segments, findings);
  const CoreExecutable program = find_executable(executable, notes, own, findings);
  const auto memory = std::make_shared<CoreMemory>(std::vector<std::shared_ptr<const void>>{*core, program.file});
  assembly.add_core_bytes(segments, *memory);
  assembly.add_left_out(segments, program, *memory);
  memory->finish();
  target.memory = memory;
  target.executable = program.mapped != nullptr ? program.mapped->path : program.path;
  target.executable_file = program.path;
  describe(notes, std::move(segments), target);
  return target;
}

Result<Target> CoreSource::open(Findings& findings) {
  tl::expected<Target, std::string> target = open_core(core_, executable_, findings);
  if (!target) {
    failure_ = target.error();
    return fault(FaultCode::unreadable, "core");
  }
  executable_file_ = target->executable_file;
  return std::move(*target);
}

}  // namespace memmap
