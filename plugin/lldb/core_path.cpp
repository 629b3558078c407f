// LLDB tells from 19 on. Older ones keep the core mapped, so that their own /proc/self/maps names
// it: the mapped ELF core whose segments are the target's regions.
#include "lldb/core_path.h"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "base/address.h"
#include "lldb/sb_text.h"
#include "process/elf/elf_file.h"
#include "process/file_descriptor.h"
#include "process/proc/proc_maps.h"

namespace memmap {
namespace {

std::string told_by_lldb(lldb::SBProcess& process) {
  // A member function that returns a class is called like a function of its object.
  using GetCoreFile = lldb::SBFileSpec (*)(lldb::SBProcess*);
  void* symbol = dlsym(RTLD_DEFAULT, "_ZN4lldb9SBProcess11GetCoreFileEv");
  if (symbol == nullptr) return {};
  GetCoreFile get_core_file = nullptr;
  std::memcpy(&get_core_file, &symbol, sizeof symbol);
  return path_of(get_core_file(&process));
}

std::vector<AddressRange> regions(lldb::SBProcess& process) {
  std::vector<AddressRange> found;
  lldb::SBMemoryRegionInfoList list = process.GetMemoryRegions();
  lldb::SBMemoryRegionInfo region;
  for (std::uint32_t i = 0; i < list.GetSize(); ++i) {
    if (!list.GetMemoryRegionAtIndex(i, region) || !region.IsMapped()) continue;
    found.push_back({Address(region.GetRegionBase()), Address(region.GetRegionEnd())});
  }
  return found;
}

std::vector<AddressRange> core_segments(const std::string& path) {
  const ElfFile::Opened file = ElfFile::open(path);
  std::vector<AddressRange> found;
  if (!file || (*file)->type() != ET_CORE) return found;
  for (const ElfSegment& segment : (*file)->segments()) {
    const auto range = AddressRange::of(Address(segment.address), segment.memory_size);
    if (segment.type == PT_LOAD && range && !range->empty()) found.push_back(*range);
  }
  return found;
}

std::string found_among_mappings(lldb::SBProcess& process) {
  std::vector<AddressRange> wanted = regions(process);
  std::ranges::sort(wanted);
  std::set<std::string> seen;
  for (const Mapping& mapping : parse_maps(read_whole("/proc/self/maps").value_or(""))) {
    if (!mapping.is_file() || mapping.file_offset != 0) continue;
    if (!seen.insert(mapping.file).second) continue;
    std::vector<AddressRange> segments = core_segments(mapping.file);
    std::ranges::sort(segments);
    if (!segments.empty() && segments == wanted) return mapping.file;
  }
  return {};
}

}  // namespace

std::string core_path(lldb::SBProcess& process) {
  if (text_of(process.GetPluginName()) != "elf-core") return {};
  const std::string told = told_by_lldb(process);
  return told.empty() ? found_among_mappings(process) : told;
}

}  // namespace memmap
