#!/usr/bin/env python3
"""foreign_keys.py BINARY: keys and certificates of kinds that Vault's library
does not read are refused wherever they come in, in its words, and the server
goes on. openssl makes them.

Closes with 'N passed, N failed'."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from tests.support.control_client import steered  # noqa: E402
from tests.support.server import Server  # noqa: E402
from tests.support.suite import run, same  # noqa: E402

BINARY = sys.argv[1]
CURVE = ["-algorithm", "EC", "-pkeyopt"]
KINDS = {
    "ed448": ["-algorithm", "ED448"],
    "x448": ["-algorithm", "X448"],
    "x25519": ["-algorithm", "X25519"],
    "rsa-pss": ["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "dh": ["-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"],
    "sm2": ["-algorithm", "SM2"],
    "secp256k1": CURVE + ["ec_paramgen_curve:secp256k1"],
    "brainpool": CURVE + ["ec_paramgen_curve:brainpoolP256r1"],
    "sect571r1": CURVE + ["ec_paramgen_curve:sect571r1"],
    "explicit": CURVE + ["ec_paramgen_curve:P-256", "-pkeyopt",
                         "ec_param_enc:explicit"],
}
CURVES = ("sm2", "secp256k1", "brainpool", "sect571r1")
UNREAD = ("ed448", "x448", "x25519", "rsa-pss", "dh")


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


class Foreign:
    """Of one kind: the private key, its public half, a CA and a leaf that an
    ordinary RSA key has signed, and, where the kind signs, a request."""

    def __init__(self, folder, kind):
        def at(name):
            return os.path.join(folder, name)
        if not os.path.exists(at("ca.pem")):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                    "/CN=ca", "-keyout", at("ca.key"), "-out", at("ca.pem"))
            openssl("req", "-new", "-key", at("ca.key"), "-subj", "/CN=other",
                    "-out", at("ca.csr"))
            with open(at("extensions"), "w") as f:
                f.write("basicConstraints=critical,CA:TRUE\n"
                        "keyUsage=keyCertSign,cRLSign\n")
        text = openssl("genpkey", *KINDS[kind])
        self.key = text[text.index("-----BEGIN PRIVATE KEY"):]
        with open(at("key"), "w") as f:
            f.write(self.key)
        self.public = openssl("pkey", "-in", at("key"), "-pubout")
        with open(at("public"), "w") as f:
            f.write(self.public)
        sign = ("x509", "-req", "-in", at("ca.csr"), "-CA", at("ca.pem"),
                "-CAkey", at("ca.key"), "-CAcreateserial", "-force_pubkey",
                at("public"))
        self.ca = openssl(*sign, "-extfile", at("extensions"))
        self.leaf = openssl(*sign)
        self.csr = None
        if kind not in ("x448", "x25519", "dh"):
            self.csr = openssl("req", "-new", "-key", at("key"), "-subj",
                               "/CN=a.example.com")


def errors(server, path, body):
    answer = server.ask("POST", path, body)
    assert answer[0] in (400, 500), (path, answer)
    return json.loads(answer[2])["errors"][0]


def curve_text(kind):
    return "x509: " + ("invalid ECDSA parameters" if kind == "explicit"
                       else "unsupported elliptic curve")


def is_curve(kind):
    return kind == "explicit" or kind in CURVES


def refused_by_pki(server, kind, k):
    for path in ("keys/import", "config/ca", "issuers/import/bundle"):
        text = errors(server, "pki/" + path, {"pem_bundle": k.key + k.ca
                      if path != "keys/import" else k.key})
        assert "failed to parse PEM block: " in text, (kind, path, text)
        if kind in ("ed448", "x448", "rsa-pss", "dh"):
            assert "private key with unknown algorithm: 1." in text, text
        elif kind != "x25519":
            assert "x509: unknown elliptic curve" in text, (kind, text)
    for path in ("issuers/import/cert", "intermediate/set-signed"):
        text = errors(server, "pki/" + path, {"certificate": k.ca})
        wanted = ("unable to parse certificate: " + curve_text(kind)
                  if is_curve(kind) else "with empty PublicKey")
        assert wanted in text, (kind, path, text)
    if not k.csr:
        return
    for path in ("sign/any", "sign-verbatim", "root/sign-intermediate"):
        text = errors(server, "pki/" + path,
                      {"csr": k.csr, "common_name": "a.example.com",
                       "ttl": "1h"})
        same((kind, text),
             (kind, "certificate request could not be parsed: "
              + curve_text(kind) if is_curve(kind)
              else "Unknown key type in CSR: 0"))


def refused_by_the_others(server, kind, k):
    unread = "x509: malformed serial number"
    same((kind, errors(server, "auth/jwt/config",
                       {"jwt_validation_pubkeys": [k.public]})),
         (kind, "error parsing public key: " + (
             "data does not contain any valid public keys"
             if kind == "x25519" else unread)))
    same((kind, errors(server, "auth/jwt/config",
                       {"jwt_validation_pubkeys": [k.leaf]})),
         (kind, "error parsing public key: " + (
             curve_text(kind) if is_curve(kind)
             else "data does not contain any valid public keys")))
    if is_curve(kind):
        same(errors(server, "auth/cert/certs/a", {"certificate": k.ca}),
             "failed to parse certificate")
        same(errors(server, "transit/keys/rsa/set-certificate",
                    {"certificate_chain": k.leaf}),
             "failed to parse certificate in certificate chain: "
             + curve_text(kind))
    if k.csr and is_curve(kind):
        same(errors(server, "transit/keys/rsa/csr", {"csr": k.csr}),
             curve_text(kind))
    for type in ("rsa-2048", "ecdsa-p256", "ed25519"):
        text = errors(server, "transit/keys/new/import",
                      {"type": type, "public_key": k.public})
        wanted = ("invalid key type: expected %s, got" % type
                  if kind == "x25519" else curve_text(kind) if is_curve(kind)
                  else "error parsing public key: "
                       "x509: unknown public key algorithm")
        assert wanted in text, (kind, type, text)


def everywhere():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(BINARY)
        try:
            for path, type in (("sys/mounts/pki", "pki"),
                               ("sys/mounts/transit", "transit"),
                               ("sys/auth/jwt", "jwt"),
                               ("sys/auth/cert", "cert")):
                same(server.ask("POST", path, {"type": type})[0], 204)
            server.ask("POST", "pki/root/generate/internal",
                       {"common_name": "root", "key_type": "ec"})
            server.ask("POST", "pki/roles/any",
                       {"allow_any_name": True, "key_type": "any"})
            server.ask("POST", "transit/keys/rsa", {"type": "rsa-2048"})
            for kind in KINDS:
                k = Foreign(folder, kind)
                refused_by_pki(server, kind, k)
                refused_by_the_others(server, kind, k)
            held = server.ask("LIST", "pki/keys")[2]
            same(len(json.loads(held)["data"]["keys"]), 1)
        finally:
            same(server.stop(), 0)


def the_usual_ones_are_taken():
    """A key in a certificate is one that logins are checked with."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(BINARY)
        try:
            server.ask("POST", "sys/auth/jwt", {"type": "jwt"})
            for made in (["rsa:2048"], ["ec", "-pkeyopt",
                                        "ec_paramgen_curve:P-521"],
                         ["ed25519"]):
                cert = openssl("req", "-x509", "-newkey", *made, "-nodes",
                               "-subj", "/CN=a", "-keyout",
                               os.path.join(folder, "key"))
                public = openssl("pkey", "-in", os.path.join(folder, "key"),
                                 "-pubout")
                same((made, server.ask(
                    "POST", "auth/jwt/config",
                    {"jwt_validation_pubkeys": [cert, public]})[0]),
                     (made, 204))
        finally:
            same(server.stop(), 0)


def a_larger_key_of_a_state():
    """A state that is put in may hold keys larger than those made here."""
    large = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                    "rsa_keygen_bits:5120")
    large = large[large.index("-----BEGIN PRIVATE KEY"):]
    with steered(Server(BINARY, "--admin-addr=127.0.0.1:0")) as c:
        c.ask("POST", "identity/oidc/key/k",
              {"algorithm": "RS256", "allowed_client_ids": ["*"]})
        c.ask("POST", "identity/oidc/role/r", {"key": "k"})
        c.ask("POST", "identity/oidc/key/k/rotate", {})
        state = c.control("GET", "state").json()
        row = next(r for r in state["tables"]["setting"]
                   if r["name"] == "identity/oidc")
        value = json.loads(row["value"])
        for pair in value["keys"]["k"]["ring"]:
            pair["pem"] = large
        row["value"] = json.dumps(value)
        same(c.control("PUT", "state", state).status, 200)
        keys = c.ask("GET", "identity/oidc/.well-known/keys").json()["keys"]
        same([len(k["n"]) for k in keys], [854] * len(keys))
        assert keys


if __name__ == "__main__":
    sys.exit(run([everywhere, the_usual_ones_are_taken,
                  a_larger_key_of_a_state]))
