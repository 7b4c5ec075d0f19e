"""serve.py BINARY COMMAND...: runs COMMAND ADDRESS ROOT_TOKEN against a server
of its own; its exit status is the command's."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402

server = Server(sys.argv[1])
status = subprocess.run(sys.argv[2:] + [server.url, server.token]).returncode
server.stop()
sys.exit(status)
