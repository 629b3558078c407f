// Everything that is known about one stopped target, as plain values: what verbs answer from.
#pragma once

#include "base/findings.h"
#include "ledger/ledger.h"
#include "map/address_map.h"
#include "model/model.h"
#include "process/target.h"

namespace memmap {

struct Analysis {
  Target target;  // its memory is not read any more
  Model model;    // model.runtime says which Go
  AddressMap map;
  Ledger ledger;
  Findings findings;
};

}  // namespace memmap
