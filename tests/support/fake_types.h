// The struct layouts of an imaginary Go runtime: every field of fields.def that the release has,
// one after the other, with the widths that matter.
#pragma once

#include <cstdint>
#include <string>

#include "go/layout/layout.h"
#include "support/literal_types.h"

namespace memmap::test {

using go::Field;
using go::Global;

inline constexpr int kTip = 99;

// Which releases have it; what is not listed is in all.
struct Lifetime {
  Field field;
  int first, last;
};
inline constexpr Lifetime kFieldLifetimes[] = {
    {Field::mheap_heap_arenas, 12, kTip},
    {Field::mheap_user_arena_arenas, 25, kTip},
    {Field::mheap_quarantine_list, 20, kTip},
    {Field::mheap_cur_arena_base, 13, kTip},
    {Field::mheap_cur_arena_end, 13, kTip},
    {Field::mheap_pages, 14, kTip},
    {Field::mheap_sweep_spans, 11, 15},
    {Field::mheap_weak_alloc, 23, kTip},
    {Field::mheap_spmc_alloc, 26, kTip},
    {Field::mheap_immortal_weak, 25, kTip},
    {Field::mheap_largealloc, 11, 15},
    {Field::mheap_nlargealloc, 11, 15},
    {Field::mheap_largefree, 11, 15},
    {Field::mheap_nlargefree, 11, 15},
    {Field::mheap_nsmallfree, 11, 15},
    {Field::linear_map_memory, 17, kTip},
    {Field::heap_arena_checkmarks, 16, kTip},
    {Field::mspan_count_before_cache, 19, kTip},
    {Field::mspan_npreleased, 11, 11},
    {Field::mspan_scavenged, 12, 13},
    {Field::mspan_user_arena_chunk, 20, kTip},
    {Field::page_alloc_scav_in_use, 15, 18},
    {Field::page_alloc_scav_chunks, 19, kTip},
    {Field::page_alloc_scav_min, 19, kTip},
    {Field::page_alloc_scav_max, 19, kTip},
    {Field::page_alloc_huge_pages, 21, kTip},
    {Field::fixalloc_nalloc, 18, kTip},
    {Field::mcentral_nmalloc, 11, 15},
    {Field::mcentral_partial, 15, kTip},
    {Field::mcentral_full, 15, kTip},
    {Field::block_pool_stack, 15, kTip},
    {Field::cleanups_all, 25, kTip},
    {Field::work_span_queues, 26, kTip},
    {Field::trace_full_head, 11, 21},
    {Field::trace_buf, 11, 21},
    {Field::trace_stack_mem, 11, 21},
    {Field::trace_full, 22, kTip},
    {Field::trace_cpu_buf, 22, kTip},
    {Field::trace_string_buf0, 22, kTip},
    {Field::trace_string_buf1, 22, kTip},
    {Field::trace_stack_tab, 22, kTip},
    {Field::trace_string_tab, 22, kTip},
    {Field::trace_type_tab, 22, kTip},
    {Field::trace_stack_mem0, 22, kTip},
    {Field::trace_string_mem0, 22, kTip},
    {Field::trace_type_mem0, 22, kTip},
    {Field::region_head, 22, 22},
    {Field::region_current, 23, kTip},
    {Field::region_full, 23, kTip},
    {Field::region_v1_next, 11, 21},
    {Field::p_tracebuf, 11, 21},
    {Field::m_trace_buf, 22, kTip},
    {Field::m_vgetrandom, 24, kTip},
    {Field::p_pcache, 14, kTip},
    {Field::p_mspan_cache_len, 14, kTip},
    {Field::p_gcw_ptr_buf, 25, kTip},
    {Field::mcache_largefree, 11, 15},
    {Field::mcache_nlargefree, 11, 15},
    {Field::mcache_nsmallfree, 11, 15},
    {Field::stats_heap_stats, 16, kTip},
    {Field::delta_in_ptr_scalar_bits, 16, 24},
    {Field::delta_tiny_alloc_count, 17, kTip},
    {Field::stats_heap_sys, 11, 18},
    {Field::stats_heap_idle, 11, 15},
    {Field::stats_heap_inuse, 11, 18},
    {Field::stats_heap_released, 11, 18},
    {Field::stats_stacks_inuse, 11, 18},
    {Field::stats_tinyallocs, 11, 16},
    {Field::stats_next_gc, 11, 16},
    {Field::controller_heap_in_use, 19, kTip},
    {Field::controller_heap_released, 19, kTip},
    {Field::controller_heap_free, 19, kTip},
    {Field::controller_mapped_ready, 19, kTip},
    {Field::controller_memory_limit, 19, kTip},
    {Field::controller_percent_goal, 19, kTip},
    {Field::controller_sweep_trigger, 19, kTip},
    {Field::controller_triggered, 19, kTip},
    {Field::controller_heap_marked, 19, kTip},
    {Field::controller_heap_goal, 17, 18},
};

struct TypeForm {
  const char* type;
  int first, last;
  std::uint64_t size;  // 0: as its fields need
};
inline constexpr TypeForm kTypeForms[] = {
    {"runtime.pageAlloc", 14, kTip, 0},
    {"runtime.addrRange", 14, kTip, 16},
    {"runtime.pallocData", 14, kTip, 128},
    {"runtime.pageCache", 14, kTip, 24},
    {"runtime.atomicScavChunkData", 21, kTip, 8},
    {"runtime.spanSet", 15, kTip, 0},
    {"runtime.spanSetBlock", 15, kTip, 4120},
    {"runtime.gcSweepBuf", 11, 15, 0},
    {"runtime.heapStatsDelta", 16, kTip, 0},
    {"runtime.cleanupBlock", 25, kTip, 512},
    {"runtime.immortalWeakHandle", 25, kTip, 0},
    {"runtime.spanSPMC", 26, kTip, 64},
    {"runtime.traceRegionAlloc", 22, kTip, 0},
    {"runtime.traceRegionAllocBlock", 22, kTip, 65536},
    {"&runtime.gcCleanups", 25, kTip, 0},
    {"&runtime.vgetrandomAlloc", 24, kTip, 0},
    {"runtime.mspan", 11, kTip, 160},
    {"runtime.finBlock", 11, kTip, 4096},
    {"runtime.gcBitsArena", 11, kTip, 65536},
    {"runtime.bucket", 11, kTip, 48},
    {"runtime.memRecord", 11, kTip, 128},
    {"runtime.blockRecord", 11, kTip, 16},
    {"runtime.traceBuf", 11, kTip, 65536},
    {"runtime.dloggerImpl", 13, kTip, 16400},
    {"runtime.persistentAlloc", 11, kTip, 16},
    {"runtime.stackfreelist", 11, kTip, 16},
    {"runtime.lfnode", 11, kTip, 16},
};

// Fields that are not one word: elements and their size.
struct FieldForm {
  Field field;
  std::uint32_t stride, count;
};
inline constexpr FieldForm kFieldForms[] = {
    {Field::mheap_allspans, 24, 1},
    {Field::mheap_sweepgen, 4, 1},
    {Field::mheap_heap_arenas, 24, 1},
    {Field::mheap_user_arena_arenas, 24, 1},
    {Field::mheap_pages, 66560, 1},
    {Field::mheap_central, 512, 136},
    {Field::central_mcentral, 512, 1},
    {Field::mheap_sweep_spans, 64, 2},
    {Field::mheap_spanalloc, 64, 1},
    {Field::mheap_cachealloc, 64, 1},
    {Field::mheap_weak_alloc, 64, 1},
    {Field::mheap_spmc_alloc, 64, 1},
    {Field::mheap_nsmallfree, 8, 68},
    {Field::mspan_state, 1, 1},
    {Field::mspan_nelems, 2, 1},
    {Field::mspan_alloc_count, 2, 1},
    {Field::mspan_count_before_cache, 2, 1},
    {Field::mspan_spanclass, 1, 1},
    {Field::mspan_sweepgen, 4, 1},
    {Field::mspan_scavenged, 1, 1},
    {Field::mspan_user_arena_chunk, 1, 1},
    {Field::special_kind, 1, 1},
    {Field::page_alloc_summary, 24, 5},
    {Field::page_alloc_chunks, 8, 8192},
    {Field::page_alloc_in_use, 24, 1},
    {Field::page_alloc_scav_in_use, 24, 1},
    {Field::page_alloc_scav_chunks, 24, 1},
    {Field::page_alloc_huge_pages, 1, 1},
    {Field::palloc_data_bits, 8, 8},
    {Field::palloc_data_scavenged, 8, 8},
    {Field::mcentral_partial, 64, 2},
    {Field::mcentral_full, 64, 2},
    {Field::spmc_cap, 4, 1},
    {Field::immortal_children, 8, 2},
    {Field::trace_full, 16, 2},
    {Field::trace_cpu_buf, 8, 2},
    {Field::trace_stack_tab, 64, 2},
    {Field::trace_string_tab, 64, 2},
    {Field::trace_type_tab, 64, 2},
    {Field::m_trace_buf, 16, 2},
    {Field::p_status, 4, 1},
    {Field::p_palloc, 16, 1},
    {Field::p_pcache, 24, 1},
    {Field::mcache_alloc, 8, 136},
    {Field::mcache_stackcache, 16, 4},
    {Field::mcache_nsmallfree, 8, 68},
    {Field::stats_heap_stats, 1280, 3},
    {Field::delta_small_alloc_count, 8, 68},
    {Field::delta_small_free_count, 8, 68},
    {Field::stats_numgc, 4, 1},
    {Field::stats_numforcedgc, 4, 1},
    {Field::vgetrandom_states, 24, 1},
};

// Fields that lie in another one of the same struct.
struct FieldInside {
  Field field;
  Field outer;
  std::uint32_t offset;
};
inline constexpr FieldInside kFieldsInside[] = {
    {Field::central_mcentral, Field::mheap_central, 0},
    {Field::trace_stack_mem0, Field::trace_stack_tab, 16},
    {Field::trace_string_mem0, Field::trace_string_tab, 16},
    {Field::trace_type_mem0, Field::trace_type_tab, 16},
};

}  // namespace memmap::test
