// install, uninstall: memmap in every session of LLDB and gdb, and out of them again.
#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "install/start_files.h"
#include "report/file_output.h"
#include "verbs/verbs.h"

namespace memmap {
namespace {

struct Change {
  std::string file;
  std::string what;  // "added", "replaced", "removed", "unchanged", or "failed"
  std::string line;
  std::string problem;
};

// Nothing if there is a file and it cannot be read: then it is not to be written either.
std::optional<std::string> text_of_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return std::string();
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  // An empty file makes << fail, and is none.
  if (!in.is_open() || in.bad()) return std::nullopt;
  return text.str();
}

// A file that holds nothing any more was ours; a link is left, it leads to something of the user's.
bool remove_empty(const std::string& path, std::string_view text) {
  std::error_code ignored;
  if (!text.empty() || std::filesystem::is_symlink(path, ignored)) return false;
  return std::filesystem::remove(path, ignored);
}

// Without a line: takes memmap's away.
Change change(const StartFile& file, bool dry_run) {
  Change done{file.path, "unchanged", file.line, {}};
  const std::optional<std::string> before = text_of_file(file.path);
  if (!before) return {file.path, "failed", {}, fmt::format("{} cannot be read", file.path)};
  const std::optional<std::string> after = with_block(*before, file.line);
  if (!after)
    return {file.path,
            "failed",
            {},
            fmt::format("{} holds one of memmap's markers without the other: "
                        "take memmap's lines out by hand",
                        file.path)};
  if (*after == *before) return done;
  const bool remove = file.line.empty();
  done.what = remove ? "removed" : with_block(*before, {}) == *before ? "added" : "replaced";
  if (dry_run) return done;
  if (remove && remove_empty(file.path, *after)) return done;
  FileOutput out(file.path, 0);
  if (out.ready() && out.write(*after) && out.commit()) return done;
  return {file.path, "failed", {}, out.problem()};
}

Table changes_table(std::shared_ptr<const std::vector<Change>> changes) {
  Table table;
  table.columns = {{"file"}, {"change"}, {"line"}};
  table.rows = [changes](RowSink& sink) {
    for (const Change& one : *changes) {
      const Cell cells[] = {std::string_view(one.file), std::string_view(one.what),
                            one.line.empty() ? Cell(std::monostate()) : Cell(std::string_view(one.line))};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

void say(const Change& one, bool dry_run, Report& report) {
  if (one.what == "failed") return report.say(one.problem, Tone::warn);
  const std::string_view would = dry_run && one.what != "unchanged" ? "would be " : "";
  report.say(fmt::format("{}: {}{}", printable(one.file), would, one.what));
  if (!one.line.empty()) report.say(fmt::format("    {}", printable(one.line)));
}

using StartFiles = tl::expected<std::vector<StartFile>, std::string>;

StartFiles with_lines(const std::string& folder, const std::string& home) {
  StartFiles files = start_files(folder, home);
  if (files && files->empty()) return tl::unexpected(std::string("neither memmap.so nor gdb.py is beside this memmap"));
  return files;
}

// Whatever lies beside this memmap now: another may have put lines there.
StartFiles without_lines(const std::string&, const std::string& home) {
  std::vector<StartFile> files;
  for (std::string& path : possible_start_files(home)) files.push_back({std::move(path), {}});
  return files;
}

Report edit(std::string_view verb, const Question& question,
            StartFiles (*files_for)(const std::string& folder, const std::string& home)) {
  Report report = begin_report(verb, question);
  auto changes = std::make_shared<std::vector<Change>>();
  const char* const home = std::getenv("HOME");
  const StartFiles files = home == nullptr || *home == '\0'
                               ? tl::unexpected(std::string("HOME is not set: whose start files?"))
                               : files_for(std::string(question.folder), home);
  if (files)
    for (const StartFile& file : *files) changes->push_back(change(file, question.command.dry_run));
  for (const Change& one : *changes) {
    say(one, question.command.dry_run, report);
    report.failed = report.failed || one.what == "failed";
  }
  if (!files) {
    report.failed = true;
    report.say(files.error());
  }
  report.tables.push_back(changes_table(changes));
  return report;
}

}  // namespace

Report run_install(const Question& question) { return edit("install", question, with_lines); }
Report run_uninstall(const Question& question) { return edit("uninstall", question, without_lines); }

}  // namespace memmap
