// A value, or the reason there is none. Bad target data is a normal answer, not an exception.
#pragma once

#include <tl/expected.hpp>

#include "base/address.h"

namespace memmap {

enum class FaultCode : std::uint8_t {
  unreadable,   // the target has no bytes there
  implausible,  // the bytes are there and cannot be right
  not_found,    // no such symbol, section or field in this target
  unsupported,  // understood, and not something memmap handles
};

// Small and free of allocation: walking a damaged heap makes millions of these.
struct Fault {
  FaultCode code;
  const char* what;  // static text, a noun: "mspan.npages", "moduledata"
  Address where{};
};

template <class T>
using Result = tl::expected<T, Fault>;

inline tl::unexpected<Fault> fault(FaultCode code, const char* what, Address where = {}) {
  return tl::unexpected<Fault>(Fault{code, what, where});
}

}  // namespace memmap
