"""Gets any Go release by way of the `go` command that is there, through the module proxy.

A `go` of 1.21 or newer fetches a release when GOTOOLCHAIN names it. An older one (Debian 12 has 1.19) ignores
GOTOOLCHAIN, but it can download a first newer toolchain as an ordinary module. What is fetched stays in the
module cache. Reads nothing from Go's settings file but where to download from and where to keep things.
"""

import functools
import glob
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time

FIRST_TOOLCHAIN = "1.21.13"  # what a `go` too old to know GOTOOLCHAIN downloads first
ATTEMPTS = 3
DOWNLOAD_TIMEOUT = 180  # seconds

# From the user's settings only these: a GOFLAGS there can hold a flag that releases before 1.18 refuse.
KEPT_SETTINGS = ("GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOPATH", "GOCACHE")
# What would change the meaning of a build.
DROPPED = ("GOFLAGS", "GODEBUG", "GOEXPERIMENT", "GOAMD64", "GOROOT", "GO111MODULE", "GOWORK", "CGO_ENABLED",
           "CGO_CFLAGS", "CGO_LDFLAGS", "CGO_CPPFLAGS", "GOOS", "GOARCH", "GOBIN", "GOTOOLDIR", "GOMODCACHE")


class Unavailable(Exception):
    """A release that cannot be had here; the message says why in one line."""


def say(message):
    print(message, file=sys.stderr, flush=True)


def version_tuple(version):
    """'1.21.13' -> (1, 21, 13); what is not a number counts as 0 ('1.28rc1' -> (1, 28))."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def candidates():
    found = [shutil.which("go"), "/usr/local/go/bin/go", *sorted(glob.glob("/usr/lib/go-*/bin/go"), reverse=True)]
    return list(dict.fromkeys(path for path in found if path and os.access(path, os.X_OK)))


def ask(go, arguments, env):
    result = subprocess.run([go, *arguments], env=env, cwd=tempfile.gettempdir(), text=True, timeout=60,
                            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if result.returncode != 0:
        raise Unavailable(f"{go} {' '.join(arguments)}: {last_line(result.stderr)}")
    return result.stdout


def last_line(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


@functools.cache
def base_environment(go):
    """The environment of every call: the user's, without what changes a build, with where to download from."""
    env = {key: value for key, value in os.environ.items() if key not in DROPPED}
    asking = dict(env, GOTOOLCHAIN="local")
    settings = ask(go, ["env", *KEPT_SETTINGS], asking).split("\n")
    env.update({key: value for key, value in zip(KEPT_SETTINGS, settings) if value})
    modcache = ask(go, ["env", "GOMODCACHE"], asking).strip()
    if modcache:
        env["GOMODCACHE"] = modcache
    # An empty GOFLAGS in the environment wins over the settings file for the releases that know one.
    env.update(GOENV="off", GOFLAGS="", GO111MODULE="on", GOOS="linux", GOARCH="amd64")
    return env


def release_of(go):
    """The release of a `go` command itself, whatever GOTOOLCHAIN says."""
    env = dict(os.environ, GOENV="off", GOFLAGS="", GOTOOLCHAIN="local")
    match = re.search(r"\bgo(1\.\S+)", ask(go, ["version"], env))
    if not match:
        raise Unavailable(f"{go} does not tell its version")
    return match.group(1)


def make_runnable(root):
    """Sets the run bits that the module zip does not carry."""
    for path in (*glob.glob(f"{root}/bin/*"), *glob.glob(f"{root}/pkg/tool/*/*")):
        mode = os.stat(path).st_mode
        if not mode & stat.S_IXUSR:
            os.chmod(path, mode | 0o111)


def download_first(go):
    """With a `go` before 1.21: downloads one that knows GOTOOLCHAIN, and gives its path."""
    module = f"golang.org/toolchain@v0.0.1-go{FIRST_TOOLCHAIN}.linux-amd64"
    # Releases before 1.21 have no checksum rule for toolchain modules, so the database must not be asked.
    env = dict(base_environment(go), GOSUMDB="off")
    with tempfile.TemporaryDirectory() as empty:
        with open(os.path.join(empty, "go.mod"), "w", encoding="utf-8") as file:
            file.write("module empty\n")
        out = retried(f"Go {FIRST_TOOLCHAIN}", [go, "mod", "download", "-json", module], env, empty)
    root = json.loads(out)["Dir"]
    make_runnable(root)
    return os.path.join(root, "bin", "go")


def retried(what, command, env, folder):
    """Runs a download, again when it fails, saying so each time."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            result = subprocess.run(command, env=env, cwd=folder, text=True, timeout=DOWNLOAD_TIMEOUT,
                                    stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if result.returncode == 0:
                return result.stdout
            why = last_line(result.stderr or result.stdout)
        except subprocess.TimeoutExpired:
            why = f"no answer in {DOWNLOAD_TIMEOUT} s"
        except OSError as error:
            why = str(error)
        say(f"{what}: attempt {attempt} of {ATTEMPTS} failed: {why}")
        if attempt < ATTEMPTS:
            time.sleep(2 * attempt)
    raise Unavailable(f"{what} cannot be downloaded: {why}")


base_lock = threading.Lock()


@functools.lru_cache(maxsize=1)
def find_base():
    found = candidates()
    if not found:
        raise Unavailable("no go command: install golang-go")
    found.sort(key=lambda go: version_tuple(release_of(go)), reverse=True)
    newest = found[0]
    if version_tuple(release_of(newest)) >= (1, 21):
        return newest
    if version_tuple(release_of(newest)) < (1, 11):
        raise Unavailable(f"{newest} is Go {release_of(newest)}: 1.11 or newer is needed")
    return download_first(newest)


def base():
    """A `go` command that knows GOTOOLCHAIN."""
    with base_lock:
        return find_base()


def environment(release):
    """The environment in which `base()` is Go `release`."""
    env = dict(base_environment(base()), GOTOOLCHAIN=f"go{release}")
    if version_tuple(release)[:2] == (1, 19):
        env["GODEBUG"] = "goindex=0"  # 1.19.13 cannot build package net in module mode without it
    return env


release_locks = {}
refused = {}  # release -> why it cannot be had; asked once per run


def obtain(release):
    """Makes sure that Go `release` is there; gives the environment to call `base()` with."""
    with base_lock:
        lock = release_locks.setdefault(release, threading.Lock())
    with lock:
        if release in refused:
            raise Unavailable(refused[release])
        try:
            env = environment(release)
            out = retried(f"Go {release}", [base(), "version"], env, tempfile.gettempdir())
            if f" go{release} " not in out:
                raise Unavailable(f"asked for Go {release}, got: {out.strip()}")
        except Unavailable as error:
            refused[release] = str(error)
            raise
        return env


def root(release):
    """GOROOT of a release: its own runtime source is under src/runtime."""
    return ask(base(), ["env", "GOROOT"], obtain(release)).strip()
