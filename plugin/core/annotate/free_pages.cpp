// Runtime pages in no span.
#include "annotate/annotate.h"

namespace memmap {
namespace {

Kind kind_of(FreeRun::State state) {
  switch (state) {
    case FreeRun::State::free:
      return Kind::free_pages;
    case FreeRun::State::released:
      return Kind::released_pages;
    case FreeRun::State::padding:
      return Kind::arena_padding;
  }
  return Kind::unknown;
}

Path path_of(FreeRun::Origin origin) {
  switch (origin) {
    case FreeRun::Origin::page_bits:
      return Path::page_bits;
    case FreeRun::Origin::page_cache:
      return Path::page_cache;
    case FreeRun::Origin::cur_arena:
      return Path::cur_arena;
    case FreeRun::Origin::free_span:
      return Path::allspans;
    case FreeRun::Origin::gap:
      return Path::leftover;
  }
  return Path::leftover;
}

}  // namespace

void annotate_free_pages(const Model& model, std::vector<Claim>& claims) {
  std::uint32_t number = 0;
  for (const FreeRun& run : model.free_runs) {
    const bool indexed = run.origin == FreeRun::Origin::page_cache || run.origin == FreeRun::Origin::free_span;
    const Confidence confidence = run.origin == FreeRun::Origin::gap ? Confidence::derived : Confidence::exact;
    claims.push_back(
        {run.range, indexed ? run.index : number, path_of(run.origin), kind_of(run.state), Level::block, confidence});
    ++number;
  }
}

}  // namespace memmap
