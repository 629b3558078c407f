// explain: one address, from the mapping that it lies in down to the slot, and what is known of it.
#include <fmt/format.h>

#include <algorithm>

#include "verbs/node_rows.h"
#include "verbs/verbs.h"
#include "view/detail.h"
#include "view/fold.h"
#include "view/naming.h"
#include "view/symbols.h"

namespace memmap {
namespace {

// An element of a heap span; it may hold an object or be free.
struct Element {
  AddressRange range;
  std::uint64_t index = 0;
  std::uint64_t count = 0;  // of the span
};

class Explanation {
 public:
  Explanation(const Analysis& analysis, Address address, const UnitFormat& units)
      : analysis_(analysis), address_(address), units_(units), path_(analysis.map.path_to(address)) {
    symbol_ = symbol_at(analysis, address);
    find_element();
    find_goroutine();
    if (path_.empty())
      say_unmapped();
    else
      say_mapped();
  }

  const std::vector<const Node*>& path() const { return path_; }
  const std::vector<std::string>& sentences() const { return sentences_; }
  std::vector<DocumentMember> members() const;

 private:
  Kind kind() const { return analysis_.map.claim(*path_.back()).kind; }
  void find_element();
  void find_goroutine();
  void say_mapped();
  void say_unmapped();
  std::string headline() const;
  std::string stack_sentence() const;
  std::string size(std::uint64_t bytes) const { return human(bytes, units_); }

  const Analysis& analysis_;
  Address address_;
  UnitFormat units_;
  std::vector<const Node*> path_;  // outermost first; empty where nothing is mapped
  std::optional<SymbolPlace> symbol_;
  std::optional<Element> element_;
  const StackRange* stack_ = nullptr;
  std::vector<std::string> sentences_;
};

void Explanation::find_element() {
  if (path_.empty() || kind() != Kind::heap_span) return;
  const Span* const span = span_of(analysis_.model, *path_.back());
  if (span == nullptr || span->elem_size == 0) return;
  const std::uint64_t index = (address_ - span->begin) / span->elem_size;
  if (index >= span->elem_count) return;
  const Address begin = span->begin + index * span->elem_size;
  element_ = {{begin, begin + span->elem_size}, index, span->elem_count};
}

void Explanation::find_goroutine() {
  if (path_.empty()) return;
  for (const StackRange& stack : analysis_.model.stacks)
    if (stack.use != StackRange::Use::free && stack.range.contains(address_)) stack_ = &stack;
}

std::string Explanation::headline() const {
  const Node& node = *path_.back();
  if (symbol_)
    return fmt::format("{} is {} + {} (of {} bytes), a symbol of {}", hex(address_), printable(symbol_->name),
                       grouped(symbol_->offset), grouped(symbol_->size), printable(base_name(symbol_->file)));
  const std::string thing = fmt::format("{} {}", thing_label(analysis_, node), hex(node.range));
  if (!element_) return fmt::format("{} is byte {} of {}", hex(address_), grouped(address_ - node.range.begin), thing);
  return fmt::format("{} is byte {} of slot {} (of {}, {} bytes each) in {} {}", hex(address_),
                     grouped(address_ - element_->range.begin), grouped(element_->index), grouped(element_->count),
                     grouped(element_->range.size()), info(kind()).shown, hex(node.range));
}

std::string Explanation::stack_sentence() const {
  const std::uint64_t below = stack_->range.end - address_;
  if (stack_->use == StackRange::Use::goroutine)
    return stack_->id == 0
               ? "on the stack of a goroutine that has ended"
               : fmt::format("on the stack of goroutine {}, {} bytes below its top", stack_->id, grouped(below));
  return fmt::format("on a stack that the runtime itself runs on, of thread {}, {} bytes below its top", stack_->id,
                     grouped(below));
}

void Explanation::say_mapped() {
  sentences_.push_back(headline());
  if (element_)
    sentences_.push_back(fmt::format("the span holds {}", detail_of(analysis_.model, analysis_.map, *path_.back())));
  if (stack_ != nullptr) sentences_.push_back(stack_sentence());
  for (std::size_t i = path_.size(); i-- > 0;) {
    const Node& node = *path_[i];
    const bool told = i + 1 == path_.size() && !symbol_;
    if (node.depth != 0 && !told)
      sentences_.push_back(
          fmt::format("in {} {}, {}", thing_label(analysis_, node), hex(node.range), size(node.range.size())));
  }
  const Mapping& mapping = analysis_.target.mappings[path_.front()->mapping];
  sentences_.push_back(fmt::format("in the mapping {} {}{}, {}", hex(mapping.range), permission_letters(mapping),
                                   mapping_label(mapping), size(mapping.range.size())));
  if (kind() == Kind::unknown) {
    sentences_.push_back("nothing that memmap has read explains it");
    return;
  }
  const std::string_view counter = name(info(kind()).counter);
  sentences_.push_back(counter.empty() ? "charged to no counter of the runtime"
                                       : fmt::format("charged to {}", counter));
}

void Explanation::say_unmapped() {
  sentences_.push_back(fmt::format("{} is not mapped", hex(address_)));
  const std::vector<Mapping>& all = analysis_.target.mappings;
  const auto above = std::upper_bound(all.begin(), all.end(), address_,
                                      [](Address a, const Mapping& mapping) { return a < mapping.range.begin; });
  const auto say = [&](const Mapping& mapping, std::string_view how, std::uint64_t bytes) {
    sentences_.push_back(fmt::format("{} bytes {}: {} {}{}", grouped(bytes), how, hex(mapping.range),
                                     permission_letters(mapping), mapping_label(mapping)));
  };
  if (above != all.begin())
    say(*std::prev(above), "above the end of the mapping below it", address_ - std::prev(above)->range.end);
  if (above != all.end()) say(*above, "below the mapping above it", above->range.begin - address_);
}

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::monostate()) : Cell(text); }

std::vector<DocumentMember> Explanation::members() const {
  std::vector<DocumentMember> members;
  members.push_back({"address", Cell(address_)});
  members.push_back({"sentences", sentences_});
  if (element_)
    members.push_back({"object", std::vector<Member>{{"begin", element_->range.begin},
                                                     {"end", element_->range.end},
                                                     {"size", Bytes{element_->range.size()}},
                                                     {"index", element_->index},
                                                     {"count", element_->count}}});
  else
    members.push_back({"object", Cell()});
  if (symbol_)
    members.push_back({"symbol", std::vector<Member>{{"name", std::string_view(symbol_->name)},
                                                     {"offset", Bytes{symbol_->offset}},
                                                     {"size", Bytes{symbol_->size}},
                                                     {"file", text_or_null(symbol_->file)}}});
  else
    members.push_back({"symbol", Cell()});
  const bool goroutine = stack_ != nullptr && stack_->use == StackRange::Use::goroutine && stack_->id != 0;
  members.push_back({"goroutine", goroutine ? Cell(stack_->id) : Cell()});
  return members;
}

Table path_screen(const Analysis& analysis, std::shared_ptr<const Explanation> about) {
  Table table;
  table.columns = screen_columns();
  table.rows = [&analysis, about](RowSink& sink) {
    for (const Node* node : about->path())
      if (!emit(view_of(analysis, *node, node->depth), sink)) return;
  };
  return table;
}

}  // namespace

Report run_explain(const Question& question) {
  const Analysis& analysis = *question.analysis;
  Report report = begin_report("explain", question);
  const auto about = std::make_shared<const Explanation>(analysis, question.command.address.value(), report.units);
  report.members = about->members();
  report.owner = about;
  Table path = node_table(analysis, [about](const auto& row) {
    for (const Node* node : about->path())
      if (!row(*node)) return;
  });
  path.name = "path";
  report.tables.push_back(std::move(path));

  report.say(title(analysis), Tone::strong);
  report.say("");
  for (const std::string& sentence : about->sentences()) {
    const bool first = &sentence == &about->sentences().front();
    report.say(fmt::format("{}{}", first ? "" : "  ", printable(sentence)), first ? Tone::strong : Tone::plain);
  }
  if (about->path().empty()) return report;
  report.say("");
  report.show(path_screen(analysis, about));
  return report;
}

}  // namespace memmap
