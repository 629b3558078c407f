// The reconcile screen: three blocks and a verdict.
#include <fmt/format.h>

#include <algorithm>

#include "verbs/reconcile.h"
#include "verbs/verbs.h"

namespace memmap {
namespace {

constexpr std::size_t kTopTerms = 3;
constexpr std::size_t kLineWidth = 116;

std::string remainder_text(std::optional<std::int64_t> residual) {
  return residual ? grouped_signed(*residual) : std::string();
}

Tone tone_of(std::optional<std::int64_t> residual) { return residual.value_or(0) == 0 ? Tone::plain : Tone::warn; }

std::string exact(const Term& term) {
  return fmt::format("{} {}{}{}", term.name, term.subtracted ? "-" : "", grouped(term.bytes),
                     term.placed ? "" : " (no place known)");
}

// "heapArena 69,648 · summaries 147,456 · 4 more (-v lists all)"
std::string top_terms(const MemStatsLine& line) {
  if (line.terms.size() < 2) return line.reason;
  std::vector<const Term*> terms;
  for (const Term& term : line.terms)
    if (term.bytes != 0) terms.push_back(&term);
  std::stable_sort(terms.begin(), terms.end(), [](const Term* a, const Term* b) { return a->bytes > b->bytes; });
  std::string text;
  for (std::size_t i = 0; i < terms.size() && i < kTopTerms; ++i)
    text += fmt::format("{}{}", i == 0 ? "" : " · ", exact(*terms[i]));
  if (terms.size() > kTopTerms) text += fmt::format(" · {} more", terms.size() - kTopTerms);
  if (!line.reason.empty()) text += fmt::format("; {}", line.reason);
  return text;
}

Cell number_or_dash(std::optional<std::uint64_t> number) { return number ? Cell(*number) : Cell(std::monostate()); }

bool term_rows(const MemStatsLine& line, RowSink& sink) {
  for (const Term& term : line.terms) {
    const std::string name = fmt::format("{}{}", term.name, term.placed ? "" : " (no place known)");
    const Cell cells[] = {std::string_view(name), Hidden(), SignedBytes{signed_bytes(term)}, Hidden(), Hidden()};
    const Cell plain[] = {std::string_view(name), Hidden(), term.subtracted ? cells[2] : Cell(term.bytes), Hidden(),
                          Hidden()};
    if (!sink.row(plain, 1, Tone::dim)) return false;
  }
  return true;
}

Table memstats_screen(const Ledger& ledger, bool all_terms) {
  Table table;
  table.columns = {
      {"MEMSTATS"}, {"COUNTED", true}, {"FOUND", true}, {"REMAINDER", true}, {.name = "", .elastic = true}};
  table.rows = [&ledger, all_terms](RowSink& sink) {
    for (const MemStatsLine& line : ledger.memstats) {
      const std::optional<std::int64_t> left = residual(line);
      const std::string remainder = remainder_text(left);
      const std::string terms = all_terms ? line.reason : top_terms(line);
      const Cell cells[] = {line.field, line.fraction ? Cell(*line.fraction) : number_or_dash(line.counter),
                            number_or_dash(line.found),
                            left ? Cell(std::string_view(remainder)) : Cell(std::monostate()),
                            terms.empty() ? Cell(Hidden()) : Cell(std::string_view(terms))};
      if (!sink.row(cells, 0, tone_of(left))) return;
      if (all_terms && !term_rows(line, sink)) return;
    }
  };
  return table;
}

Table classes_screen(const Ledger& ledger) {
  Table table;
  table.columns = {{"MEMORY CLASS"}, {"COUNTED", true}, {"FOUND", true}, {"REMAINDER", true}, {""}};
  table.rows = [&ledger](RowSink& sink) {
    for (const ClassLine& line : ledger.classes) {
      const std::optional<std::int64_t> left = residual(line);
      const std::string remainder = remainder_text(left);
      const Cell cells[] = {line.name, number_or_dash(line.counter), number_or_dash(line.found),
                            left ? Cell(std::string_view(remainder)) : Cell(std::monostate()), Hidden()};
      if (!sink.row(cells, 0, tone_of(left))) return;
    }
  };
  return table;
}

// "VIRT  1,293,424 KiB = reserved 1,151,980 + anonymous 139,660 …   ✓", on as many lines as needed.
void add_equation(const Equation& equation, Report& report) {
  const std::optional<std::int64_t> left = residual(equation);
  const std::string total = equation.total ? kib(*equation.total) + " KiB" : std::string("unknown");
  std::string line = fmt::format("{:<9} {:>15}", equation.name, total);
  const std::size_t indent = display_width(line) + 1;
  for (std::size_t i = 0; i < equation.terms.size(); ++i) {
    const Term& term = equation.terms[i];
    const std::string_view sign = term.subtracted ? "-" : i == 0 ? "=" : "+";
    const std::string piece = fmt::format(" {} {} {}", sign, term.name, kib(term.bytes));
    if (display_width(line) + display_width(piece) > kLineWidth) {
      report.say(line, tone_of(left));
      line = std::string(indent - 1, ' ');
    }
    line += piece;
  }
  if (!equation.total)
    line += "   total not known";
  else if (!left)
    line += "   terms not known";
  else if (*left == 0)
    line += "   ✓";
  else
    line += fmt::format("   remainder {} bytes", grouped_signed(*left));
  report.say(line, tone_of(left));
}

struct Verdict {
  std::size_t tried = 0;
  std::size_t open = 0;
};

template <class Lines>
Verdict verdict_of(const Lines& lines) {
  Verdict verdict;
  for (const auto& line : lines) {
    const std::optional<std::int64_t> left = residual(line);
    verdict.tried += left ? 1 : 0;
    verdict.open += left.value_or(0) != 0 ? 1 : 0;
  }
  return verdict;
}

Line verdict_line(const Ledger& ledger, bool complete) {
  const Verdict fields = verdict_of(ledger.memstats);
  const Verdict classes = verdict_of(ledger.classes);
  const Verdict equations = verdict_of(ledger.equations);
  const std::string_view partial = complete ? "" : " (partial)";
  if (fields.tried + classes.tried + equations.tried == 0)
    return {fmt::format("nothing to compare{}", partial), Tone::warn};
  if (fields.open + classes.open + equations.open == 0)
    return {fmt::format("all remainders are 0{}: {}, {}, {}", partial, counted(fields.tried, "field"),
                        counted(classes.tried, "class", "classes"), counted(equations.tried, "equation")),
            Tone::good};
  return {fmt::format("remainders{}: {} of {}, {} of {}, {} of {} are not 0", partial, fields.open,
                      counted(fields.tried, "field"), classes.open, counted(classes.tried, "class", "classes"),
                      equations.open, counted(equations.tried, "equation")),
          Tone::warn};
}

}  // namespace

void add_reconcile_screen(const Analysis& analysis, bool all_terms, Report& report) {
  const Ledger& ledger = analysis.ledger;
  report.say(title(analysis), Tone::strong);
  report.say("");
  if (!ledger.memstats.empty()) {
    report.say("runtime.MemStats as ReadMemStats would fill it now, beside what the structures hold. Bytes.");
    report.show(memstats_screen(ledger, all_terms));
    report.say("");
  }
  if (!ledger.classes.empty()) {
    report.say("runtime/metrics as Read would report it now, beside what the structures hold. Bytes.");
    report.show(classes_screen(ledger));
    report.say("");
  }
  for (const Equation& equation : ledger.equations) add_equation(equation, report);
  const Line verdict = verdict_line(ledger, report.complete);
  report.say(verdict.text, verdict.tone);
}

}  // namespace memmap
