#include "lldb/lldb_address.h"

namespace memmap {
namespace {

std::optional<Address> register_value(lldb::SBFrame& frame, const std::string& word) {
  if (!word.starts_with('$')) return std::nullopt;
  lldb::SBValue value = frame.FindRegister(word.c_str() + 1);
  if (!value.IsValid()) return std::nullopt;
  return Address(value.GetValueAsUnsigned());
}

// A function or variable of the program, by the name that the linker gave it.
std::optional<Address> symbol_address(lldb::SBTarget& target, const std::string& word) {
  lldb::SBSymbolContextList found = target.FindSymbols(word.c_str());
  for (std::uint32_t i = 0; i < found.GetSize(); ++i) {
    const std::uint64_t at = found.GetContextAtIndex(i).GetSymbol().GetStartAddress().GetLoadAddress(target);
    if (at != LLDB_INVALID_ADDRESS) return Address(at);
  }
  return std::nullopt;
}

std::optional<Address> expression_value(lldb::SBTarget& target, lldb::SBFrame& frame, const std::string& word) {
  lldb::SBExpressionOptions options;
  options.SetLanguage(lldb::eLanguageTypeC_plus_plus);  // LLDB has none for Go
  options.SetAllowJIT(false);                           // no code is put into the target
  options.SetSuppressPersistentResult(true);
  lldb::SBValue value = frame.IsValid() ? frame.EvaluateExpression(word.c_str(), options)
                                        : target.EvaluateExpression(word.c_str(), options);
  lldb::SBError error = value.GetError();
  if (!value.IsValid() || error.Fail()) return std::nullopt;
  lldb::SBError conversion;
  const std::uint64_t number = value.GetValueAsUnsigned(conversion);
  if (conversion.Fail()) return std::nullopt;
  return Address(number);
}

}  // namespace

AddressParser address_parser(lldb::SBTarget target, lldb::SBFrame frame) {
  return [target, frame](std::string_view text) mutable -> std::optional<Address> {
    if (const auto hex = parse_address(text)) return hex;
    const std::string word(text);
    if (const auto value = register_value(frame, word)) return value;
    if (const auto symbol = symbol_address(target, word)) return symbol;
    return expression_value(target, frame, word);
  };
}

}  // namespace memmap
