// Pieces of the runtime's metadata: each list as its row of pieces.def says.
#include "annotate/annotate.h"

namespace memmap {
namespace {

struct PieceClaim {
  PieceId id;
  Kind kind;
  Path path;
  Confidence confidence;
  PiecePlace place;
};

constexpr PieceClaim kClaims[] = {
#define PIECE(id, kind, source, confidence, place) \
  {PieceId::id, Kind::kind, Path::source, Confidence::confidence, PiecePlace::place},
#include "model/pieces.def"
#undef PIECE
};

// Inside of what is claimed as a region.
bool lies_inside(PiecePlace place) { return place == PiecePlace::mapped_part || place == PiecePlace::in_chunk; }

}  // namespace

void annotate_pieces(const Model& model, std::vector<Claim>& claims) {
  for (const PieceClaim& as : kClaims) {
    const Level level = lies_inside(as.place) ? Level::block : Level::region;
    for (const Piece& piece : model.pieces[as.id]) {
      const Claim claim{piece.range, piece.index, as.path, as.kind, level, as.confidence};
      if (as.place == PiecePlace::own_pages)
        claim_rounded(model, claim, claims);
      else if (!piece.range.empty())
        claims.push_back(claim);
    }
  }
}

}  // namespace memmap
