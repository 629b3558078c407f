// One line of the annotate screen: its columns, and the line for a single node.
#include <fmt/format.h>

#include "view/detail.h"
#include "view/fold.h"
#include "view/naming.h"
#include "view/select.h"

namespace memmap {

std::string permission_letters(const Mapping& mapping) {
  const Permissions& may = mapping.permissions;
  return {may.read ? 'r' : '-', may.write ? 'w' : '-', may.execute ? 'x' : '-', mapping.shared ? 's' : 'p'};
}

std::vector<Column> screen_columns() {
  return {{"START-END"},
          {.name = "SIZE", .right_aligned = true, .gap = 1},
          {.name = "RESIDENT", .right_aligned = true, .gap = 1},
          {.name = "PERM", .gap = 1},
          {.name = "WHAT", .elastic = true},
          {"COUNTER"},
          {.name = "HOW WE KNOW", .elastic = true, .gap = 1}};
}

bool emit(const ViewRow& row, RowSink& sink) {
  const auto text = [](std::string_view shown) { return shown.empty() ? Cell(Hidden()) : Cell(shown); };
  const Cell resident = row.resident ? Cell(Bytes{*row.resident}) : Cell(std::monostate());
  const Cell place = row.label.empty() ? Cell(row.range) : Cell(std::string_view(row.label));
  const Cell cells[] = {place,
                        Bytes{row.size},
                        resident,
                        text(row.permissions),
                        text(row.what),
                        row.note ? Cell(Hidden()) : text(row.counter),
                        row.note ? Cell(Hidden()) : text(row.how)};
  return sink.row(cells, row.depth, row.tone);
}

ViewRow view_of(const Analysis& analysis, const Node& node, unsigned depth) {
  const Claim& claim = analysis.map.claim(node);
  const Mapping& mapping = analysis.target.mappings[node.mapping];
  ViewRow row;
  row.range = node.range;
  row.size = node.range.size();
  row.resident = resident_bytes(analysis, node);
  row.depth = depth;
  row.permissions = short_permissions(mapping);
  if (claim.kind == Kind::mapping) {
    row.what = fmt::format("mapping{}", mapping_label(mapping));
    row.tone = Tone::strong;
    return row;
  }
  if (claim.kind == Kind::unknown) {
    row.what = fmt::format("unknown{}", mapping_label(mapping));
    row.tone = Tone::warn;
    return row;
  }
  row.what = thing_label(analysis, node);
  row.counter = counter_label(claim.kind);
  row.how = how_we_know(claim.source());
  if (mapping.permissions.none()) row.tone = Tone::dim;
  return row;
}

}  // namespace memmap
