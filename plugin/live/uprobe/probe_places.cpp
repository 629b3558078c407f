#include "live/uprobe/probe_places.h"

#include <Zydis/Zydis.h>

#include <elf.h>

namespace memmap {
namespace {

using trace::Convention;
using Where = ProbePlace::Where;

struct Instruction {
  std::uint64_t address = 0;
  ZydisMnemonic mnemonic = ZYDIS_MNEMONIC_INVALID;
  ZydisInstructionCategory category = ZYDIS_CATEGORY_INVALID;
};

std::span<const std::byte> code_of(const ElfFile& file, const FunctionRange& function) {
  const std::optional<std::uint64_t> offset = file_offset(file, function.begin);
  if (!offset) return {};
  return file.bytes(*offset, function.end - function.begin);
}

// Empty where something is no instruction.
std::vector<Instruction> instructions_of(const ElfFile& file, const FunctionRange& function) {
  std::span<const std::byte> code = code_of(file, function);
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  std::vector<Instruction> instructions;
  std::uint64_t address = function.begin;
  while (!code.empty()) {
    ZydisDecodedInstruction one;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, nullptr, code.data(), code.size(), &one))) return {};
    instructions.push_back({address, one.mnemonic, one.meta.category});
    address += one.length;
    code = code.subspan(one.length);
  }
  return instructions;
}

// The prologue is "cmp stack bound; jbe morestack" where there is a check, then "push rbp" (1.21
// and newer) or "sub rsp" (older); a function without a frame has none of them.
ProbePlace entry_of(std::span<const Instruction> code) {
  constexpr std::size_t kLongest = 6;
  std::size_t check = 0;
  for (std::size_t i = 0; i < code.size() && i < kLongest; ++i) {
    if (code[i].mnemonic == ZYDIS_MNEMONIC_PUSH) return {.where = Where::entry, .address = code[i].address};
    if (code[i].mnemonic == ZYDIS_MNEMONIC_SUB) break;
    if (code[i].mnemonic == ZYDIS_MNEMONIC_JBE) check = i;
  }
  const Where where = check == 0 ? Where::entry : Where::checked_entry;
  return {.where = where, .address = code[check].address};
}

}  // namespace

std::optional<std::uint64_t> file_offset(const ElfFile& file, std::uint64_t address) {
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_LOAD && address >= segment.address && address - segment.address < segment.file_size)
      return address - segment.address + segment.offset;
  return std::nullopt;
}

std::vector<ProbePlace> probe_places(const CodeSymbols& symbols,
                                     std::span<const trace::TracedFunction* const> functions) {
  // Go has passed arguments in registers since its assembly is told apart by name.
  const FunctionRange* const assembly = symbols.function_named("runtime.madvise");
  const bool in_registers = assembly != nullptr && assembly->assembly;
  std::vector<ProbePlace> places;
  for (const trace::TracedFunction* function : functions) {
    const FunctionRange* const range = symbols.function_named(function->name);
    if (range == nullptr) continue;
    const std::vector<Instruction> code = instructions_of(symbols.file(), *range);
    if (code.empty()) continue;
    ProbePlace place = entry_of(code);
    place.function = function;
    place.convention = in_registers && !range->assembly ? Convention::registers : Convention::stack;
    places.push_back(place);
    place.where = Where::ret;
    for (const Instruction& one : code) {
      if (one.category != ZYDIS_CATEGORY_RET) continue;
      place.address = one.address;
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace memmap
