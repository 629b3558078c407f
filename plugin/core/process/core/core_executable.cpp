#include "process/core/core_executable.h"

#include <elf.h>

#include <algorithm>

#include <fmt/format.h>

#include "process/elf/elf_match.h"

namespace memmap {
namespace {

// The mapping of the main program that the kernel told it of.
const CoreFileRange* main_program(const CoreNotes& notes) {
  for (const std::uint64_t type : {std::uint64_t{AT_PHDR}, std::uint64_t{AT_ENTRY}})
    if (const auto value = notes.aux(type))
      if (const CoreFileRange* const file = notes.file_at(Address(*value))) return file;
  return notes.files.empty() ? nullptr : &notes.files.front();
}

// Bytes of the file as the core has them in memory, at the program's first page.
std::vector<std::byte> first_page(const CoreNotes& notes, const CoreFileRange& program, const MemoryReader& memory) {
  for (const CoreFileRange& file : notes.files) {
    if (file.path != program.path || file.file_offset != 0) continue;
    std::vector<std::byte> page(std::min<std::uint64_t>(4096, file.range.size()));
    page.resize(memory.read(file.range.begin, page));
    return page;
  }
  return {};
}

// Without the first page: what the kernel told the program about itself.
ElfMatch compare_auxv(const CoreNotes& notes, const ElfFile& file) {
  if (!notes.aux(AT_ENTRY)) return ElfMatch::unknown;
  const auto count = notes.aux(AT_PHNUM);
  if (count && *count != file.segments().size()) return ElfMatch::different;
  Target told;
  told.auxv = notes.auxv;
  return load_bias(told, file) ? ElfMatch::same : ElfMatch::different;
}

ElfMatch compare(const CoreNotes& notes, const CoreFileRange* program, const MemoryReader& memory,
                 const ElfFile& file) {
  if (file.type() != ET_EXEC && file.type() != ET_DYN) return ElfMatch::different;
  if (program != nullptr) {
    const ElfMatch by_page = compare_start(first_page(notes, *program, memory), file);
    if (by_page != ElfMatch::unknown) return by_page;
  }
  return compare_auxv(notes, file);
}

void use_given(const std::string& given, const CoreNotes& notes, const MemoryReader& memory, CoreExecutable& found,
               Findings& findings) {
  const ElfFile::Opened file = ElfFile::open(given);
  if (!file) return findings.say(Severity::error, "wrong_executable", file.error());
  const ElfMatch verdict = compare(notes, found.mapped, memory, **file);
  if (verdict == ElfMatch::different)
    return findings.say(Severity::error, "wrong_executable",
                        fmt::format("{} is not the program that dumped this core ({}); it is not "
                                    "used",
                                    given, found.mapped ? found.mapped->path : "name unknown"));
  if (verdict == ElfMatch::unknown)
    findings.say(Severity::warning, "unverified_executable",
                 fmt::format("nothing in the core tells whether {} is its program", given));
  found.file = *file;
  found.path = given;
}

void use_recorded(const CoreNotes& notes, const MemoryReader& memory, CoreExecutable& found, Findings& findings) {
  if (found.mapped == nullptr)
    return findings.say(Severity::warning, "no_executable", "the core does not name its program; give it with --exe");
  std::string path = found.mapped->path;
  ElfFile::Opened file = ElfFile::open(path);
  constexpr std::string_view kDeleted = " (deleted)";
  if (!file && path.ends_with(kDeleted)) {
    path.resize(path.size() - kDeleted.size());
    file = ElfFile::open(path);
  }
  if (!file)
    return findings.say(Severity::warning, "no_executable",
                        fmt::format("the program of this core is not at hand ({}); give it with "
                                    "--exe",
                                    file.error()));
  if (compare(notes, found.mapped, memory, **file) != ElfMatch::same)
    return findings.say(Severity::warning, "no_executable",
                        fmt::format("{} is no longer the program that dumped this core; give that "
                                    "one with --exe",
                                    path));
  found.file = *file;
  found.path = path;
}

}  // namespace

CoreExecutable find_executable(const std::string& given, const CoreNotes& notes, const MemoryReader& memory,
                               Findings& findings) {
  CoreExecutable found;
  found.mapped = main_program(notes);
  if (given.empty())
    use_recorded(notes, memory, found, findings);
  else
    use_given(given, notes, memory, found, findings);
  return found;
}

}  // namespace memmap
