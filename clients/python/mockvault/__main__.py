"""python -m mockvault: the program in this process's place."""

import os
import sys

from mockvault.binary import find_mockvault

if __name__ == "__main__":
    program = find_mockvault()
    os.execv(program, [program] + sys.argv[1:])
