#include "view/families.h"

namespace memmap {
namespace {

Family uncounted_family(Kind kind) {
  switch (kind) {
    case Kind::mapping:  // never drawn: it has no bytes of its own
    case Kind::unknown:
      return Family::unknown;
    case Kind::heap_arena:
      return Family::heap;
    case Kind::arena_reserve:
    case Kind::page_summary:
    case Kind::scavenge_index_reserve:
    case Kind::malloc_reserve:
    case Kind::thread_guard:
    case Kind::race_shadow:
      return Family::reserved;
    case Kind::elf_image:
    case Kind::text:
    case Kind::rodata:
    case Kind::data:
    case Kind::bss:
    case Kind::loader_data:
      return Family::program;
    case Kind::main_stack:
    case Kind::thread_stack:
    case Kind::malloc_arena:
    case Kind::malloc_chunk:
    case Kind::malloc_mmap:
    case Kind::malloc_top:
    case Kind::tls:
      return Family::native;
    case Kind::vdso:
    case Kind::vvar:
    case Kind::vsyscall:
    case Kind::uprobe_page:
    case Kind::file_mapping:
    case Kind::shared_memory:
    case Kind::anonymous_user:
      return Family::other;
    default:
      return Family::metadata;
  }
}

}  // namespace

Family family_of(Kind kind) {
  switch (info(kind).counter) {
    case Counter::none:
      return uncounted_family(kind);
    case Counter::heap_inuse:
      return Family::heap;
    case Counter::heap_free:
      return Family::heap_free;
    case Counter::heap_released:
      return Family::released;
    case Counter::stacks_inuse:
    case Counter::stacks_sys:
      return Family::stacks;
    default:
      return Family::metadata;
  }
}

}  // namespace memmap
