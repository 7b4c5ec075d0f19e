#!/usr/bin/env python3
"""linearizable.py BINARY BUILD [SEEDS]: real nodes under a simulation
(tests/stress/nodesim), and what its clients saw given to Porcupine, which says
whether some order of the operations explains all of it. Ends with the seed of a
failure; `linearizable.py BINARY BUILD FIRST-LAST` runs it again. Without a Go
toolchain the histories are not looked at. Closes with 'N passed, N failed'."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[2])
NODESIM = os.path.join(BUILD, "tests", "stress", "nodesim", "nodesim")
CHECKER = os.path.join(BUILD, "tests", "linearizable")
AT_ONCE = 20
COUNTS = ("kills pauses partitions hand-overs seals bursts two-lead reads "
          "writes acknowledged unknown").split()


def build_checker():
    """False: there is no Go."""
    if not shutil.which("go"):
        return False
    done = subprocess.run(["go", "build", "-o", CHECKER, "."],
                          cwd=os.path.join(HERE, "linearizable"), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return True


class Run:
    """Seeds, some at a time; off: these rules of the guard are not there."""

    def __init__(self, check, off=None):
        self.check, self.off = check, off
        self.failures, self.counts = [], dict.fromkeys(COUNTS, 0)
        self.operations = 0

    def some(self, first, last):
        with tempfile.TemporaryDirectory() as folder:
            history = os.path.join(folder, "history")
            done = subprocess.run(
                [NODESIM, "--history", history,
                 *(["--off", self.off] if self.off else []),
                 str(first), str(last)], text=True, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if self.off else None)
            for line in done.stdout.splitlines():
                words = line.split()
                if words[0] != "ok":
                    self.failures.append(line)
                    continue
                for name, n in zip(COUNTS, words[2:]):
                    self.counts[name] += int(n)
            if self.check:
                seen = subprocess.run([CHECKER, history], text=True,
                                      stdout=subprocess.PIPE)
                *bad, last_line = seen.stdout.splitlines()
                self.failures += bad
                self.operations += int(last_line.split()[0])

    def all(self, first, last):
        for at in range(first, last + 1, AT_ONCE):
            self.some(at, min(last, at + AT_ONCE - 1))
            if self.failures:
                break
        return self


def main():
    if not os.path.exists(NODESIM):
        print("there is no libraft: skipped\n0 passed, 0 failed")
        return 0
    first, _, last = (sys.argv[3] if len(sys.argv) > 3 else "12").rpartition(
        "-")
    check = build_checker()
    if not check:
        print("linearizability: skipped, there is no Go toolchain")
    failed, passed = [], 0
    run = Run(check).all(int(first or 1), int(last))
    print("seeds %s to %s:" % (first or 1, last), ", ".join(
        "%d %s" % (n, name) for name, n in run.counts.items()),
        "; %d operations are linearizable" % run.operations
        if check and not run.failures else "")
    passed += not run.failures
    failed += run.failures
    # Does it bite? From a seed that did when it was looked for.
    for off, seed in BITES if check and not first else ():
        run = Run(check, off)
        while seed < SEARCHED and not run.failures:
            run.all(seed, seed)
            seed += 1
        print("without %s: %s" % (off, run.failures or "nothing was found"))
        passed += bool(run.failures)
        failed += [] if run.failures else [
            "without %s nothing was found" % off]
    for line in failed:
        print("FAIL", line)
    print("%d passed, %d failed" % (passed, len(failed)))
    return 1 if failed else 0


# Without the lease of reads, which one seed in a hundred needs; without all
# rules of the guard but the barrier, which the nodes cannot do without.
BITES = [("17", 34), ("4,5,6,7,8,10,11,12,13,17,18", 10)]
SEARCHED = 300

if __name__ == "__main__":
    sys.exit(main())
