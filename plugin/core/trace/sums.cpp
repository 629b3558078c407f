#include "trace/sums.h"

#include <sys/mman.h>

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "trace/lines.h"

namespace memmap::trace {
namespace {

constexpr std::uint64_t kTimeSlices = 10;

class Adder {
 public:
  Adder(const Log& log, const Operations& wanted, SumBy by)
      : log_(log), wanted_(wanted), by_(by), sites_(log) {
    for (Sequence sequence = 1; sequence <= log.size(); ++sequence)
      last_ = std::max(last_, log.event(sequence).nanoseconds);
  }

  std::vector<Sum> run() {
    find_sizes();
    for (Sequence sequence = 1; sequence <= log_.size(); ++sequence)
      if (counts(log_.event(sequence))) add(sequence);
    if (by_ != SumBy::time)
      std::ranges::stable_sort(sums_, [](const Sum& a, const Sum& b) {
        return a.taken + a.reserved + a.given_back > b.taken + b.reserved + b.given_back;
      });
    return std::move(sums_);
  }

 private:
  // A function whose size is not known is as large as what was done inside it.
  void find_sizes() {
    sizes_.resize(log_.size() + 1, kNoSize);
    for (auto sequence = static_cast<Sequence>(log_.size()); sequence != 0; --sequence) {
      const Event& event = log_.event(sequence);
      if (event.size != kNoSize) sizes_[sequence] = event.size;
      if (sizes_[event.parent] == kNoSize) sizes_[event.parent] = sizes_[sequence];
    }
  }

  bool counts(const Event& event) const {
    if (!has(wanted_, event.operation) || event.error != 0) return false;
    if (by_ == SumBy::operation) return true;
    for (Sequence outer = event.parent; outer != 0; outer = log_.event(outer).parent)
      if (has(wanted_, log_.event(outer).operation)) return false;
    return true;
  }

  void add(Sequence sequence) {
    const Event& event = log_.event(sequence);
    Sum& sum = sum_for(event);
    ++sum.count;
    const std::uint64_t size = sizes_[sequence] == kNoSize ? 0 : sizes_[sequence];
    switch (effect_of(event)) {
      case Effect::reserve: sum.reserved += size; break;
      case Effect::make:
      case Effect::carve: sum.taken += size; break;
      case Effect::free: sum.given_back += size; break;
      case Effect::none: break;
    }
  }

  std::string label(const Event& event) {
    switch (by_) {
      case SumBy::operation: return std::string(info(event.operation).id);
      case SumBy::counter: {
        const std::string_view counter = name(event.charge);
        if (!counter.empty()) return std::string(counter);
        return event.charge == Charge::none ? "in no counter" : "counter not known";
      }
      case SumBy::site: {
        std::string site = site_text(log_, event.stack, sites_.of(event.stack));
        return site.empty() ? "no stack" : site;
      }
      case SumBy::kind: return std::string(memmap::info(event.kind).id);
      case SumBy::time: {
        const std::uint64_t slice = last_ / kTimeSlices + 1;
        const auto begin = static_cast<double>(event.nanoseconds / slice * slice) / 1e9;
        return fmt::format("{:.6f} – {:.6f}", begin, begin + static_cast<double>(slice) / 1e9);
      }
    }
    return {};
  }

  Sum& sum_for(const Event& event) {
    const auto [at, is_new] = index_.try_emplace(label(event), sums_.size());
    if (is_new) sums_.push_back({at->first, 0, 0, 0, 0});
    return sums_[at->second];
  }

  const Log& log_;
  const Operations& wanted_;
  SumBy by_;
  CallSites sites_;
  std::uint64_t last_ = 0;
  std::vector<std::uint64_t> sizes_;  // by sequence
  std::vector<Sum> sums_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

Effect effect_of(const Event& event) {
  const bool reserves = event.operation == Operation::mmap && event.protection == PROT_NONE;
  return reserves ? Effect::reserve : info(event.operation).effect;
}

std::vector<Sum> sums(const Log& log, const Operations& wanted, SumBy by) {
  return Adder(log, wanted, by).run();
}

}  // namespace memmap::trace
