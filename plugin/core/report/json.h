// JSON without a document: values appended to a string.
#pragma once

#include <string>
#include <string_view>

#include "report/table.h"

namespace memmap {

// Quoted. What is not UTF-8 becomes U+FFFD: file names are bytes, JSON is text.
void append_json_string(std::string& out, std::string_view text);
void append_json_cell(std::string& out, const Cell& cell);

}  // namespace memmap
