// The requests for memory that a trace tells apart.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

namespace memmap::trace {

enum class Operation : std::uint8_t {
#define OPERATION(id, level, effect) id,
#include "trace/operations.def"
#undef OPERATION
  count_,
};

enum class CallLevel : std::uint8_t { function, system_call };
enum class Effect : std::uint8_t { none, reserve, make, carve, free };

struct OperationInfo {
  std::string_view id;  // as interface and JSON spell it
  CallLevel level;
  Effect effect;
};

inline constexpr OperationInfo kOperations[] = {
#define OPERATION(id, level, effect) {#id, CallLevel::level, Effect::effect},
#include "trace/operations.def"
#undef OPERATION
};

constexpr const OperationInfo& info(Operation operation) { return kOperations[static_cast<std::size_t>(operation)]; }
std::optional<Operation> operation_named(std::string_view id);

using Operations = std::bitset<static_cast<std::size_t>(Operation::count_)>;
inline bool has(const Operations& set, Operation operation) { return set[static_cast<std::size_t>(operation)]; }

}  // namespace memmap::trace
