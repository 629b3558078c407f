#include "words/export_formats.h"

#include <algorithm>

namespace memmap {
namespace {

constexpr ExportFormat kFormats[] = {
#define DOCUMENT(id, binary, narrows, compares) {#id, binary, narrows, compares, false},
#define TABLE(id) {#id},
#define EVENTS(id)
#include "words/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
};

constexpr std::string_view kEventFormats[] = {
#define DOCUMENT(id, binary, narrows, compares)
#define TABLE(id)
#define EVENTS(id) #id,
#include "words/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
};

}  // namespace

std::span<const ExportFormat> export_formats() { return kFormats; }

const ExportFormat* export_named(std::string_view name) {
  const auto* const found = std::ranges::find(kFormats, name, &ExportFormat::name);
  return found == std::end(kFormats) ? nullptr : found;
}

bool is_binary(std::string_view name) {
  const ExportFormat* format = export_named(name);
  return format != nullptr && format->binary;
}

std::vector<std::string_view> event_formats() { return {std::begin(kEventFormats), std::end(kEventFormats)}; }

bool is_event_format(std::string_view name) { return std::ranges::count(kEventFormats, name) != 0; }

}  // namespace memmap
