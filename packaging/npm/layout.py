#!/usr/bin/env python3
"""layout.py BINARY CPU VERSION LICENCES OUT: lays the npm package out in the
folder OUT: the helper of clients/node, with the program that it starts."""
import json
import pathlib
import shutil
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCE = TOP / "clients" / "node"


def main():
    binary, cpu, version, licences, out = sys.argv[1:]
    out = pathlib.Path(out)
    (out / "bin").mkdir(parents=True)
    manifest = json.loads((SOURCE / "package.json").read_text())
    for name in manifest["files"]:
        copy = shutil.copytree if (SOURCE / name).is_dir() else shutil.copy
        copy(SOURCE / name, out / name)
    for file in (SOURCE / "README.md", TOP / "LICENSE"):
        shutil.copy(file, out)
    shutil.copy(binary, out / "bin" / "mockvault")
    shutil.copytree(licences, out / "licenses")
    manifest.update(version=version, os=["linux"], cpu=[cpu],
                    bin={"mockvault": "bin/mockvault"},
                    files=["bin", "licenses", *manifest["files"]])
    (out / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
