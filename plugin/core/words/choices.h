// What may be typed next: for doors that complete words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace memmap {

// Behind the word `previous` (empty: the verb itself) of a verb, or of "help". Empty for words that are no verb.
std::vector<std::string> choices_after(std::string_view verb, std::string_view previous);

}  // namespace memmap
