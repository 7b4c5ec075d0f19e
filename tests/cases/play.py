#!/usr/bin/env python3
"""play.py BINARY FILE...: exchanges as data.

A file is a list of cases {"name", "steps"}; each case has a server of its own,
started with the case's "flags" besides those of every test, its clock
frozen (a case of the real clock says "--clock", "real").
A step is {"ask": "METHOD path", "body", "token", "headers", "status", "is",
"has", "text", "shows", "keep", "repeat"}: `is` is the whole expected body
(errors, bare objects), `has` members that the body must have at dotted paths,
`lacks` dotted paths that it must not have,
`text` the body as it came, `shows` {header: value, or null when it must be
absent} of the answer, `keep` {name: dotted path}
saves a value for ${name} in later steps, `repeat` plays a step that many
times with ${n} from 0; LONG:N stands for N letters. A value "*" stands for anything.
A case may set environment variables in "env".
A case with "versions" is played once for each of them (--vault-version); a step
with "since" or "until" is left out before that version, or from it on."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402


def dig(value, path):
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def fill(value, kept):
    if isinstance(value, str):
        value = re.sub(r"LONG:(\d+)", lambda m: "x" * int(m.group(1)), value)
        return re.sub(r"\$\{(\w+)\}", lambda m: str(kept[m.group(1)]), value)
    if isinstance(value, list):
        return [fill(v, kept) for v in value]
    if isinstance(value, dict):
        return {k: fill(v, kept) for k, v in value.items()}
    return value


def same(want, got):
    if want == "*":
        return True
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(
            same(want[k], got[k]) for k in want)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same, want, got))
    return type(want) is type(got) and want == got


def play_step(server, step, kept):
    method, path = fill(step["ask"], kept).split(" ", 1)
    status, headers, text = server.ask(method, path, fill(step.get("body"), kept),
                                 fill(step.get("token"), kept),
                                 fill(step.get("headers"), kept))
    where = "%s: %d %s" % (step["ask"], status, text.strip())
    assert status == step["status"], where
    for name, want in step.get("shows", {}).items():
        got = {k.lower(): v for k, v in headers.items()}.get(name.lower())
        assert same(want, got), "%s: %s in %s" % (name, got, where)
    if "text" in step:
        assert text == step["text"], where
        return
    body = json.loads(text) if text else None
    if "is" in step:
        assert same(fill(step["is"], kept), body), where
    for path, want in step.get("has", {}).items():
        assert same(fill(want, kept), dig(body, fill(path, kept))), \
            path + " in " + where
    for path in fill(step.get("lacks", []), kept):
        parent, _, name = path.rpartition(".")
        assert name not in (dig(body, parent) if parent else body), \
            path + " in " + where
    for name, path in step.get("keep", {}).items():
        kept[name] = dig(body, path)


def number(version):
    return [int(part) for part in version.split(".")]


def is_played(step, version):
    if version and "since" in step and number(version) < number(step["since"]):
        return False
    return not (version and "until" in step and
                number(version) >= number(step["until"]))


def play(binary, case):
    for version in case.get("versions", [None]):
        try:
            play_version(binary, case, version)
        except Exception as e:
            raise AssertionError("%s%s" % (
                version + ": " if version else "", e)) from e


def play_version(binary, case, version):
    flags = ["--vault-version", version] if version else []
    server = Server(binary, "--clock", "frozen", *case.get("flags", []), *flags,
                    env=case.get("env"))
    try:
        kept = {}
        for step in case["steps"]:
            if not is_played(step, version):
                continue
            for n in range(step.get("repeat", 1)):
                play_step(server, step, dict(kept, n=n)
                          if "repeat" in step else kept)
    finally:
        status = server.stop()
    assert status == 0, "exit status %d: %s" % (status, server.stderr())


def main():
    passed = failed = 0
    word = os.environ.get("MV_TEST_ONLY", "")
    for file in sys.argv[2:]:
        with open(file) as f:
            cases = json.load(f)
        for case in cases:
            if word not in case["name"] and word not in file:
                continue
            try:
                play(sys.argv[1], case)
                passed += 1
            except Exception as e:  # a case's failure, whatever it was
                failed += 1
                print("FAIL %s: %s: %s" % (os.path.basename(file),
                                           case["name"], e))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed and not word else 0


sys.exit(main())
