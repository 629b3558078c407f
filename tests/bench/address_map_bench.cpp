// Cost of resolve for a heap of 4 GiB with 400,000 spans. Each iteration gets its own copy of
// the claims, as from the annotators; the copy is not timed.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "map/address_map.h"

namespace memmap {
namespace {

constexpr std::uint64_t kArena = std::uint64_t{64} << 20;
constexpr std::uint64_t kArenas = 64;
constexpr std::uint64_t kSpans = 400000;
constexpr std::uint64_t kPage = 8192;
constexpr Address kHeap{0xc000000000};

Claim claim(Address begin, std::uint64_t size, Kind kind, Level level, Path path, std::uint64_t index) {
  return {{begin, begin + size}, static_cast<std::uint32_t>(index), path, kind, level, Confidence::exact};
}

// In the order of annotators: arenas, spans, free pages, stacks. Each run is in address order.
std::vector<Claim> heap_claims() {
  std::vector<Claim> claims;
  for (std::uint64_t i = 0; i < kArenas; ++i)
    claims.push_back(claim(kHeap + i * kArena, kArena, Kind::heap_arena, Level::region, Path::arenas, i));
  for (std::uint64_t i = 0; i < kSpans; ++i)
    claims.push_back(claim(kHeap + i * kPage, kPage, i % 40 == 0 ? Kind::stack_span : Kind::heap_span, Level::block,
                           Path::allspans, i));
  for (std::uint64_t i = 0; i < 1000; ++i)
    claims.push_back(
        claim(kHeap + (kSpans + 2 * i) * kPage, kPage, Kind::free_pages, Level::block, Path::page_bits, i));
  for (std::uint64_t i = 0; i < 10000; ++i)
    claims.push_back(claim(kHeap + i * 40 * kPage, 2048, Kind::goroutine_stack, Level::slot, Path::allgs, i));
  return claims;
}

std::vector<Mapping> heap_mappings() {
  std::vector<Mapping> mappings(kArenas / 2);  // the kernel joins arenas
  for (std::uint64_t i = 0; i < mappings.size(); ++i)
    mappings[i].range = {kHeap + 2 * i * kArena, kHeap + 2 * (i + 1) * kArena};
  return mappings;
}

void resolve(benchmark::State& state, const std::vector<Claim>& claims) {
  const std::vector<Mapping> mappings = heap_mappings();
  std::size_t nodes = 0;
  for (auto unused : state) {
    (void)unused;
    state.PauseTiming();
    std::vector<Claim> mine = claims;
    Findings findings;
    state.ResumeTiming();
    AddressMap map = AddressMap::resolve(mappings, std::move(mine), findings);
    state.PauseTiming();
    nodes = map.nodes().size();
    map = {};
    state.ResumeTiming();
  }
  state.counters["claims"] = static_cast<double>(claims.size());
  state.counters["nodes"] = static_cast<double>(nodes);
}

void resolve_in_runs(benchmark::State& state) { resolve(state, heap_claims()); }

void resolve_shuffled(benchmark::State& state) {
  std::vector<Claim> claims = heap_claims();
  std::ranges::shuffle(claims, std::mt19937(1));
  resolve(state, claims);
}

// A guess as large as the heap under all spans: every one of them cuts it.
void resolve_over_a_guess(benchmark::State& state) {
  std::vector<Claim> claims = heap_claims();
  claims.push_back(claim(kHeap, kArenas * kArena, Kind::anonymous_user, Level::block, Path::native, 0));
  claims.back().confidence = Confidence::guessed;
  resolve(state, claims);
}

void path_to(benchmark::State& state) {
  Findings findings;
  const AddressMap map = AddressMap::resolve(heap_mappings(), heap_claims(), findings);
  std::mt19937_64 random(1);
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(map.path_to(kHeap + random() % (kArenas * kArena)));
  }
}

BENCHMARK(resolve_in_runs)->Unit(benchmark::kMillisecond);
BENCHMARK(resolve_shuffled)->Unit(benchmark::kMillisecond);
BENCHMARK(resolve_over_a_guess)->Unit(benchmark::kMillisecond);
BENCHMARK(path_to)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace memmap
