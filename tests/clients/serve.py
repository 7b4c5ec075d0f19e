"""serve.py BINARY [--production] COMMAND...: runs COMMAND ADDRESS ROOT_TOKEN
against a server of its own in dev mode, or COMMAND ADDRESS - CACERT against one
behind TLS that COMMAND has to initialise and unseal; with --initialised only to
unseal: COMMAND ADDRESS ROOT_TOKEN CACERT KEY."""
import json
import os
import ssl
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402

PRODUCTION = """
cluster_addr = "https://127.0.0.1:8201"
storage "raft" {
  path    = "@HOME@/data"
  node_id = "node1"
}
listener "tcp" {
  address         = "127.0.0.1:0"
  tls_cert_file   = "@HOME@/cert.pem"
  tls_key_file    = "@HOME@/key.pem"
  tls_min_version = "tls12"
}
"""


def initialise(server):
    """(root token, key)"""
    body = json.dumps({"secret_shares": 1, "secret_threshold": 1})
    request = urllib.request.Request(server.url + "/v1/sys/init",
                                     body.encode(), method="PUT")
    trust = ssl.create_default_context(cafile=server.ca)
    with urllib.request.urlopen(request, context=trust) as answer:
        made = json.load(answer)
    return made["root_token"], made["keys"][0]


def main():
    binary, command = sys.argv[1], sys.argv[2:]
    mode = command.pop(0) if command[0].startswith("--") else ""
    server = Server(binary, config=PRODUCTION if mode else None)
    command.append(server.url)
    if mode == "--initialised":
        token, key = initialise(server)
        command += [token, server.ca, key]
    else:
        command += ["-", server.ca] if mode else [server.token]
    env = dict(os.environ, MOCKVAULT_URL=server.bound["admin_addr"])
    status = subprocess.run(command, env=env).returncode
    return server.stop() or status


if __name__ == "__main__":
    sys.exit(main())
