#!/usr/bin/env python3
"""make install and make uninstall into a folder: install.py BINARY, whose
folder is the build."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import suite  # noqa: E402
from support.suite import same  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = os.path.dirname(os.path.abspath(sys.argv[1]))
PREFIX = "/opt/mockvault"
WANTED = {
    "bin/mockvault": 0o755,
    "include/mockvault.h": 0o644,
    "lib/libmockvault.a": 0o644,
    "lib/libmockvault.so": 0o644,
    "lib/libmockvault.so.0": 0o644,
    "lib/pkgconfig/mockvault.pc": 0o644,
    "share/man/man1/mockvault.1": 0o644,
    "share/man/man1/vault.1": 0o644,
    "share/bash-completion/completions/mockvault": 0o644,
    "share/zsh/site-functions/_mockvault": 0o644,
    "share/fish/vendor_completions.d/mockvault.fish": 0o644,
    "share/mockvault/fixtures/platform-kernel.json": 0o644,
    "share/doc/mockvault/README.md": 0o644,
    "share/doc/mockvault/LICENSE": 0o644,
}


def make(target, root):
    done = subprocess.run(
        ["make", "-s", "-C", BUILD, target, "DESTDIR=" + root,
         "prefix=" + PREFIX], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def files(root):
    return {str(p.relative_to(root + PREFIX)): p.stat().st_mode & 0o777
            for p in pathlib.Path(root + PREFIX).rglob("*") if not p.is_dir()}


def everything_in_place(root):
    found = files(root)
    same({path: found.get(path) for path in WANTED}, WANTED)
    for folder, there in (
            ("fixtures/scenarios", "share/mockvault/scenarios"),
            ("docs", "share/doc/mockvault/docs")):
        for path in (TOP / folder).rglob("*"):
            if path.is_file():
                name = "%s/%s" % (there, path.relative_to(TOP / folder))
                same((name, found.get(name)), (name, 0o644))
    same([path for path in found if os.path.getsize(
        "%s%s/%s" % (root, PREFIX, path)) == 0], [])


def says_what_it_is(root):
    """The pages and completions are those of the program beside them."""
    program = root + PREFIX + "/bin/mockvault"
    for path, words in (
            ("share/man/man1/mockvault.1", ["man"]),
            ("share/man/man1/vault.1", ["man", "vault"]),
            ("share/bash-completion/completions/mockvault",
             ["completion", "bash"]),
            ("share/zsh/site-functions/_mockvault", ["completion", "zsh"]),
            ("share/fish/vendor_completions.d/mockvault.fish",
             ["completion", "fish"])):
        same((path, pathlib.Path(root + PREFIX, path).read_text()),
             (path, subprocess.run([program, *words], check=True,
                                   capture_output=True, text=True).stdout))


def library_is_described(root):
    def ask(*words):
        return subprocess.run(
            ["pkg-config", *words, "mockvault"], check=True, text=True,
            capture_output=True, env=dict(
                os.environ, PKG_CONFIG_PATH=root + PREFIX +
                "/lib/pkgconfig")).stdout
    version = re.search(r"AC_INIT\(\[mockvault\], \[(.*)\]\)",
                        (TOP / "configure.ac").read_text())[1]
    same(ask("--modversion").strip(), version)
    same([word for word in ask("--libs").split() if word.startswith("-l")],
         ["-lmockvault"])
    assert "-lsqlite3" in ask("--static", "--libs").split()


def libraries_show_their_own_names_alone(root):
    header = (TOP / "include/mockvault.h").read_text()
    declared = set(re.findall(r"^\S.*?\b(mv_\w+)\(", header, re.M))
    for words in (["-g", "lib/libmockvault.a"], ["-D", "lib/libmockvault.so"]):
        shown = subprocess.run(
            ["nm", words[0], "--defined-only", "--format=posix",
             root + PREFIX + "/" + words[1]], check=True, text=True,
            capture_output=True).stdout
        names = {line.split()[0].split("@")[0] for line in shown.splitlines()
                 if len(line.split()) > 2}
        same((words, names - {"MOCKVAULT_0"}), (words, declared))


def example_is_built(root):
    """examples/c, as its reader would build it, with each of the libraries."""
    makefile = pathlib.Path(BUILD, "Makefile").read_text()
    instruments = re.search("^SAN_FLAGS = (.*)$", makefile, re.M)[1]
    library = root + PREFIX + "/lib"
    for static in ([], ["STATIC=1"]):
        with tempfile.TemporaryDirectory(prefix="example-") as work:
            for name in ("Makefile", "vault_test.c"):
                shutil.copy(TOP / "examples/c" / name, work)
            done = subprocess.run(
                ["make", "-C", work, "check", "CC=gcc " + instruments,
                 "PKG_CONFIG=pkg-config --define-prefix", *static],
                capture_output=True, text=True, env=dict(
                    os.environ, PKG_CONFIG_PATH=library + "/pkgconfig",
                    LD_LIBRARY_PATH=library))
            assert done.returncode == 0, done.stdout + done.stderr
            assert "100%: Checks: 3" in done.stdout, done.stdout
            linked = subprocess.run(
                ["readelf", "-d", work + "/vault_test"], check=True,
                capture_output=True, text=True).stdout
            same((static, "libmockvault.so.0" in linked),
                 (static, not static))


def harden_flags():
    makefile = pathlib.Path(BUILD, "Makefile").read_text()
    return re.search("^HARDEN_CFLAGS = (.*)$", makefile, re.M)[1]


def plain_build():
    """The folder of a build without sanitizers, which leave hardening out: this
    one, or one that is made beside it and stays for the next time."""
    if harden_flags().strip():
        return BUILD
    folder = os.path.join(BUILD, "plain")
    os.makedirs(folder, exist_ok=True)
    for command in ([str(TOP / "configure"), "-q", "CFLAGS=-g -O1"],
                    ["make", "-s", "-j2", "mockvault"]):
        done = subprocess.run(command, cwd=folder, capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


def is_hardened(_):
    """Position-independent, relocations read-only before it runs, no stack that
    can be executed, a canary on the stack, checked calls, stacks that grow page
    by page: in the program that configure makes by itself."""
    program = os.path.join(plain_build(), "mockvault")
    shown = subprocess.run(["readelf", "-hldW", "--dyn-syms", program],
                           check=True, capture_output=True, text=True).stdout
    for wanted in ("DYN (Position-Independent", "GNU_RELRO", "BIND_NOW",
                   "__stack_chk_fail", "_chk@"):
        assert wanted in shown, wanted
    stack = re.search(r"GNU_STACK.* (R\S*) +0x", shown)
    same(stack[1], "RW")
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program],
                          check=True, capture_output=True, text=True).stdout
    assert re.search(r"\borq? +\$0x0,.*\(%rsp\)|\bstr\s+xzr, \[sp", code), \
        "no page of the stack is touched in turn"


def nothing_left(_):
    with tempfile.TemporaryDirectory(prefix="install-") as root:
        make("install", root)
        assert len(files(root)) > len(WANTED)
        make("uninstall", root)
        same(files(root), {})


TESTS = [everything_in_place, says_what_it_is, library_is_described,
         libraries_show_their_own_names_alone, example_is_built, is_hardened,
         nothing_left]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="install-") as folder:
        make("install", folder)
        sys.exit(suite.run(TESTS, folder))
