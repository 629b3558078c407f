"""A terminal for the tests: what a program shows there, and a reader that lets memmap wait."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading

from hosts import check

LONG = 1.5  # seconds that a slow reader lets memmap wait
LIMIT = 60  # seconds for anything else
CLEAR = "\r\x1b[K"
LINE = re.compile(re.escape(CLEAR) + r"memmap: ([a-z' ]+), \d+\.\d s")


class SlowReader:
    """A pipe with a name, whose reader comes late: memmap waits until then."""

    def __init__(self, path):
        self.path, self.bytes = path, b""
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    def come(self, seconds=0):
        """Reads, so much later."""
        self.timer = threading.Timer(seconds, self.read)
        self.timer.daemon = True  # nobody may write
        self.timer.start()

    def read(self):
        self.bytes = self.path.read_bytes()

    def end(self):
        """The bytes that came."""
        self.timer.join(LIMIT)
        return self.bytes


class Terminal:
    """A program with a terminal of its own for all it reads and writes, as under a shell."""

    def __init__(self, words, folder, columns=120, **env):
        self.end, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(list(map(str, words)), cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal,
                                        env={**os.environ, "TERM": "xterm", **env}, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # noqa: PLW1509  # one call
        os.close(terminal)
        self.text, self.more = "", threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while piece := os.read(self.end, 4096):
                with self.more:
                    self.text += piece.decode(errors="replace")
                    self.more.notify()
        except OSError:  # the other end is closed
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        os.close(self.end)

    def type(self, line):
        os.write(self.end, f"{line}\n".encode())

    def shown_until(self, words):
        """What has appeared since the last call, once `words` has."""
        with self.more:
            came = self.more.wait_for(lambda: words in self.text, LIMIT)
            shown, self.text = self.text, ""
        check(came, f"{words!r} does not appear: {shown[-2000:]!r}")
        return shown

    def shown_by_end(self):
        """What has appeared since, once the program has ended."""
        self.process.wait(LIMIT)
        self.reader.join()
        return self.text


def lines_in(text):
    """What the progress line said, in order. After the last it must have been taken away at once."""
    found = list(LINE.finditer(text))
    check(text.count("memmap: ") == len(found), f"a line of another form: {text!r}")
    check(not found or text[found[-1].end():].startswith(CLEAR), f"the line stays: {text!r}")
    return [line[1] for line in found]
