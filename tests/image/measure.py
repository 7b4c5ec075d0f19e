#!/usr/bin/env python3
"""measure.py ROOTFS [DIST]: size, start and memory of the image, sizes of what
scripts/dist made. Start is the time from the entrypoint's beginning to the
first 200 of sys/health, the median and the least of 21; memory is resident, before the first secret.
Needs root for chroot."""
import glob
import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = 21
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/home/vault",
    "VAULT_DEV_ROOT_TOKEN_ID": "root",
    "VAULT_DEV_LISTEN_ADDRESS": "127.0.0.1:0",
    "MOCKVAULT_ADMIN_ADDR": "127.0.0.1:0"}


def start(rootfs):
    """(seconds, resident bytes) of one start."""
    began = time.monotonic()
    server = subprocess.Popen(
        [shutil.which("chroot"), "--userspec=100:1000", "--groups=", rootfs,
         "/usr/local/bin/docker-entrypoint.sh", "server", "-dev"],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    bound = next(line for line in server.stdout if line[0] == "{")
    address = json.loads(bound)["listeners"][0]["address"]
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/v1/sys/health")
    assert connection.getresponse().status == 200
    seconds = time.monotonic() - began
    with open("/proc/%d/status" % server.pid) as f:
        resident = int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) * 1024
    server.terminate()
    server.communicate()
    return seconds, resident


def main():
    rootfs = os.path.abspath(sys.argv[1])
    dist = sys.argv[2] if len(sys.argv) > 2 else "dist"
    size = sum(p.lstat().st_size for p in pathlib.Path(rootfs).rglob("*")
               if p.is_file() and not p.is_symlink())
    program = os.path.getsize(os.path.join(rootfs, "bin/mockvault"))
    rounds = [start(rootfs) for _ in range(ROUNDS)]
    print("image     %.2f MB, %.2f MB of it the program" % (
        size / 1e6, program / 1e6))
    seconds = [1e3 * s for s, _ in rounds]
    print("start     %.1f ms, at least %.1f ms" % (
        statistics.median(seconds), min(seconds)))
    print("memory    %.1f MB" % (max(r for _, r in rounds) / 1e6))
    for path in sorted(glob.glob(os.path.join(dist, "*mockvault*"))):
        print("%6.2f MB %s" % (os.path.getsize(path) / 1e6,
                               os.path.basename(path)))


if __name__ == "__main__":
    main()
