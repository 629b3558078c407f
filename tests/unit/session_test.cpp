// The door's view: words in, text and an exit code out.
#include "session.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/string_output.h"

namespace {
std::atomic<int> umask_calls = 0;
}

// In place of libc's. The umask is the whole process's, so in a debugger every thread's: to ask for it is to have none
// for a moment, and what another thread makes then is everybody's.
extern "C" mode_t umask(mode_t mask) noexcept {
  ++umask_calls;
  return static_cast<mode_t>(::syscall(SYS_umask, mask));
}

namespace memmap {
namespace {

using test::AnalysisBuilder;
using test::StringOutput;

struct Heard {
  Outcome outcome;
  std::string text;
};

Heard ask(Session& session, std::vector<std::string> words, const DoorInfo& door = {}) {
  StringOutput out;
  Outcome outcome = test::ask(session, words, out, door);
  return {std::move(outcome), std::move(out.text)};
}

std::unique_ptr<Analysis> partial_process() {
  AnalysisBuilder builder = test::small_process_builder();
  builder.analysis().findings.say(Severity::warning, "core_truncated", "the core is cut off");
  return builder.build();
}

class Gone : public TargetSource {
 public:
  std::string executable_file() const override { return {}; }
  Result<Target> open(Findings&) override { return fault(FaultCode::not_found, "process"); }
  void close() override {}
  std::string failure() const override { return "no process 4242"; }
};

// Interrupted while it is opened.
class Slow : public TargetSource {
 public:
  Slow(std::atomic<bool>& interrupted, int& closed) : interrupted_(interrupted), closed_(closed) {}
  std::string executable_file() const override { return {}; }
  Result<Target> open(Findings&) override {
    interrupted_ = true;
    return Target();
  }
  void close() override { ++closed_; }
  std::string failure() const override { return {}; }

 private:
  std::atomic<bool>& interrupted_;
  int& closed_;
};

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "memmap-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
  std::filesystem::path path;
};

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST_CASE("Ctrl-C ends a verb while the target is read, and lets it go") {
  std::atomic<bool> interrupted = false;
  int closed = 0;
  Session session(std::make_unique<Slow>(interrupted, closed));
  DoorInfo door;
  door.interrupted = &interrupted;
  const Heard heard = ask(session, {"summary"}, door);
  CHECK(heard.outcome.exit_code == 130);
  CHECK(heard.outcome.message == "interrupted");
  CHECK(heard.text.empty());
  CHECK(closed == 1);
}

TEST_CASE("exit codes") {
  Session whole(test::small_process());
  Session partial(partial_process());
  CHECK(ask(whole, {"annotate"}).outcome.exit_code == 0);
  CHECK(ask(partial, {"annotate"}).outcome.exit_code == 2);
  CHECK(ask(partial, {"annotate", "--strict"}).outcome.exit_code == 1);
  CHECK(ask(whole, {"reconcile", "--assert"}).outcome.exit_code == 1);
  CHECK(ask(partial, {"reconcile", "--assert"}).outcome.exit_code == 1);  // 1 wins over 2
  CHECK(ask(whole, {"annotate", "--nonsense"}).outcome.exit_code == 64);
  CHECK(ask(whole, {"annotate", "--table", "classes"}).outcome.exit_code == 64);
}

TEST_CASE("a target that cannot be read is 3, with its sentence") {
  Session session(std::make_unique<Gone>());
  const Heard heard = ask(session, {"annotate"});
  CHECK(heard.outcome.exit_code == 3);
  CHECK(heard.outcome.message == "no process 4242");
  CHECK(heard.text.empty());
}

TEST_CASE("install does not look at the target") {
  Session gone(std::make_unique<Gone>());
  CHECK(ask(gone, {"install", "--dry-run"}).outcome.exit_code == 1);  // door.folder is not known
  Session partial(partial_process());
  const Heard heard = ask(partial, {"install", "--dry-run"});
  CHECK(heard.outcome.exit_code == 1);
  CHECK(heard.text.find("cut off") == std::string::npos);
}

TEST_CASE("verbs that need no target work without one") {
  Session session{std::unique_ptr<TargetSource>()};
  CHECK(ask(session, {"kinds"}).outcome.exit_code == 0);
  CHECK(ask(session, {"version"}).outcome.exit_code == 0);
  CHECK(ask(session, {"annotate"}).outcome.exit_code == 64);
}

TEST_CASE("a door is refused inside a debugger, where nobody would go by it") {
  Session session{std::unique_ptr<TargetSource>()};
  DoorInfo door;
  door.debugger = "lldb version 14.0.6";
  for (const char* const word : {"ptrace", "uprobes"}) {
    const Outcome outcome = ask(session, {"trace", "continue", "--door", word}, door).outcome;
    CHECK(outcome.exit_code == 64);
    CHECK(outcome.message.starts_with("--door "));
  }
  CHECK(ask(session, {"trace", "continue", "--door", "auto"}, door).outcome.message.starts_with("no tracing"));
}

TEST_CASE("help is there for each verb and in each spelling") {
  Session session{std::unique_ptr<TargetSource>()};
  for (const Verb& verb : verbs()) {
    const std::string help = help_text(&verb);
    CHECK(help.find("Example:") != std::string::npos);
    CHECK((help.find("--format FORMAT") != std::string::npos) == (verb.name != "export"));
    CHECK(ask(session, {std::string(verb.name), "--help"}).text == help);
    CHECK(ask(session, {"help", std::string(verb.name)}).text == help);
    for (const std::string& line : split(help, '\n')) CHECK(display_width(line) <= 120);
  }
  CHECK(ask(session, {"help"}).text.find("reconcile") != std::string::npos);
  CHECK(ask(session, {"help", "anotate"}).outcome.message == "'anotate' is not a verb; did you mean annotate?");
  const auto needs = [](const std::vector<std::string>& words) { return test::command_of(words).needs_target(); };
  CHECK_FALSE(needs({"kinds"}));
  CHECK_FALSE(needs({"annotate", "--help"}));
  CHECK(needs({"summary"}));
  CHECK_FALSE(needs({"export", "html", "a.core", "--", "b.core"}));
  CHECK(needs({"export", "html", "a.core", "--", "live"}));
}

TEST_CASE("-o FILE gets what stdout would have had, without colour") {
  const Folder folder;
  const std::string file = folder.path / "map.txt";
  Session session(test::small_process());
  StringOutput terminal;
  terminal.coloured = true;
  const std::vector<std::string> words = {"annotate", "-o", file};
  CHECK(test::ask(session, words, terminal).exit_code == 0);
  CHECK(terminal.text.empty());
  CHECK(contents(file) == ask(session, {"annotate"}).text);
  CHECK(folder.files() == 1);
}

TEST_CASE("-o FILE is whole or not at all") {
  const Folder folder;
  const std::filesystem::path file = folder.path / "map.json";
  std::ofstream(file) << "before";
  Session session(test::small_process());
  SECTION("a usage error") {
    CHECK(ask(session, {"annotate", "-o", file, "--format", "xml"}).outcome.exit_code == 64);
    CHECK(contents(file) == "before");
  }
  SECTION("Ctrl-C") {
    std::atomic<bool> interrupted = true;
    DoorInfo door;
    door.interrupted = &interrupted;
    CHECK(ask(session, {"annotate", "-o", file}, door).outcome.exit_code == 130);
    CHECK(contents(file) == "before");
  }
  SECTION("a failed assertion still prints") {
    CHECK(ask(session, {"reconcile", "--assert", "-o", file}).outcome.exit_code == 1);
    CHECK(contents(file).find("remainders") != std::string::npos);
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("-o keeps the rights of a file and follows links") {
  const Folder folder;
  const std::filesystem::path file = folder.path / "private";
  std::ofstream(file) << "before";
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  std::filesystem::create_symlink(file, folder.path / "link");
  Session session(test::small_process());
  CHECK(ask(session, {"version", "-o", folder.path / "link"}).outcome.exit_code == 0);
  CHECK(std::filesystem::is_symlink(folder.path / "link"));
  CHECK(contents(file).find("memmap") == 0);
  struct stat now {};
  REQUIRE(::stat(file.c_str(), &now) == 0);
  CHECK((now.st_mode & 0777) == 0600);
}

TEST_CASE("-o makes what a dangling link leads to") {
  const Folder folder;
  std::filesystem::create_directory(folder.path / "there");
  std::filesystem::create_symlink("there/second", folder.path / "link");
  std::filesystem::create_symlink("file", folder.path / "there" / "second");
  Session session(test::small_process());
  CHECK(ask(session, {"version", "-o", folder.path / "link"}).outcome.exit_code == 0);
  CHECK(std::filesystem::is_symlink(folder.path / "link"));
  CHECK(std::filesystem::is_symlink(folder.path / "there" / "second"));
  CHECK(contents(folder.path / "there" / "file").find("memmap") == 0);

  std::filesystem::create_symlink("circle", folder.path / "circle");
  const Heard circle = ask(session, {"version", "-o", folder.path / "circle"});
  CHECK(circle.outcome.exit_code == 64);
  CHECK(circle.outcome.message.find("Too many levels of symbolic links") != std::string::npos);
}

TEST_CASE("-o gives a new file the rights of any, and does not touch the umask for that") {
  const Folder folder;
  const auto mode_of = [](const std::filesystem::path& path) {
    struct stat now {};
    REQUIRE(::stat(path.c_str(), &now) == 0);
    return now.st_mode & 07777;
  };
  Session session(test::small_process());
  const int before = umask_calls;
  CHECK(ask(session, {"version", "-o", folder.path / "new"}).outcome.exit_code == 0);
  CHECK(umask_calls == before);
  std::ofstream(folder.path / "usual") << "x";
  CHECK(mode_of(folder.path / "new") == mode_of(folder.path / "usual"));
}

TEST_CASE("a file that cannot be written is said") {
  const Folder folder;
  Session session(test::small_process());
  const Heard nowhere = ask(session, {"annotate", "-o", folder.path / "no" / "such"});
  CHECK(nowhere.outcome.exit_code == 64);
  CHECK(nowhere.outcome.message.find("No such file or directory") != std::string::npos);
  CHECK(ask(session, {"annotate", "-o", folder.path}).outcome.exit_code == 64);
  CHECK(ask(session, {"annotate", "-o", "/dev/null"}).outcome.exit_code == 0);
  const Heard full = ask(session, {"annotate", "-o", "/dev/full"});
  CHECK(full.outcome.exit_code == 1);
  CHECK(full.outcome.message.find("No space left") != std::string::npos);
}

TEST_CASE("export: what cannot be is said before any byte is written") {
  Session session(test::small_process());
  const auto refusal = [&](std::vector<std::string> words) {
    const Heard heard = ask(session, std::move(words));
    CHECK(heard.outcome.exit_code == 64);
    CHECK(heard.text.empty());
    return heard.outcome.message;
  };
  CHECK(refusal({"export"}).find("export needs a format: pprof, ") == 0);
  CHECK(refusal({"export", "xml"}).find("export knows no 'xml'; it takes pprof, ") == 0);
  CHECK(refusal({"export", "csv", "jsonl"}) == "export csv shows one target; html can compare two.");
  CHECK(refusal({"export", "csv", "--format", "json"}).find("export has no option --format") == 0);
  CHECK(refusal({"export", "folded", "--rows", "3"}) == "--sort and --rows are for tables, and export folded is none.");
  CHECK(refusal({"export", "pprof", "-o", "/no/such/folder/x"}).find("No such file") != std::string::npos);
}

TEST_CASE("export: two targets are two cores, or live and a core") {
  Session session(test::small_process());
  Session nothing{std::unique_ptr<TargetSource>()};
  const auto said = [](Session& about, const std::vector<std::string>& words, int code) {
    const Heard heard = ask(about, words);
    CHECK(heard.outcome.exit_code == code);
    CHECK(heard.text.empty());
    return heard.outcome.message;
  };
  const std::string no_core = "cannot open /no.core: No such file or directory";
  CHECK(said(nothing, {"export", "html", "/no.core", "--", "/other.core"}, 3) == no_core);
  CHECK(said(session, {"export", "html", "live", "--", "/no.core"}, 3) == no_core);
  CHECK(said(nothing, {"export", "html", "live", "--", "/no.core"}, 64).find("no target") == 0);
  CHECK(said(session, {"export", "html", "live", "--"}, 64) == "-- wants a second target behind it: A -- B.");
  CHECK(said(session, {"export", "html", "live"}, 64) == "name two targets: A -- B.");
  CHECK(said(session, {"export", "pprof", "live", "--", "live"}, 64) ==
        "export pprof shows one target; html can compare two.");
  CHECK(said(session, {"export", "html", "--kind", "bss"}, 64) == "export html shows everything; it takes no filter.");
  const Heard itself = ask(session, {"export", "html", "live", "--", "live"});
  CHECK(itself.outcome.exit_code == 0);
  CHECK(itself.text.find("class=\"columns\"") != itself.text.rfind("class=\"columns\""));
}

TEST_CASE("export: bytes that are no text want a file where only text is seen") {
  Session session(test::small_process());
  StringOutput terminal;
  terminal.text_only = true;
  const std::vector<std::string> words = {"export", "pprof"};
  const Outcome outcome = test::ask(session, words, terminal);
  CHECK(outcome.exit_code == 64);
  CHECK(outcome.message == "pprof is not text: say where it goes, with -o FILE.");
  CHECK(terminal.text.empty());
  const std::vector<std::string> with_file = {"export", "pprof", "-o", "/dev/null"};
  CHECK(test::ask(session, with_file, terminal).exit_code == 0);
  const std::vector<std::string> text = {"export", "folded"};
  CHECK(test::ask(session, text, terminal).exit_code == 0);
}

TEST_CASE("export: a table is annotate's, byte for byte") {
  Session session(test::small_process());
  for (const std::string format : {"csv", "jsonl", "markdown"}) {
    const std::string whole = ask(session, {"export", format}).text;
    CHECK(whole == ask(session, {"annotate", "--format", format}).text);
    const std::string some = ask(session, {"export", format, "--kind", "*_stack", "--rows", "2"}).text;
    CHECK(some == ask(session, {"annotate", "--format", format, "--kind", "*_stack", "--rows", "2"}).text);
    CHECK(some != whole);
  }
}

TEST_CASE("export: what a file cannot say goes to the message") {
  Session session(partial_process());
  const Heard heard = ask(session, {"export", "folded"});
  CHECK(heard.outcome.exit_code == 2);
  CHECK(heard.outcome.message == "partial: the core is cut off");
}

TEST_CASE("what the format keeps from view goes to the message") {
  Session session(partial_process());
  CHECK(ask(session, {"annotate", "--format", "csv"}).outcome.message == "partial: the core is cut off");
  CHECK(ask(session, {"annotate", "--format", "json"}).outcome.message.empty());
  CHECK(ask(session, {"annotate"}).outcome.message.empty());
}

TEST_CASE("a reader that leaves ends the verb quietly") {
  Session session(test::small_process());
  StringOutput out;
  out.pieces_wanted = 1;
  const std::vector<std::string> words = {"annotate", "--format", "json"};
  const Outcome outcome = test::ask(session, words, out);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.message.empty());
}

}  // namespace
}  // namespace memmap
