#!/usr/bin/env python3
"""wheel.py BINARY ARCHITECTURE VERSION LICENCES OUT: packs a static mockvault as
a Python wheel into the folder OUT and prints its path. Nothing but Python's own
library is asked for, and the same input makes the same bytes.

The program needs no C library, so the wheel is both a manylinux and a musllinux
one; its oldest kernel is older than either's."""
import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "clients" / "python"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class Wheel:
    def __init__(self, path, epoch):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED,
                                   compresslevel=9)
        # Zip's time begins in 1980.
        self.date = time.gmtime(max(epoch, 315532800))[:6]
        self.record = []

    def add(self, name, data, mode=0o644):
        info = zipfile.ZipInfo(name, self.date)
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        self.zip.writestr(info, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
        self.record.append("%s,sha256=%s,%d" % (
            name, digest.rstrip(b"=").decode(), len(data)))

    def close(self, record):
        self.record.append(record + ",,")
        text = "\n".join(self.record) + "\n"
        self.zip.writestr(zipfile.ZipInfo(record, self.date), text)
        self.zip.close()


def main():
    binary, architecture, version, licences, out = sys.argv[1:]
    machine = MACHINES[architecture]
    tags = ["manylinux2014_" + machine, "manylinux_2_17_" + machine,
            "musllinux_1_1_" + machine]
    path = pathlib.Path(out, "mockvault-%s-py3-none-%s.whl" % (
        version, ".".join(tags)))
    wheel = Wheel(path, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    for module in sorted(p for p in (SOURCE / "mockvault").iterdir()
                         if p.suffix in (".py", ".typed")):
        wheel.add("mockvault/" + module.name, module.read_bytes())
    wheel.add("mockvault-%s.data/scripts/mockvault" % version,
              pathlib.Path(binary).read_bytes(), 0o755)
    info = "mockvault-%s.dist-info/" % version
    licences = pathlib.Path(licences)
    files = sorted(p for p in licences.rglob("*") if p.is_file())
    wheel.add(info + "METADATA", (
        "Metadata-Version: 2.1\nName: mockvault\nVersion: %s\n"
        "Summary: A Vault that tests can command\n"
        "License: Apache-2.0\nRequires-Python: >=3.8\n"
        "Classifier: Framework :: Pytest\n"
        "Classifier: Operating System :: POSIX :: Linux\n"
        "Classifier: Topic :: Software Development :: Testing :: Mocking\n"
        "%s"
        "Description-Content-Type: text/markdown\n\n%s" % (
            version, "".join("License-File: licenses/%s\n" %
                             p.relative_to(licences) for p in files),
            (SOURCE / "README.md").read_text())).encode())
    wheel.add(info + "entry_points.txt",
              b"[pytest11]\nmockvault = mockvault.pytest_plugin\n")
    wheel.add(info + "WHEEL", (
        "Wheel-Version: 1.0\nGenerator: mockvault\nRoot-Is-Purelib: false\n"
        "%s" % "".join("Tag: py3-none-%s\n" % tag for tag in tags)).encode())
    for p in files:
        wheel.add(info + "licenses/%s" % p.relative_to(licences),
                  p.read_bytes())
    wheel.close(info + "RECORD")
    print(path)


if __name__ == "__main__":
    main()
