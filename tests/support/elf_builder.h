// Small ELF files and cores from literals.
#pragma once

#include <elf.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace memmap::test {

using Bytes = std::vector<std::byte>;

template <class T>
void put(Bytes& bytes, std::size_t at, const T& value) {
  if (bytes.size() < at + sizeof value) bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <class T>
void append(Bytes& bytes, const T& value) {
  put(bytes, bytes.size(), value);
}

inline void append_text(Bytes& bytes, const std::string& text) {
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  bytes.push_back(std::byte{0});
}

inline void append_note(Bytes& notes, const std::string& name, std::uint32_t type, const Bytes& body) {
  append(notes, Elf64_Nhdr{static_cast<Elf64_Word>(name.size() + 1), static_cast<Elf64_Word>(body.size()), type});
  append_text(notes, name);
  notes.resize((notes.size() + 3) / 4 * 4);
  notes.insert(notes.end(), body.begin(), body.end());
  notes.resize((notes.size() + 3) / 4 * 4);
}

inline Elf64_Ehdr elf_header(std::uint16_t type) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = type;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  return header;
}

struct CoreLoad {
  std::uint64_t address;
  std::uint64_t memory_size;
  std::uint32_t flags;
  Bytes data;  // p_filesz bytes
};

struct CoreRecipe {
  std::vector<CoreLoad> loads;
  Bytes notes;
  std::uint64_t alignment = 4096;  // 1 as gdb writes it
};

// Header, program headers, notes, then the data of the segments without gaps.
inline Bytes build_core(const CoreRecipe& recipe) {
  Elf64_Ehdr header = elf_header(ET_CORE);
  header.e_phoff = sizeof header;
  header.e_phnum = static_cast<Elf64_Half>(recipe.loads.size() + 1);
  Bytes file;
  append(file, header);
  std::uint64_t data = sizeof header + header.e_phnum * sizeof(Elf64_Phdr);
  append(file, Elf64_Phdr{PT_NOTE, 0, data, 0, 0, recipe.notes.size(), 0, 4});
  data += recipe.notes.size();
  for (const CoreLoad& load : recipe.loads) {
    append(file, Elf64_Phdr{PT_LOAD, load.flags, data, load.address, 0, load.data.size(), load.memory_size,
                            recipe.alignment});
    data += load.data.size();
  }
  file.insert(file.end(), recipe.notes.begin(), recipe.notes.end());
  for (const CoreLoad& load : recipe.loads) file.insert(file.end(), load.data.begin(), load.data.end());
  return file;
}

inline Bytes prstatus(std::uint32_t tid, std::uint64_t sp, std::uint64_t pc, std::uint64_t fs) {
  Bytes body(336);
  put(body, 32, tid);
  put(body, 112 + 16 * 8, pc);
  put(body, 112 + 19 * 8, sp);
  put(body, 112 + 21 * 8, fs);
  return body;
}

struct NtFile {
  std::uint64_t begin, end, page_offset;
  std::string path;
};
inline Bytes nt_file(const std::vector<NtFile>& files) {
  Bytes body;
  append(body, std::uint64_t{files.size()});
  append(body, std::uint64_t{4096});
  for (const NtFile& file : files)
    for (const std::uint64_t word : {file.begin, file.end, file.page_offset}) append(body, word);
  for (const NtFile& file : files) append_text(body, file.path);
  return body;
}

// Two pages: headers and .text, and .data of 16 bytes with .bss behind it, loaded at `base`.
// Sections: .text, .data, .bss, .note.gnu.build-id.
Bytes build_executable(std::uint64_t base, std::byte build_id = std::byte{7});

// A file that is gone at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const Bytes& bytes) {
    const int fd = mkstemp(path_.data());
    if (fd >= 0) ::close(fd);
    write(bytes);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // As a new file: some file systems wait for the disk when one is cut to nothing and rewritten.
  void write(const Bytes& bytes) const {
    unlink(path_.c_str());
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/memmap-test-XXXXXX";
};

inline Bytes build_executable(std::uint64_t base, std::byte build_id) {
  Bytes note;
  append_note(note, "GNU", NT_GNU_BUILD_ID, Bytes(20, build_id));
  Bytes names;
  for (const char* name :
       {"", ".text", ".data", ".bss", ".note.gnu.build-id", ".shstrtab", ".symtab", ".strtab", "main.x"})
    append_text(names, name);
  const auto name_at = [&names](const std::string& name) {
    const std::string all(reinterpret_cast<const char*>(names.data()), names.size());
    return static_cast<Elf64_Word>(all.find('\0' + name + '\0') + 1);
  };
  Elf64_Ehdr header = elf_header(ET_EXEC);
  header.e_entry = base + 0x800;
  header.e_phoff = sizeof header;
  header.e_phnum = 3;
  header.e_shoff = 0x2000;
  header.e_shnum = 8;
  header.e_shstrndx = 5;
  Bytes file(0x1010);
  put(file, 0, header);
  put(file, 64, Elf64_Phdr{PT_LOAD, PF_R | PF_X, 0, base, base, 0x1000, 0x1000, 4096});
  put(file, 120, Elf64_Phdr{PT_LOAD, PF_R | PF_W, 0x1000, base + 0x1000, 0, 16, 0x1800, 4096});
  put(file, 176, Elf64_Phdr{PT_NOTE, PF_R, 0x400, base + 0x400, 0, note.size(), note.size(), 4});
  std::copy(note.begin(), note.end(), file.begin() + 0x400);
  for (std::size_t i = 0x800; i < 0x1000; ++i) file[i] = std::byte{0x90};
  for (std::size_t i = 0x1000; i < 0x1010; ++i) file[i] = std::byte{0xda};
  file.resize(0x1800);
  put(file, 0x1800 + sizeof(Elf64_Sym), Elf64_Sym{name_at("main.x"), STT_OBJECT, 0, 2, base + 0x1000, 8});
  put(file, 0x1a00, std::byte{0});
  std::copy(names.begin(), names.end(), (file.resize(0x2000), file.begin() + 0x1a00));
  const Elf64_Shdr sections[8] = {
      {},
      {name_at(".text"), SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, base + 0x800, 0x800, 0x7f0, 0, 0, 16, 0},
      {name_at(".data"), SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, base + 0x1000, 0x1000, 16, 0, 0, 8, 0},
      {name_at(".bss"), SHT_NOBITS, SHF_ALLOC | SHF_WRITE, base + 0x1020, 0x1010, 0x17e0, 0, 0, 32, 0},
      {name_at(".note.gnu.build-id"), SHT_NOTE, SHF_ALLOC, base + 0x400, 0x400, note.size(), 0, 0, 4, 0},
      {name_at(".shstrtab"), SHT_STRTAB, 0, 0, 0x1a00, names.size(), 0, 0, 1, 0},
      {name_at(".symtab"), SHT_SYMTAB, 0, 0, 0x1800, 2 * sizeof(Elf64_Sym), 7, 1, 8, sizeof(Elf64_Sym)},
      {name_at(".strtab"), SHT_STRTAB, 0, 0, 0x1a00, names.size(), 0, 0, 1, 0}};
  for (std::size_t i = 0; i < 8; ++i) put(file, 0x2000 + i * sizeof(Elf64_Shdr), sections[i]);
  return file;
}

}  // namespace memmap::test
