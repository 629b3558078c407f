// export: the map as a file that other viewers open.
#include "verbs/export/exports.h"

namespace memmap {
namespace {

constexpr ExportFormat kFormats[] = {
#define DOCUMENT(id, binary, narrows, compares) {#id, binary, narrows, compares, export_##id},
#define TABLE(id) {#id},
#define EVENTS(id)
#include "verbs/export/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
};

struct TraceFormat {
  std::string_view name;
  ExportFunction write;
};
constexpr TraceFormat kTraceFormats[] = {
#define DOCUMENT(id, binary, narrows, compares)
#define TABLE(id)
#define EVENTS(id) {#id, trace_##id},
#include "verbs/export/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
};

}  // namespace

std::span<const ExportFormat> export_formats() { return kFormats; }

const ExportFormat* export_named(std::string_view name) {
  for (const ExportFormat& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

bool is_binary(std::string_view name) {
  const ExportFormat* format = export_named(name);
  return format != nullptr && format->binary;
}

ExportFunction trace_document(std::string_view name) {
  for (const TraceFormat& format : kTraceFormats)
    if (format.name == name) return format.write;
  return nullptr;
}

std::vector<std::string_view> trace_documents() {
  std::vector<std::string_view> names;
  for (const TraceFormat& format : kTraceFormats) names.push_back(format.name);
  return names;
}

Report run_export(const Question& question) {
  const ExportFormat& format = *export_named(question.options.format);
  if (format.is_table()) return run_annotate(question);
  Report report = begin_report("export", question);
  report.document = [question, write = format.write](Writer& writer) { write(question, writer); };
  return report;
}

}  // namespace memmap
