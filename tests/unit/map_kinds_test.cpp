// Ids of kinds and names of counters are what scripts depend on: they stay as they are.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "map/claim.h"
#include "map/kind.h"
#include "support/catch.h"

namespace memmap {
namespace {

constexpr std::string_view kIds[] = {"mapping",
                                     "heap_arena",
                                     "heap_index",
                                     "heap_arena_struct",
                                     "heap_span",
                                     "free_pages",
                                     "released_pages",
                                     "arena_reserve",
                                     "arena_padding",
                                     "user_arena_chunk",
                                     "stack_span",
                                     "goroutine_stack",
                                     "free_stack",
                                     "system_stack",
                                     "signal_stack",
                                     "system_goroutine_stack",
                                     "workbuf_span",
                                     "page_summary",
                                     "page_alloc",
                                     "page_alloc_index",
                                     "scavenge_index_reserve",
                                     "scavenge_index",
                                     "persistent_chunk",
                                     "mspan_pool",
                                     "mcache_pool",
                                     "weak_special_pool",
                                     "spmc_pool",
                                     "arena_list",
                                     "in_use_ranges",
                                     "scavenge_ranges",
                                     "span_set_spine",
                                     "span_set_block",
                                     "sweep_buffer",
                                     "finalizer_block",
                                     "cleanup_block",
                                     "pointer_mask",
                                     "profile_bucket",
                                     "gc_pointer_buffer",
                                     "weak_handle",
                                     "checkmarks",
                                     "persistent_free",
                                     "persistent_other",
                                     "allspans",
                                     "gc_bits_arena",
                                     "profile_table",
                                     "trace_buffer",
                                     "trace_arena",
                                     "gc_span_queue",
                                     "debug_log",
                                     "heap_dump",
                                     "vgetrandom_states",
                                     "page_rounding",
                                     "elf_image",
                                     "text",
                                     "rodata",
                                     "data",
                                     "bss",
                                     "loader_data",
                                     "main_stack",
                                     "malloc_arena",
                                     "malloc_chunk",
                                     "vdso",
                                     "vvar",
                                     "vsyscall",
                                     "uprobe_page",
                                     "file_mapping",
                                     "shared_memory",
                                     "anonymous_user",
                                     "unknown"};

}  // namespace

TEST_CASE("every kind has its id, once") {
  std::multiset<std::string_view> ids;
  for (const KindInfo& kind : kKinds) ids.insert(kind.id);
  for (const std::string_view id : kIds) {
    INFO(id);
    CHECK(ids.count(id) == 1);
  }
  CHECK(std::size(kKinds) == static_cast<std::size_t>(Kind::count_));
}

TEST_CASE("a kind is found by its id, and its row in the table is its own") {
  for (const KindInfo& kind : kKinds) {
    INFO(kind.id);
    CHECK(kind_named(kind.id) == kind.kind);
    CHECK(info(kind.kind).id == kind.id);
  }
  CHECK_FALSE(kind_named("heap span"));
  CHECK_FALSE(kind_named(""));
}

TEST_CASE("a kind is spelled like JSON, is shown once, and says what it is in one sentence") {
  std::set<std::string_view> shown;
  for (const KindInfo& kind : kKinds) {
    INFO(kind.id);
    CHECK(kind.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK_FALSE(kind.shown.empty());
    CHECK(shown.insert(kind.shown).second);
    REQUIRE_FALSE(kind.meaning.empty());
    CHECK(kind.meaning.back() != '.');
  }
}

TEST_CASE("counters have the runtime's names") {
  constexpr std::string_view kNames[] = {"",           "heap_inuse", "heap_free",  "heap_released", "stacks_inuse",
                                         "stacks_sys", "mspan_sys",  "mcache_sys", "buckhash_sys",  "gc_misc_sys",
                                         "other_sys"};
  REQUIRE(std::size(kNames) == static_cast<std::size_t>(Counter::count_));
  for (std::size_t i = 0; i < std::size(kNames); ++i) CHECK(name(static_cast<Counter>(i)) == kNames[i]);
  CHECK(name(Counter::none).empty());
  CHECK(name(Counter::gc_misc_sys) == "gc_misc_sys");
}

TEST_CASE("what a container leaves is charged like the container, and is none itself") {
  std::set<std::string_view> containers;
  for (const KindInfo& kind : kKinds) {
    const std::optional<Kind> leftover = kind.leftover;
    if (!leftover) continue;
    containers.insert(kind.id);
    CHECK(info(*leftover).counter == kind.counter);
    CHECK_FALSE(info(*leftover).leftover);
  }
  CHECK(containers ==
        std::set<std::string_view>{"heap_arena", "elf_image", "malloc_arena", "mapping", "persistent_chunk"});
}

TEST_CASE("a source says where the knowledge comes from") {
  CHECK(describe({Path::arenas, 5132}) == "mheap_.arenas[0][5132]");
  CHECK(describe({Path::mapping, 7}) == "the kernel's list of mappings");
}

}  // namespace memmap
