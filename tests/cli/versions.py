#!/usr/bin/env python3
"""versions.py BINARY: the page of versions is the table's, every row of the
table acts somewhere, and a version's routes are those of the table."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(*args):
    return subprocess.run([sys.argv[1], *args], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def the_page_is_the_tables():
    assert output("versions") == (ROOT / "docs/versions.md").read_text(), \
        "mockvault versions >docs/versions.md"


def every_row_acts():
    names = re.findall(r"^\tX\((\w+),",
                       (ROOT / "src/core/version.h").read_text(), re.M)
    source = "".join(p.read_text() for p in (ROOT / "src").rglob("*.[ch]")
                     if p.name != "version.h" or p.parent.name != "core")
    idle = [n for n in names if not re.search(r"\b(VERSION_)?%s\b" % n, source)]
    assert len(names) > 60 and not idle, idle


def routes_of_a_version():
    def has(text, path):
        return any(line.split("\t")[1:2] == [path]
                   for line in text.splitlines())

    old, now = output("routes", "--vault-version", "1.14.8"), output("routes")
    assert not has(old, "sys/activation-flags")
    assert has(now, "sys/activation-flags")
    changes = output("routes", "--vault-version=2.0.0")
    assert "+\tsince 2.0.0\trekey and generate-root need a token" in \
        " ".join(changes.split(" ")), changes[-2000:]


def main():
    failed = 0
    for test in (the_page_is_the_tables, every_row_acts, routes_of_a_version):
        try:
            test()
        except AssertionError as e:
            failed += 1
            print("FAIL %s: %s" % (test.__name__, e))
    print("%d passed, %d failed" % (3 - failed, failed))
    return 1 if failed else 0


sys.exit(main())
