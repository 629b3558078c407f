#include "verbs/node_rows.h"

#include "view/node_facts.h"

namespace memmap {
namespace {

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::monostate()) : Cell(text); }

Cell bytes_or_null(std::optional<std::uint64_t> bytes) { return bytes ? Cell(Bytes{*bytes}) : Cell(std::monostate()); }

class NodeRows {
 public:
  NodeRows(const Analysis& analysis, const BirthView* births, RowSink& sink)
      : analysis_(analysis), births_(births), sink_(sink) {}

  bool row(const Node& node) {
    const NodeFacts facts = facts_of(analysis_, node);
    const Cell cells[] = {node.range.begin,
                          node.range.end,
                          Bytes{node.range.size()},
                          Bytes{node.self_bytes},
                          std::uint64_t{node.depth},
                          facts.level,
                          facts.kind,
                          text_or_null(facts.counter),
                          facts.confidence,
                          std::string_view(facts.source),
                          facts.whole,
                          std::string_view(facts.permissions),
                          text_or_null(facts.file),
                          bytes_or_null(facts.resident),
                          text_or_null(facts.detail),
                          births_ == nullptr ? Cell() : birth_.cell(*births_, facts.whole)};
    return sink_.row(std::span(cells).first(std::size(cells) - (births_ == nullptr ? 1 : 0)));
  }

 private:
  const Analysis& analysis_;
  const BirthView* births_;
  RowSink& sink_;
  BirthCell birth_;
};

}  // namespace

Table node_table(const Analysis& analysis, EachNode nodes, std::shared_ptr<const BirthView> births) {
  Table table;
  table.columns = {{"begin"}, {"end"},  {"size", true}, {"self", true},     {"depth", true},
                   {"level"}, {"kind"}, {"counter"},    {"confidence"},     {"source"},
                   {"whole"}, {"perm"}, {"file"},       {"resident", true}, {"detail"}};
  if (births != nullptr) table.columns.push_back({"birth"});
  table.rows = [&analysis, nodes = std::move(nodes), births = std::move(births)](RowSink& sink) {
    NodeRows rows(analysis, births.get(), sink);
    nodes([&](const Node& node) { return rows.row(node); });
  };
  return table;
}

}  // namespace memmap
