#include "go/layout/constants.h"

#include "go/layout/spellings.h"

namespace memmap::go {
namespace {

struct ConstantSpec {
  std::int64_t fallback;
  const char* what;
  Spellings spellings;
};

constexpr ConstantSpec kConstants[] = {
#define CONSTANT(id, fallback, ...) {fallback, MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/constants.def"
#undef CONSTANT
};

}  // namespace

Constants::Constants() {
  for (std::size_t i = 0; i < entries_.size(); ++i) entries_[i].value = kConstants[i].fallback;
}

Constants Constants::bind(const TypeTable& types, Findings& findings) {
  Constants constants;
  for (std::size_t i = 0; i < constants.entries_.size(); ++i) {
    const auto value = first_known(kConstants[i].spellings, [&](const char* name) { return types.constant(name); });
    if (value) {
      constants.entries_[i] = {*value, true};
    } else {
      findings.add(Severity::note, {FaultCode::not_found, kConstants[i].what, {}});
    }
  }
  return constants;
}

}  // namespace memmap::go
