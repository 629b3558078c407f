// export html: the data of one target, or of two, for the page in export/page.
#include <fmt/format.h>

#include "export/page.h"
#include "report/json.h"
#include "verbs/export/exports.h"
#include "view/detail.h"
#include "view/families.h"
#include "view/naming.h"
#include "view/select.h"

namespace memmap {
namespace {

class Collected : public Output {
 public:
  bool write(std::string_view piece) override {
    text += piece;
    return true;
  }
  std::string text;
};

std::string json_of(const Report& report) {
  Collected out;
  Writer writer(out, nullptr, false);
  render_json(report, {}, writer);
  writer.flush();
  return std::move(out.text);
}

// "[a,b]", each item by `append`.
std::string list_of(const auto& items, auto&& append) {
  std::string list = "[";
  for (const auto& item : items) {
    if (list.size() > 1) list += ',';
    append(list, item);
  }
  return list + ']';
}

std::string families_json() {
  return list_of(kFamilies, [](std::string& out, const FamilyInfo& family) {
    out += fmt::format(R"({{"shown":"{}","light":"{}","dark":"{}"}})", family.shown, family.light, family.dark);
  });
}

std::string family_numbers() {
  return list_of(kKinds, [](std::string& out, const KindInfo& kind) {
    append_decimal(out, static_cast<std::uint64_t>(family_of(kind.kind)));
  });
}

std::string sources_json() {
  static constexpr Path kPaths[] = {
#define SOURCE(id, format) Path::id,
#include "map/sources.def"
#undef SOURCE
  };
  return list_of(kPaths, [](std::string& out, Path path) { append_json_string(out, how_we_know_all(path)); });
}

NodeColumns columns_of(const Analysis& analysis) {
  const std::span<const Node> nodes = analysis.map.nodes();
  NodeColumns columns(nodes.size());
  Address before;
  for (const Node& node : nodes) {
    const Claim& claim = analysis.map.claim(node);
    const std::optional<std::uint64_t> resident = resident_bytes(analysis, node);
    NodeColumns::Row row;
    row.begin = static_cast<double>(node.depth == 0 ? node.range.begin.value() : node.range.begin - before);
    row.size = static_cast<double>(node.range.size());
    if (resident) row.resident = static_cast<double>(*resident);
    row.detail = columns.text_number(node.depth == 0 ? std::string() : detail_of(analysis.model, analysis.map, node));
    row.index = claim.index;
    row.kind = static_cast<std::uint8_t>(claim.kind);
    row.depth = node.depth;
    row.path = static_cast<std::uint8_t>(claim.path);
    row.confidence = static_cast<std::uint8_t>(claim.confidence);
    columns.add(row);
    before = node.range.begin;
  }
  return columns;
}

std::string target_json(const Question& about) {
  const Analysis& analysis = *about.analysis;
  std::string out = R"({"title":)";
  append_json_string(out, title(analysis));
  out += fmt::format(R"(,"node_count":{},"mappings":)", analysis.map.nodes().size());
  out += list_of(analysis.target.mappings,
                 [](std::string& list, const Mapping& mapping) { append_json_string(list, mapping_words(mapping)); });
  out += R"(,"accessible":)";
  out += list_of(analysis.target.mappings,
                 [](std::string& list, const Mapping& mapping) { list += mapping.permissions.none() ? '0' : '1'; });
  out += ",\"summary\":" + json_of(run_summary(about));
  out += ",\"reconcile\":" + json_of(run_reconcile(about)) + '}';
  return out;
}

}  // namespace

void export_html(const Question& question, Writer& writer) {
  Page page;
  page.title = "memmap: " + title(*question.analysis);
  std::string targets;
  for (const Analysis* analysis : {question.analysis, question.other}) {
    if (analysis == nullptr) continue;
    const Question about{analysis, question.command, question.debugger};
    targets += (targets.empty() ? "" : ",") + target_json(about);
    page.columns.push_back(columns_of(*analysis).bytes());
    if (!writer.go_on()) return;
  }
  page.facts = fmt::format(R"({{"families":{},"family_of":{},"sources":{},"glossary":{},"targets":[{}]}})",
                           families_json(), family_numbers(), sources_json(), json_of(run_kinds(question)), targets);
  write_page(page, writer);
}

}  // namespace memmap
