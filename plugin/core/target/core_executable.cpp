#include "target/core_executable.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "target/load.h"

namespace memmap {
namespace {

enum class Verdict : std::uint8_t { same, different, unknown };

// The mapping of the main program that the kernel told it of.
const CoreFileRange* main_program(const CoreNotes& notes) {
  for (const std::uint64_t type : {AT_PHDR, AT_ENTRY})
    if (const auto value = notes.aux(type))
      if (const CoreFileRange* const file = notes.file_at(Address(*value))) return file;
  return notes.files.empty() ? nullptr : &notes.files.front();
}

// Bytes of the file as the core has them in memory, at the program's first page.
std::vector<std::byte> first_page(const CoreNotes& notes, const CoreFileRange& program,
                                  const MemoryReader& memory) {
  for (const CoreFileRange& file : notes.files) {
    if (file.path != program.path || file.file_offset != 0) continue;
    std::vector<std::byte> page(std::min<std::uint64_t>(4096, file.range.size()));
    page.resize(memory.read(file.range.begin, page));
    return page;
  }
  return {};
}

bool equal_at(std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t offset,
              std::uint64_t size) {
  const auto left = clip(a, offset, size);
  const auto right = clip(b, offset, size);
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin());
}

// Stripping moves the section headers and keeps the rest of the first page's structures: the
// ELF header but for its section fields, the program headers, and the notes with the build id.
Verdict compare_pages(std::span<const std::byte> page, const ElfFile& file) {
  if (page.size() < sizeof(Elf64_Ehdr)) return Verdict::unknown;
  auto in_core = *load<Elf64_Ehdr>(page, 0);
  const auto header = load<Elf64_Ehdr>(file.all(), 0);
  if (!header) return Verdict::different;
  auto in_file = *header;
  for (Elf64_Ehdr* each : {&in_core, &in_file}) {
    each->e_shoff = 0;
    each->e_shentsize = each->e_shnum = each->e_shstrndx = 0;
  }
  if (std::memcmp(&in_core, &in_file, sizeof in_core) != 0) return Verdict::different;
  const std::uint64_t table = file.segments().size() * header->e_phentsize;
  if (header->e_phoff + table <= page.size() && !equal_at(page, file.all(), header->e_phoff, table))
    return Verdict::different;
  for (const ElfSection& section : file.sections())
    if (section.type == SHT_NOTE && section.offset + section.size <= page.size() &&
        !equal_at(page, file.all(), section.offset, section.size))
      return Verdict::different;
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_NOTE && segment.offset + segment.file_size <= page.size() &&
        !equal_at(page, file.all(), segment.offset, segment.file_size))
      return Verdict::different;
  return Verdict::same;
}

// Without the first page: what the kernel told the program about itself.
Verdict compare_auxv(const CoreNotes& notes, const ElfFile& file) {
  const auto entry = notes.aux(AT_ENTRY);
  const auto headers = notes.aux(AT_PHDR);
  const auto count = notes.aux(AT_PHNUM);
  if (!entry) return Verdict::unknown;
  const std::uint64_t bias = *entry - file.entry();
  if (bias % 4096 != 0 || (file.type() == ET_EXEC && bias != 0)) return Verdict::different;
  if (count && *count != file.segments().size()) return Verdict::different;
  if (!headers) return Verdict::same;
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_LOAD && segment.offset <= file.segment_table() &&
        file.segment_table() - segment.offset < segment.file_size)
      return bias + segment.address + (file.segment_table() - segment.offset) == *headers
                 ? Verdict::same
                 : Verdict::different;
  return Verdict::same;
}

Verdict compare(const CoreNotes& notes, const CoreFileRange* program, const MemoryReader& memory,
                const ElfFile& file) {
  if (file.type() != ET_EXEC && file.type() != ET_DYN) return Verdict::different;
  if (program != nullptr && file.is_64()) {
    const Verdict by_page = compare_pages(first_page(notes, *program, memory), file);
    if (by_page != Verdict::unknown) return by_page;
  }
  return compare_auxv(notes, file);
}

void use_given(const std::string& given, const CoreNotes& notes, const MemoryReader& memory,
               CoreExecutable& found, Findings& findings) {
  const ElfFile::Opened file = ElfFile::open(given);
  if (!file) return findings.say(Severity::error, "wrong_executable", file.error());
  const Verdict verdict = compare(notes, found.mapped, memory, **file);
  if (verdict == Verdict::different)
    return findings.say(Severity::error, "wrong_executable",
                        fmt::format("{} is not the program that dumped this core ({}); it is not "
                                    "used",
                                    given, found.mapped ? found.mapped->path : "name unknown"));
  if (verdict == Verdict::unknown)
    findings.say(Severity::warning, "unverified_executable",
                 fmt::format("nothing in the core tells whether {} is its program", given));
  found.file = *file;
  found.path = given;
}

void use_recorded(const CoreNotes& notes, const MemoryReader& memory, CoreExecutable& found,
                  Findings& findings) {
  if (found.mapped == nullptr)
    return findings.say(Severity::warning, "no_executable",
                        "the core does not name its program; give it with --exe");
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
  if (compare(notes, found.mapped, memory, **file) != Verdict::same)
    return findings.say(Severity::warning, "no_executable",
                        fmt::format("{} is no longer the program that dumped this core; give that "
                                    "one with --exe",
                                    path));
  found.file = *file;
  found.path = path;
}

}  // namespace

CoreExecutable find_executable(const std::string& given, const CoreNotes& notes,
                               const MemoryReader& memory, Findings& findings) {
  CoreExecutable found;
  found.mapped = main_program(notes);
  if (given.empty())
    use_recorded(notes, memory, found, findings);
  else
    use_given(given, notes, memory, found, findings);
  return found;
}

}  // namespace memmap
