// export: the map as a file that other viewers open.
#include "verbs/export/exports.h"

namespace memmap {

ExportFunction map_document(std::string_view format) {
#define DOCUMENT(id, binary, narrows, compares) \
  if (format == #id) return export_##id;
#define TABLE(id)
#define EVENTS(id)
#include "words/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
  return nullptr;
}

ExportFunction trace_document(std::string_view format) {
#define DOCUMENT(id, binary, narrows, compares)
#define TABLE(id)
#define EVENTS(id) \
  if (format == #id) return trace_##id;
#include "words/exports.def"
#undef DOCUMENT
#undef TABLE
#undef EVENTS
  return nullptr;
}

Report run_export(const Question& question) {
  const ExportFunction write = map_document(question.command.output.format);
  if (write == nullptr) return run_annotate(question);
  Report report = begin_report("export", question);
  report.document = [question, write](Writer& writer) { write(question, writer); };
  return report;
}

}  // namespace memmap
