// What `export` writes, and `trace --format` besides tables. Who writes it is in verbs/export.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace memmap {

struct ExportFormat {
  std::string_view name;
  bool binary = false;
  bool narrows = true;
  bool compares = false;
  bool is_table = true;  // annotate's, in the format of that name
};

std::span<const ExportFormat> export_formats();
const ExportFormat* export_named(std::string_view name);  // nullptr if there is none
bool is_binary(std::string_view format);

std::vector<std::string_view> event_formats();
bool is_event_format(std::string_view format);

}  // namespace memmap
