#include "trace/sums.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include <fmt/format.h>

#include "trace/amounts.h"
#include "trace/lines.h"

namespace memmap::trace {
namespace {

constexpr std::uint64_t kTimeSlices = 10;

class Adder {
 public:
  Adder(const Log& log, const Operations& wanted, SumBy by)
      : log_(log), wanted_(wanted), by_(by), sites_(log), amounts_(log, wanted) {
    for (Sequence sequence = 1; sequence <= log.size(); ++sequence) {
      first_ = std::min(first_, log.event(sequence).nanoseconds);
      last_ = std::max(last_, log.event(sequence).nanoseconds);
    }
  }

  std::vector<Sum> run() {
    for (Sequence sequence = 1; sequence <= log_.size(); ++sequence) {
      const Event& event = log_.event(sequence);
      if (!has(wanted_, event.operation) || event.error != 0) continue;
      if ((by_ == SumBy::counter || by_ == SumBy::kind) && add_changes(event)) continue;
      if (by_ == SumBy::operation || amounts_.counts(sequence)) add(sequence);
    }
    add_live();
    if (by_ != SumBy::time)
      std::ranges::stable_sort(sums_, [](const Sum& a, const Sum& b) {
        return a.taken + a.reserved + a.given_back > b.taken + b.reserved + b.given_back;
      });
    return std::move(sums_);
  }

 private:
  void add(Sequence sequence) {
    const Event& event = log_.event(sequence);
    Sum& sum = sum_for(label(event));
    ++sum.count;
    const bool is_system_call = info(event.operation).level == CallLevel::system_call;
    const EventBytes bytes = by_ == SumBy::operation ? amounts_.of(sequence) : amounts_.counted(sequence);
    sum.reserved += bytes.reserved;
    if (is_system_call && (by_ == SumBy::counter || by_ == SumBy::kind)) return add_makers(sequence);
    sum.taken += bytes.taken;
    sum.given_back += bytes.given_back;
  }

  // To those whose memory it was.
  void add_makers(Sequence sequence) {
    for (const Births::Change& change : amounts_.changes(sequence)) {
      Sum& sum = sum_for(label(log_.event(change.maker == 0 ? sequence : change.maker)));
      (change.bytes < 0 ? sum.given_back : sum.taken) += static_cast<std::uint64_t>(std::abs(change.bytes));
    }
  }

  // False where the event changes nothing by itself.
  bool add_changes(const Event& event) {
    const auto [change, other] = changes_of(event);
    // A piece of a chunk whose size is not known, or sysAlloc inside it has been charged.
    if (change.bytes == 0) return event.operation == Operation::persistentalloc && has(wanted_, Operation::sysAlloc);
    ++sum_for(label(change)).count;
    if (other.bytes != 0 && label(change) == label(other)) return true;
    for (const Change& one : {change, other}) {
      if (one.bytes == 0) continue;
      Sum& changed = sum_for(label(one));
      (one.bytes < 0 ? changed.given_back : changed.taken) += static_cast<std::uint64_t>(std::abs(one.bytes));
    }
    return true;
  }

  void add_live() {
    for (Sequence sequence = 1; sequence <= log_.size(); ++sequence)
      if (const std::uint64_t live = amounts_.live(sequence); live != 0)
        sum_for(label(log_.event(sequence))).live += live;
  }

  std::string label(const Change& change) const {
    return by_ == SumBy::counter ? label(change.charge) : std::string(memmap::info(change.kind).id);
  }

  static std::string label(Charge charge) {
    const std::string_view counter = name(charge);
    if (!counter.empty()) return std::string(counter);
    return charge == Charge::none ? "in no counter" : "counter not known";
  }

  std::string label(const Event& event) {
    switch (by_) {
      case SumBy::operation:
        return std::string(info(event.operation).id);
      case SumBy::counter:
        return label(event.charge);
      case SumBy::site: {
        std::string site = site_text(log_, event.stack, sites_.of(event.stack));
        return site.empty() ? "no stack" : site;
      }
      case SumBy::kind:
        return std::string(memmap::info(event.kind).id);
      case SumBy::time: {
        const std::uint64_t slice = (last_ - first_) / kTimeSlices + 1;
        const auto begin = static_cast<double>(first_ + (event.nanoseconds - first_) / slice * slice) / 1e9;
        return fmt::format("{:.6f} – {:.6f}", begin, begin + static_cast<double>(slice) / 1e9);
      }
    }
    return {};
  }

  Sum& sum_for(std::string label) {
    const auto [at, is_new] = index_.try_emplace(std::move(label), sums_.size());
    if (is_new) sums_.emplace_back().label = at->first;
    return sums_[at->second];
  }

  const Log& log_;
  const Operations& wanted_;
  SumBy by_;
  CallSites sites_;
  std::uint64_t first_ = ~std::uint64_t{0};
  std::uint64_t last_ = 0;
  Amounts amounts_;
  std::vector<Sum> sums_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

std::vector<Sum> sums(const Log& log, const Operations& wanted, SumBy by) { return Adder(log, wanted, by).run(); }

}  // namespace memmap::trace
