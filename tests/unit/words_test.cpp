#include "cli/words.h"

#include "support/catch.h"

namespace memmap {
namespace {

Words sorted(std::vector<std::string> line) {
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  return sort_words(arguments);
}

using Line = std::vector<std::string>;

TEST_CASE("words: a process, however its option is spelled, is not the verb's") {
  const Line line = GENERATE(Line{"annotate", "-p", "42", "--all"}, Line{"-p42", "annotate", "--all"},
                             Line{"annotate", "--all", "-p=42"}, Line{"annotate", "--pid", "42", "--all"},
                             Line{"--pid=42", "annotate", "--all"});
  const Words words = sorted(line);
  CHECK(words.problem.empty());
  CHECK(words.pid == 42u);
  CHECK(words.core.empty());
  CHECK(words.command.verb->name == "annotate");
  CHECK(words.command.all);
  CHECK_FALSE(words.command.help);
}

TEST_CASE("words: a core and its executable") {
  const Line line = GENERATE(Line{"summary", "--core", "c", "--exe", "e"}, Line{"--exe=e", "--core=c", "summary"});
  const Words words = sorted(line);
  CHECK(words.problem.empty());
  CHECK_FALSE(words.pid);
  CHECK(words.core == "c");
  CHECK(words.executable == "e");
  CHECK(words.command.verb->name == "summary");
}

TEST_CASE("words: two targets with -- between them leave the other options ours") {
  const Words words = sorted({"export", "html", "a", "--", "b", "--exe", "e", "-o", "f"});
  CHECK(words.problem.empty());
  CHECK(words.executable == "e");
  CHECK(words.command.compared == std::array<std::string, 2>{"a", "b"});
  CHECK(words.command.output.file == "f");
  CHECK_FALSE(sorted({"export", "html", "live", "--", "b"}).problem.empty());
  CHECK(sorted({"export", "html", "live", "--", "b", "-p", "42"}).pid == 42u);
}

TEST_CASE("words: a longer option that begins like ours is the verb's") {
  CHECK(sorted({"annotate", "--corex", "--core", "c"}).problem.find("annotate has no option --corex") == 0);
  CHECK(sorted({"annotate", "--pids=3", "--core", "c"}).problem.find("annotate has no option --pids") == 0);
}

TEST_CASE("words: what makes no sense is said in a sentence") {
  struct Bad {
    Line line;
    std::string problem;
  };
  const Bad bad = GENERATE(
      Bad{{}, "no verb. 'memmap help' lists them."}, Bad{{"-p", "42"}, "no verb. 'memmap help' lists them."},
      Bad{{"annotate"}, "annotate needs a target: -p PID, or --core FILE [--exe FILE]."},
      Bad{{"annotate", "-p", "42", "--core", "c"}, "name one target: -p PID or --core FILE, not both."},
      Bad{{"annotate", "-p", "42", "--exe", "e"}, "--exe goes with --core FILE."},
      Bad{{"annotate", "-p"}, "-p needs a value."}, Bad{{"annotate", "--core="}, "--core needs a value."},
      Bad{{"annotate", "-p", ""}, "-p needs a value."}, Bad{{"annotate", "-p", "1", "-p", "2"}, "-p is given twice."},
      Bad{{"annotate", "--core", "a", "--core", "b"}, "--core is given twice."});
  CAPTURE(bad.line);
  CHECK(sorted(bad.line).problem == bad.problem);
}

TEST_CASE("words: a process id is a positive number that the kernel could give") {
  const std::string bad =
      GENERATE(as<std::string>(), "x", "0", "-1", "42x", "2147483648", "99999999999999999999", " 1");
  CHECK(sorted({"annotate", "-p", bad}).problem == "-p takes a process id, not '" + bad + "'.");
  CHECK(sorted({"annotate", "-p", "2147483647"}).pid == 2147483647u);
}

TEST_CASE("words: help and verbs without a target need none") {
  CHECK(sorted({"help"}).command.help);
  CHECK(sorted({"help", "annotate"}).problem.empty());
  CHECK(sorted({"annotate", "--help"}).command.help);
  CHECK(sorted({"annotate", "-h"}).problem.empty());
  CHECK(sorted({"kinds"}).problem.empty());
  CHECK_FALSE(sorted({"version"}).command.help);
  CHECK(sorted({"trace", "run", "--", "p", "-p", "x"}).command.trace.program == Line{"p", "-p", "x"});
}

}  // namespace
}  // namespace memmap
