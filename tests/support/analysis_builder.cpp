#include "support/analysis_builder.h"

namespace memmap::test {
namespace {

constexpr std::uint64_t kImage = 0x400000;
constexpr std::uint64_t kArena = 0xc000000000;
constexpr std::uint64_t kRuntime = 0x7ff171100000;
constexpr std::uint64_t kReserved = 0x7ff180000000;

void add_image(AnalysisBuilder& b) {
  const std::string file = "/srv/gopher/memdemo";
  b.mapping(kImage, 0x100000, "r-xp", 0xf0000, file)
      .mapping(kImage + 0x100000, 0x80000, "r--p", 0x40000, file)
      .mapping(kImage + 0x180000, 0x20000, "rw-p", 0x18000, file);
  ElfImageInMemory image;
  image.path = file;
  image.main_program = true;
  b.analysis().model.native.images.push_back(image);
  b.region(Kind::elf_image, kImage, 0x1a0000, Path::elf_image)
      .block(Kind::loader_data, kImage, 0x1000, Path::elf)
      .block(Kind::text, kImage + 0x1000, 0xff000, Path::elf)
      .block(Kind::rodata, kImage + 0x100000, 0x7f800, Path::elf)
      .block(Kind::page_rounding, kImage + 0x17f800, 0x800, Path::rounding)
      .block(Kind::data, kImage + 0x180000, 0x8000, Path::elf)
      .block(Kind::bss, kImage + 0x188000, 0x18000, Path::elf);
}

// 64 MiB: 2 MiB in use, 2 MiB free and released, the rest reserved.
void add_arena(AnalysisBuilder& b) {
  b.mapping(kArena, 2 * kMiB, "rw-p", 2 * kMiB)
      .mapping(kArena + 2 * kMiB, 2 * kMiB, "rw-p", 512 * kKiB)
      .mapping(kArena + 4 * kMiB, 60 * kMiB, "---p", 0);
  b.region(Kind::heap_arena, kArena, 64 * kMiB, Path::arenas, 0x3000);
  for (std::uint64_t i = 0; i < 240; ++i) {
    Span span;
    span.begin = Address(kArena + i * 8 * kKiB);
    span.npages = 1;
    span.elem_size = 16 + i % 5 * 16;
    span.elem_count = static_cast<std::uint32_t>(8192 / span.elem_size);
    span.alloc_count = span.elem_count - static_cast<std::uint32_t>(i % 7);
    span.span_class = static_cast<std::uint8_t>((i % 5 + 2) << 1 | (i & 1));
    b.span(span);
  }
  Span stacks;
  stacks.begin = Address(kArena + 240 * 8 * kKiB);
  stacks.npages = 16;
  stacks.use = SpanUse::stack;
  stacks.elem_size = 32 * kKiB;
  stacks.elem_count = 4;
  stacks.alloc_count = 3;
  b.span(stacks);
  for (const auto& [index, goid] : {std::pair(0u, 1u), {1u, 0u}, {2u, 17u}}) {
    const Address begin = stacks.begin + index * 32 * kKiB;
    b.slot(Kind::goroutine_stack, begin.value(), 32 * kKiB, Path::allgs, index);
    b.analysis().model.stacks.push_back({{begin, begin + 32 * kKiB}, goid, index, StackRange::Use::goroutine});
  }
  b.slot(Kind::free_stack, stacks.begin.value() + 96 * kKiB, 32 * kKiB, Path::free_stacks);
  b.block(Kind::free_pages, kArena + 2 * kMiB, 512 * kKiB, Path::page_bits)
      .block(Kind::released_pages, kArena + 2 * kMiB + 512 * kKiB, 1536 * kKiB, Path::page_bits)
      .block(Kind::arena_reserve, kArena + 4 * kMiB, 60 * kMiB, Path::cur_arena);
}

// One kernel mapping that holds two allocations; then two persistentalloc chunks side by side.
void add_metadata(AnalysisBuilder& b) {
  b.mapping(kRuntime, 33 * kMiB, "rw-p", 12 * kKiB);
  b.region(Kind::page_alloc_index, kRuntime, kMiB, Path::chunks, 8190)
      .region(Kind::heap_index, kRuntime + kMiB, 32 * kMiB, Path::heap_index);
  const std::uint64_t chunks = kRuntime + 40 * kMiB;
  b.mapping(chunks, 512 * kKiB, "rw-p", 300 * kKiB);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::uint64_t chunk = chunks + i * 256 * kKiB;
    b.region(Kind::persistent_chunk, chunk, 256 * kKiB, Path::persistent_chunks, i)
        .block(Kind::mspan_pool, chunk + 64, 16 * kKiB, Path::spanalloc, i)
        .block(Kind::profile_bucket, chunk + 64 + 16 * kKiB, 4096, Path::buckets, i);
  }
}

void add_reserved(AnalysisBuilder& b) {
  b.mapping(kReserved, 512 * kMiB, "---p", 0)
      .mapping(kReserved + 512 * kMiB, 8 * kKiB, "rw-p", 4 * kKiB)
      .mapping(kReserved + 512 * kMiB + 8 * kKiB, 64 * kMiB - 8 * kKiB, "---p", 0);
  b.region(Kind::page_summary, kReserved, 512 * kMiB, Path::summary, 4)
      .region(Kind::page_summary, kReserved + 512 * kMiB, 64 * kMiB, Path::summary, 3)
      .block(Kind::page_alloc, kReserved + 512 * kMiB, 8 * kKiB, Path::summary, 3);
}

void add_kernel_pieces(AnalysisBuilder& b) {
  b.mapping(0x7ffc00000000, 132 * kKiB, "rw-p", 16 * kKiB, "[stack]")
      .mapping(0x7ffc00100000, 16 * kKiB, "r--p", 0, "[vvar]")
      .mapping(0x7ffc00104000, 8 * kKiB, "r-xp", 4 * kKiB, "[vdso]");
  b.region(Kind::main_stack, 0x7ffc00000000, 132 * kKiB, Path::mapping)
      .region(Kind::vvar, 0x7ffc00100000, 16 * kKiB, Path::mapping)
      .region(Kind::vdso, 0x7ffc00104000, 8 * kKiB, Path::mapping);
}

void add_ledger(Ledger& ledger) {
  ledger.memstats = {{"HeapSys", 66'977'792, {}, 66'977'792, {{"heap spans", 66'977'792}}, ""},
                     {"GCSys",
                      1'089'536,
                      {},
                      1'085'440,
                      {{"page alloc index", 1'048'576},
                       {"page alloc", 36'000},
                       {"old arrays", 864, false},
                       {"in-use ranges", 512},
                       {"flush", 512, true, true}},
                      "64 bytes moved by the flush"},
                     {"NumGC", 7, {}, {}, {}, ""},
                     {"GCCPUFraction", {}, 0.25, {}, {}, ""}};
  ledger.classes = {{"/memory/classes/heap/free:bytes", 524'288, 524'288}, {"/memory/classes/other:bytes", 4096, {}}};
  ledger.equations = {
      {"VIRT", 704'581'632, {{"reserved", 666'894'336}, {"anonymous", 35'651'584}, {"files", 2'035'712}}},
      {"RSS", {}, {{"anonymous", 4096}}}};
}

}  // namespace

AnalysisBuilder small_process_builder() {
  AnalysisBuilder b;
  b.go("go1.27.4").probe("span_in_arena", 241, 241).probe("counters_positive", 12, 12);
  add_image(b);
  add_arena(b);
  add_metadata(b);
  add_reserved(b);
  add_kernel_pieces(b);
  add_ledger(b.analysis().ledger);
  return b;
}

std::unique_ptr<Analysis> small_process() { return small_process_builder().build(); }

}  // namespace memmap::test
