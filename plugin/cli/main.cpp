// memmap VERB -p PID | --core FILE [--exe FILE]: the verbs without a debugger. This door only
// finds the target, prints and turns outcomes into exit codes.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>

#include "base/large.h"
#include "live/hold/live_source.h"
#include "live/progress_line.h"
#include "live/ptrace/ptrace_tracer.h"
#include "process/core/core_file.h"
#include "session.h"
#include "words.h"

namespace {

using namespace memmap;

constexpr int kUsage = 64;
constexpr int kInterrupted = 130;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

class StandardOutput : public Output {
 public:
  explicit StandardOutput(ProgressLine& line) : line_(line) {}

  bool write(std::string_view text) override {
    if (terminal_) line_.end();
    while (!text.empty()) {
      if (interrupted) return false;  // a pipe that nobody reads took only a part
      const ssize_t done = ::write(STDOUT_FILENO, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) {
        error_ = errno;
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }
  bool colour() const override { return terminal_ && std::getenv("NO_COLOR") == nullptr; }
  bool takes_bytes() const override { return !terminal_; }
  unsigned width() const override { return width_; }
  int error() const { return error_; }  // why nothing more could be written; 0 if all was

 private:
  unsigned terminal_width() const {
    winsize size{};
    const bool known = terminal_ && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    return known ? std::max<unsigned>(size.ws_col, 80) : 120;
  }

  ProgressLine& line_;
  bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
  unsigned width_ = terminal_width();
  int error_ = 0;
};

// A large part of a run are the page faults of our own vectors. What is kept of a Go process is 2
// to 3 % of its resident bytes, and less of a core, where unused memory may count too. A process is
// prepared for before it is stopped.
constexpr std::uint64_t kLeastWarm = 4u << 20;
constexpr std::uint64_t kMostWarm = 64u << 20;

void prepare_for_process(std::uint64_t pid) {
  const auto status = read_status("/proc/" + std::to_string(pid));
  if (status) warm_malloc(std::min(kLeastWarm + status->resident / 32, kMostWarm));
}

void prepare_for_core(const std::string& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (!failed) warm_malloc(std::min<std::uint64_t>(kLeastWarm + size / 64, kMostWarm));
}

std::unique_ptr<trace::Tracer> tracer_of(const Words& words) {
  if (!words.command.catches()) return nullptr;
  if (words.command.step->starts) return launching_tracer();
  return words.pid ? attaching_tracer(*words.pid) : nullptr;
}

std::unique_ptr<TargetSource> source_of(const Words& words) {
  if (words.command.help || words.command.step != nullptr) return nullptr;
  if (!words.core.empty()) {
    prepare_for_core(words.core);
    return std::make_unique<CoreSource>(words.core, words.executable);
  }
  if (!words.pid) return nullptr;
  prepare_for_process(*words.pid);
  const LiveOptions options{.resident_total = words.command.verb->total};
  return std::make_unique<LiveSource>(*words.pid, options);
}

int say(int code, std::string_view sentence) {
  std::fprintf(stderr, "memmap: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  return code;
}

int finish(const Outcome& outcome, const StandardOutput& out) {
  if (outcome.exit_code == kInterrupted) {
    // As shells expect it of a program that Ctrl-C ended.
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  if (!outcome.message.empty()) say(outcome.exit_code, outcome.message);
  // A reader that left early (head, a pager) is no failure; a full disk is.
  if (out.error() != 0 && out.error() != EPIPE) return say(1, "cannot write to standard output.");
  return outcome.exit_code;
}

int run(std::span<char* const> arguments) {
  const Words words = sort_words(arguments);
  if (!words.problem.empty()) return say(kUsage, words.problem);
  ProgressLine line(words.command.step != nullptr ? kNoTerminal : STDERR_FILENO);
  Session session(source_of(words));
  StandardOutput out(line);
  DoorInfo door;
  door.progress = &line.progress();
  door.interrupted = &interrupted;
  const std::unique_ptr<trace::Tracer> tracer = tracer_of(words);
  door.tracer = tracer.get();
  if (words.core.empty()) door.executable = words.executable;
  std::error_code ignored;
  door.folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().string();
  const Outcome outcome = session.run(words.command, out, door);
  line.end();
  return finish(outcome, out);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  struct sigaction on_interrupt {};
  on_interrupt.sa_handler = [](int) { interrupted = true; };
  ::sigaction(SIGINT, &on_interrupt, nullptr);  // no SA_RESTART: a blocked write ends
  try {
    return run({argv + 1, static_cast<std::size_t>(std::max(argc - 1, 0))});
  } catch (const std::bad_alloc&) {
    return say(3, "out of memory.");
  } catch (const std::exception& error) {
    return say(3, std::string("bug: ") + error.what());
  }
}
