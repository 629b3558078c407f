#include "lldb/sb_source.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>

#include "lldb/sb_memory.h"
#include "lldb/sb_text.h"

namespace memmap {
namespace {

Arch arch_of(const std::string& triple) {
  if (triple.starts_with("x86_64")) return Arch::amd64;
  if (triple.starts_with("aarch64") || triple.starts_with("arm64")) return Arch::arm64;
  if (triple.starts_with("i386") || triple.starts_with("i686")) return Arch::i386;
  return triple.starts_with("arm") ? Arch::arm : Arch::other;
}

Origin origin_of(const std::string& process_plugin) {
  if (process_plugin == "minidump") return Origin::lldb_core;
  return process_plugin == "elf-core" ? Origin::unknown : Origin::live;
}

bool readable(const std::string& path) { return !path.empty() && access(path.c_str(), R_OK) == 0; }

// Where a loadable piece of a file lies. LLDB calls an ELF segment a section, "PT_LOAD[0]".
void name_mapping(std::vector<Mapping>& mappings, lldb::SBSection segment, lldb::SBTarget& target,
                  const std::string& file) {
  const std::uint64_t load = segment.GetLoadAddress(target);
  if (load == LLDB_INVALID_ADDRESS || segment.GetFileByteSize() == 0) return;
  const auto range = AddressRange::of(Address(load), segment.GetFileByteSize());
  if (!range) return;
  for (Mapping& mapping : mappings) {
    if (!mapping.range.overlaps(*range) || mapping.is_kernel_piece()) continue;
    if (mapping.file.empty()) mapping.file = file;
    const std::uint64_t begin = mapping.range.begin.value();
    const std::uint64_t offset = segment.GetFileOffset() + begin - load;  // modulo 2^64
    mapping.file_offset = round_down(offset, 4096);
  }
}

Thread thread_of(lldb::SBThread thread) {
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  Thread out;
  out.tid = thread.GetThreadID();
  out.stack_pointer = Address(frame.GetSP());
  out.program_counter = Address(frame.GetPC());
  out.thread_pointer = Address(frame.FindRegister("fs_base").GetValueAsUnsigned(0));
  return out;
}

}  // namespace

std::string SbSource::executable_file() const {
  const std::string path = path_of(target_.GetExecutable());
  return readable(path) ? path : std::string();
}

Result<Target> SbSource::open(Findings& findings) {
  Target out;
  describe_process(out);
  list_mappings(out);
  if (out.mappings.empty()) return fault(FaultCode::unreadable, "mappings");
  name_mappings(out);
  list_threads(out);
  if (out.origin == Origin::live) {
    findings.say(Severity::warning, "mappings_hidden",
                 "LLDB does not tell of inaccessible mappings (---) of a process on another "
                 "machine: memory that is only reserved is missing here");
  }
  out.memory = std::make_shared<SbMemory>(target_, interrupted_);
  return out;
}

void SbSource::describe_process(Target& out) const {
  lldb::SBProcess process = target_.GetProcess();
  out.platform.arch = arch_of(text_of(target_.GetTriple()));
  out.platform.pointer_size = static_cast<std::uint8_t>(process.GetAddressByteSize());
  if (process.GetByteOrder() == lldb::eByteOrderBig) out.platform.byte_order = std::endian::big;
  out.origin = origin_of(text_of(process.GetPluginName()));
  out.pid = process.GetProcessID();
  lldb::SBModule program = target_.FindModule(target_.GetExecutable());
  out.executable = path_of(program.GetPlatformFileSpec());
  out.executable_file = executable_file();
  const std::uint64_t entry = program.GetObjectFileEntryPointAddress().GetLoadAddress(target_);
  if (entry != LLDB_INVALID_ADDRESS) out.auxv.push_back({AT_ENTRY, entry});
}

void SbSource::list_mappings(Target& out) const {
  lldb::SBProcess process = target_.GetProcess();
  lldb::SBMemoryRegionInfoList regions = process.GetMemoryRegions();
  lldb::SBMemoryRegionInfo region;
  for (std::uint32_t i = 0; i < regions.GetSize(); ++i) {
    if (!regions.GetMemoryRegionAtIndex(i, region) || !region.IsMapped()) continue;
    Mapping mapping;
    mapping.range = {Address(region.GetRegionBase()), Address(region.GetRegionEnd())};
    mapping.permissions = {region.IsReadable(), region.IsWritable(), region.IsExecutable()};
    mapping.file = text_of(region.GetName());
    if (mapping.file.starts_with("[anon:")) {
      mapping.vma_name = mapping.file.substr(6, mapping.file.size() - 7);
      mapping.file.clear();
    }
    if (!mapping.range.empty()) out.mappings.push_back(std::move(mapping));
  }
  std::ranges::sort(out.mappings, {}, [](const Mapping& m) { return m.range.begin; });
}

void SbSource::name_mappings(Target& out) const {
  for (std::uint32_t m = 0; m < target_.GetNumModules(); ++m) {
    lldb::SBModule module = target_.GetModuleAtIndex(m);
    const std::string file = path_of(module.GetPlatformFileSpec());
    if (file.empty() || file.front() == '[') continue;  // LLDB's own name for the vdso
    for (std::size_t s = 0; s < module.GetNumSections(); ++s) {
      lldb::SBSection section = module.GetSectionAtIndex(s);
      if (text_of(section.GetName()).starts_with("PT_LOAD")) {
        name_mapping(out.mappings, section, target_, file);
      }
    }
  }
}

void SbSource::list_threads(Target& out) const {
  lldb::SBProcess process = target_.GetProcess();
  for (std::uint32_t i = 0; i < process.GetNumThreads(); ++i) {
    out.threads.push_back(thread_of(process.GetThreadAtIndex(i)));
  }
}

// LLDB 14 still calls a process stopped for a moment after it was killed.
std::string SbSource::failure() const { return "the target has no process any more, or LLDB cannot list its memory"; }

}  // namespace memmap
