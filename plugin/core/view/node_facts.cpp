#include "view/node_facts.h"

#include "view/detail.h"
#include "view/fold.h"
#include "view/naming.h"
#include "view/select.h"

namespace memmap {

NodeFacts facts_of(const Analysis& analysis, const Node& node) {
  const Claim& claim = analysis.map.claim(node);
  const Mapping& mapping = analysis.target.mappings[node.mapping];
  return {.level = name(claim.level),
          .kind = info(claim.kind).id,
          .counter = name(info(claim.kind).counter),
          .confidence = name(claim.confidence),
          .source = describe(claim.source()),
          .whole = node.depth == 0 ? mapping.range : claim.range,
          .permissions = permission_letters(mapping),
          .file = file_of(analysis, node),
          .resident = resident_bytes(analysis, node),
          .detail = node.depth == 0 ? mapping.vma_name : detail_of(analysis.model, analysis.map, node)};
}

}  // namespace memmap
