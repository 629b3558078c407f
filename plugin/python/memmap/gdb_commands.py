"""gdb's command `memmap` with the core's verbs, and the functions $memmap_kind and $memmap_counter."""

import os

import gdb

import memmap

from . import _memmap, gdb_host
from .gdb_host import shown

SUMMARY = "Explains every mapped byte of a Go process or core, and checks the sums."
DEFAULT_WIDTH = 120


def failure(sentence):
    return gdb.GdbError(shown(sentence))


def write(text, stream=gdb.STDOUT):
    gdb.write(shown(text), stream)


def width():
    columns = gdb.parameter("width")
    return columns if columns and columns >= 80 else DEFAULT_WIDTH


def waiting_terminal(from_tty):
    """The descriptor where a person who typed the command waits for its end; -1 where nobody does."""
    return 2 if from_tty and all(map(os.isatty, (0, 1, 2))) else -1


def answer(words, progress):
    """(exit code, sentence) of a verb and its options, printed."""
    command = _memmap.Command(words)
    target = None
    if command.needs_target or command.takes_target and not gdb_host.obstacle():
        target = memmap._annotated(gdb_host.current(progress))
    return _memmap.run_to(target, command, write, False, width(), gdb_host.debugger(), progress)


def run(words, from_tty):
    """Prints what the verb says. Exit codes of the standalone command as gdb's success and failure."""
    progress = _memmap.ProgressLine(waiting_terminal(from_tty))
    try:
        code, sentence = answer(words, progress)
    except _memmap.Error as error:
        raise failure(str(error)) from error
    finally:
        progress.end()
    if code in (0, 2):
        if sentence:
            write(f"warning: {sentence}\n", gdb.STDERR)
        return
    raise failure(sentence or f"memmap {words[0]}: not everything holds, see above")


class Verb(gdb.Command):
    """One verb; its help is the core's."""

    def __init__(self, verb):
        super().__init__(f"memmap {verb}", gdb.COMMAND_DATA)
        self.verb = verb

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        run([self.verb, *gdb.string_to_argv(argument)], from_tty)

    def complete(self, text, word):
        words = text.split()
        typed = "" if not words or text.endswith(" ") else words.pop()
        previous = words[-1] if words else ""
        if previous in ("-o", "--output"):
            return gdb.COMPLETE_FILENAME
        cut = len(typed) - len(word or "")
        return [name[cut:] for name in _memmap.choices(self.verb, previous) if name.startswith(typed)]


class KindFunction(gdb.Function):
    """$memmap_kind(ADDRESS): what the memory at ADDRESS is, as `memmap kinds` spells it."""

    def __init__(self):
        super().__init__("memmap_kind")

    def invoke(self, *words):
        if len(words) != 1:
            raise failure("$memmap_kind takes an address: $memmap_kind(0xc000012340)")
        try:
            address = int(words[0])
        except (gdb.error, TypeError, ValueError) as error:
            raise failure(f"$memmap_kind takes an address, and '{words[0]}' is none") from error
        try:
            return memmap.current()[address & 0xFFFFFFFFFFFFFFFF].kind
        except KeyError as error:
            raise failure(error.args[0]) from error
        except _memmap.Error as error:
            raise failure(str(error)) from error


class CounterFunction(gdb.Function):
    """$memmap_counter(NAME): a counter of the Go runtime as it stands: "other_sys", or a field of MemStats."""

    def __init__(self):
        super().__init__("memmap_counter")

    def invoke(self, *words):
        try:
            (name,) = (word.string() for word in words)
        except (gdb.error, TypeError, ValueError) as error:
            raise failure('$memmap_counter takes the name of a counter: $memmap_counter("other_sys")') from error
        try:
            target = memmap.current()
            counters = target.counters
            if name in counters:
                return counters[name]
            line = target.ledger.memstats.get(name)
        except _memmap.Error as error:
            raise failure(str(error)) from error
        if line is None and counters:
            raise failure(f"no counter is called '{name}'; there are {', '.join(counters)}")
        for value in (line.counter, line.fraction) if line else ():
            if value is not None:
                return value
        reason = line.reason if line else ""
        raise failure(f"{name} cannot be read in this target{reason and ': '}{reason}")


class Prefix(gdb.Command):
    """Called where no verb follows: an address may."""

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        run(gdb.string_to_argv(argument) or ["help"], from_tty)


def add(verb, answers, text):
    # LLDB and gdb both print the first line in lists.
    type("Verb", (Verb,), {"__doc__": shown(f"{answers}\n\n{text}")})(verb)


def register():
    type("Memmap", (Prefix,), {"__doc__": shown(f"{SUMMARY}\n\n{_memmap.help_text('')}")})(
        "memmap", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)
    for verb, answers in _memmap.verbs():
        for word in (verb, *_memmap.aliases(verb)):
            add(word, answers, _memmap.help_text(verb))
    add("help", "what a verb answers, its options, an example", "Syntax: memmap help [VERB]")
    KindFunction()
    CounterFunction()
