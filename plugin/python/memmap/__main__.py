"""The command `memmap` of the installed package: the native program in folder native. Also python -m memmap."""

import os
import pathlib
import sys


def main():
    package = pathlib.Path(__file__).resolve().parent
    candidates = (package / "native" / "memmap", package.parent.parent / "memmap")
    program = next((path for path in candidates if path.is_file()), None)
    if program is None:
        sys.exit("memmap: the program is not beside the package")
    os.execv(program, [str(program), *sys.argv[1:]])


if __name__ == "__main__":
    main()
