// The pipeline: source → target → runtime → model → claims → map → ledger. Each arrow is a
// plain value. Read this file first.
#include "analyze.h"

#include "annotate/annotate.h"
#include "assemble.h"
#include "base/large.h"
#include "go/derive/derive.h"
#include "go/walk/walk.h"
#include "native/walk_native.h"

namespace memmap {
namespace {

// The only part that reads target memory; a stopped process waits for it. Nothing where no runtime
// can be read: findings say why, and the mappings are still printed.
std::optional<go::Traits> walk(const go::ProgramFile& program, const Target& target, Model& model, Findings& findings,
                               const Cancellation& cancellation) {
  walk_native(target, model, findings);
  cancellation.check();
  const std::unique_ptr<go::Runtime> runtime = go::open_runtime(program, target, model, findings, cancellation);
  if (runtime == nullptr) return std::nullopt;
  go::run_walkers(*runtime, model, findings);
  return runtime->traits();
}

std::size_t expected_claims(const Model& model) {
  constexpr std::size_t kSmallParts = 4096;
  return model.spans.size() + model.free_runs.size() + model.stacks.size() + model.pieces.count() + kSmallParts;
}

std::vector<Claim> annotate(const Model& model, const Cancellation& cancellation) {
  std::vector<Claim> claims;
  reserve_large(claims, expected_claims(model));
  for (const Annotator& annotator : kAnnotators) {
    cancellation.check();
    annotator.run(model, claims);
  }
  return claims;
}

Result<std::unique_ptr<Analysis>> uninterrupted(TargetSource& source, Progress* progress,
                                                const Cancellation& cancellation) {
  Findings findings;
  Model model;

  // Layouts come from the file, before the process is stopped. A core tells its file only later.
  tell(progress, "reading the program's types");
  go::ProgramFile program;
  program.open(source.executable_file(), cancellation);
  Result<Target> target = source.open(findings);
  if (!target) return tl::unexpected(target.error());
  program.open(target->executable_file, cancellation);

  tell(progress, "reading the target");
  const std::optional<go::Traits> traits = walk(program, *target, model, findings, cancellation);
  source.close();

  tell(progress, "sorting what was found");
  if (traits) go::derive({*traits, target->mappings, target->platform.page_size}, model);
  std::vector<Claim> claims = annotate(model, cancellation);
  cancellation.check();
  return assemble(std::move(*target), std::move(model), std::move(claims), std::move(findings));
}

}  // namespace

Result<std::unique_ptr<Analysis>> analyze(TargetSource& source, Progress* progress, const Cancellation& cancellation) {
  try {
    return uninterrupted(source, progress, cancellation);
  } catch (const Interrupted&) {
    source.close();
    return fault(FaultCode::unreadable, "what was not read when it was interrupted");
  }
}

}  // namespace memmap
