#!/usr/bin/env python3
"""interop.py BINARY: the PKI engine's certificates in other people's hands:
`openssl verify`, TLS handshakes, PyCA's parser, CRL checks."""
import base64
import datetime
import http.client
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import (AuthorityInformationAccessOID as AIA,
                                   ExtendedKeyUsageOID as EKU, NameOID)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402


class Vault:
    """A server, and a folder for what openssl shall read."""

    def __init__(self, *args):
        self.server = Server(sys.argv[1], *args)
        self.folder = tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()
        assert self.server.stop() == 0, self.server.stderr()

    def ask(self, method, path, body=None, status=200, **named):
        got, _, text = self.server.ask(method, path, body, **named)
        assert got == status, (path, got, text)
        return json.loads(text) if text else None

    def data(self, path, body=None, method="POST"):
        return self.ask(method, path, body or {})["data"]

    def error(self, path, body, status=400):
        return self.ask("POST", path, body, status)["errors"][0]

    def raw(self, path):
        """Bytes of an open path."""
        import urllib.request
        with urllib.request.urlopen(self.server.url + "/v1/" + path) as got:
            return got.read(), got.headers["Content-Type"]

    def mount(self, path="pki"):
        self.ask("POST", "sys/mounts/" + path, {
            "type": "pki", "config": {"max_lease_ttl": "87600h"}}, 204)

    def root(self, key_type="ec", mount="pki", **more):
        self.mount(mount)
        return self.data(mount + "/root/generate/internal", dict(
            {"common_name": "lab root", "ttl": "8760h",
             "key_type": key_type}, **more))

    def role(self, name="web", mount="pki", **more):
        self.data("%s/roles/%s" % (mount, name), dict(
            {"allowed_domains": "example.com,localhost",
             "allow_subdomains": True, "allow_bare_domains": True,
             "key_type": "ec", "ttl": "24h"}, **more))

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as f:
            f.write(text + "\n")
        return path

    def verify(self, leaf, root, chain=(), *options):
        """openssl's status and what it said."""
        args = ["openssl", "verify", *options, "-CAfile",
                self.file("root.pem", root)]
        if chain:
            args += ["-untrusted", self.file("chain.pem", "\n".join(chain))]
        out = subprocess.run(args + [self.file("leaf.pem", leaf)],
                             capture_output=True, text=True)
        return out.returncode == 0, out.stdout + out.stderr


def parsed(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def extension(cert, kind):
    return cert.extensions.get_extension_for_class(kind).value


def key_id(key):
    return x509.SubjectKeyIdentifier.from_public_key(key).digest


# ---- chains ----

def every_key_type():
    """Each kind of root signs each kind of leaf, and openssl agrees."""
    for root_type in ("rsa", "ec", "ed25519"):
        with Vault() as v:
            root = v.root(root_type)["certificate"]
            for leaf in ("rsa", "ec", "ed25519"):
                v.role(leaf, key_type=leaf)
                got = v.data("pki/issue/" + leaf,
                             {"common_name": "a.example.com"})
                assert got["private_key_type"] == leaf
                assert got["ca_chain"] == [root]
                ok, said = v.verify(got["certificate"], root)
                assert ok, (root_type, leaf, said)
                key = serialization.load_pem_private_key(
                    got["private_key"].encode(), None)
                own = parsed(got["certificate"]).public_key()
                raw = (serialization.Encoding.DER,
                       serialization.PublicFormat.SubjectPublicKeyInfo)
                assert key.public_key().public_bytes(*raw) == \
                    own.public_bytes(*raw)


def curves_and_hashes():
    with Vault() as v:
        root = v.root("ec", key_bits=384)["certificate"]
        assert isinstance(parsed(root).signature_hash_algorithm,
                          hashes.SHA384)
        for bits in (224, 256, 384, 521):
            v.role(key_bits=bits)
            got = v.data("pki/issue/web", {"common_name": "a.example.com"})
            assert parsed(got["certificate"]).public_key().key_size == bits
            assert v.verify(got["certificate"], root)[0]


def intermediate(v, **more):
    """An intermediate in int/ under the root in pki/; the root's PEM."""
    root = v.root()["certificate"]
    v.mount("int")
    made = v.data("int/intermediate/generate/internal", {
        "common_name": "lab intermediate", "key_type": "ec"})
    got = v.data("pki/root/sign-intermediate", dict({
        "csr": made["csr"], "ttl": "4380h"}, **more))
    assert got["ca_chain"] == [got["certificate"], root]
    taken = v.data("int/intermediate/set-signed", {
        "certificate": "\n".join(got["ca_chain"])})
    assert len(taken["imported_issuers"]) == 2
    assert made["key_id"] in taken["mapping"].values()
    return root


def intermediates():
    with Vault() as v:
        root = intermediate(v)
        v.role(mount="int")
        got = v.data("int/issue/web", {"common_name": "a.example.com"})
        assert len(got["ca_chain"]) == 2 and got["ca_chain"][1] == root
        ok, said = v.verify(got["certificate"], root, got["ca_chain"][:1])
        assert ok, said
        assert not v.verify(got["certificate"], root)[0]
        short = v.data("int/issue/web", {"common_name": "a.example.com",
                                         "remove_roots_from_chain": True})
        assert short["ca_chain"] == got["ca_chain"][:1]
        whole, kind = v.raw("int/ca_chain")
        assert whole.decode() == "\n".join(got["ca_chain"])
        assert kind == "application/pkix-cert"


def path_lengths():
    with Vault() as v:
        root = v.root(max_path_length=0)["certificate"]
        assert extension(parsed(root), x509.BasicConstraints).path_length == 0
        v.mount("int")
        csr = v.data("int/intermediate/generate/internal", {
            "common_name": "x", "key_type": "ec"})["csr"]
        assert v.error("pki/root/sign-intermediate", {"csr": csr}) == (
            "signing certificate has a max path length of zero, and cannot "
            "issue further CA certificates")
    with Vault() as v:
        intermediate(v, max_path_length=0,
                     permitted_dns_domains="example.com")
        cert = parsed(v.data("int/cert/ca", method="GET")["certificate"])
        limits = extension(cert, x509.BasicConstraints)
        assert limits.ca and limits.path_length == 0
        names = extension(cert, x509.NameConstraints).permitted_subtrees
        assert [n.value for n in names] == ["example.com"]
        v.role(mount="int", allow_any_name=True)
        assert "not permitted by any constraint" in v.error(
            "int/issue/web", {"common_name": "a.evil.org"}, 500)
        chain = v.data("int/issue/web", {"common_name": "a.example.com"})
        ok, said = v.verify(chain["certificate"], chain["ca_chain"][1],
                            chain["ca_chain"][:1])
        assert ok, said


# ---- what a certificate says ----

def contents():
    urls = {"issuing_certificates": "http://127.0.0.1/ca",
            "crl_distribution_points": "http://127.0.0.1/crl",
            "ocsp_servers": "http://127.0.0.1/ocsp"}
    with Vault() as v:
        v.mount()
        v.data("pki/config/urls", urls)
        root = parsed(v.data("pki/root/generate/internal", {
            "common_name": "r", "key_type": "ec"})["certificate"])
        v.role(allowed_uri_sans="spiffe://*", ou="lab", country="DE",
               policy_identifiers="1.2.3.4", organization="O1,O2",
               ext_key_usage="EmailProtection", allowed_user_ids="*",
               allowed_other_sans="1.3.6.1.4.1.311.20.2.3;UTF8:*")
        before = time.time()
        got = v.data("pki/issue/web", {
            "common_name": "a.example.com", "ttl": "1h",
            "alt_names": "b.example.com,me@example.com",
            "ip_sans": "127.0.0.1,2001:db8::1",
            "uri_sans": "spiffe://x/y", "user_ids": "u1",
            "other_sans": "1.3.6.1.4.1.311.20.2.3;UTF8:upn"})
        cert = parsed(got["certificate"])
        # A set of names has no order that every cryptography keeps.
        subject = [(a.oid._name, a.value) for rdn in cert.subject.rdns
                   for a in sorted(rdn, key=lambda name: name.value)]
        assert subject == [
            ("countryName", "DE"), ("organizationName", "O1"),
            ("organizationName", "O2"), ("organizationalUnitName", "lab"),
            ("commonName", "a.example.com"), ("userID", "u1")], subject
        sans = extension(cert, x509.SubjectAlternativeName)
        assert sans.get_values_for_type(x509.DNSName) == [
            "a.example.com", "b.example.com"]
        assert sans.get_values_for_type(x509.RFC822Name) == [
            "me@example.com"]
        assert sans.get_values_for_type(x509.IPAddress) == [
            ipaddress.ip_address("127.0.0.1"),
            ipaddress.ip_address("2001:db8::1")]
        assert sans.get_values_for_type(
            x509.UniformResourceIdentifier) == ["spiffe://x/y"]
        other = sans.get_values_for_type(x509.OtherName)[0]
        assert other.type_id.dotted_string == "1.3.6.1.4.1.311.20.2.3"
        assert other.value == b"\x0c\x03upn"
        usage = extension(cert, x509.KeyUsage)
        assert usage.digital_signature and usage.key_encipherment
        assert usage.key_agreement and not usage.key_cert_sign
        assert list(extension(cert, x509.ExtendedKeyUsage)) == [
            EKU.SERVER_AUTH, EKU.CLIENT_AUTH, EKU.EMAIL_PROTECTION]
        assert extension(cert, x509.SubjectKeyIdentifier).digest == key_id(
            cert.public_key())
        assert extension(cert, x509.AuthorityKeyIdentifier) \
            .key_identifier == key_id(root.public_key())
        access = {a.access_method: a.access_location.value
                  for a in extension(cert, x509.AuthorityInformationAccess)}
        assert access == {AIA.CA_ISSUERS: "http://127.0.0.1/ca",
                          AIA.OCSP: "http://127.0.0.1/ocsp"}
        points = extension(cert, x509.CRLDistributionPoints)
        assert points[0].full_name[0].value == "http://127.0.0.1/crl"
        policies = extension(cert, x509.CertificatePolicies)
        assert policies[0].policy_identifier.dotted_string == "1.2.3.4"
        assert got["serial_number"].replace(":", "") == "%040x" % \
            cert.serial_number
        out = subprocess.run(
            ["openssl", "x509", "-noout", "-startdate", "-enddate", "-in",
             v.file("leaf.pem", got["certificate"])], capture_output=True,
            text=True).stdout
        start, end = (datetime.datetime.strptime(
            line.split("=")[1], "%b %d %H:%M:%S %Y GMT").replace(
                tzinfo=datetime.timezone.utc).timestamp()
                      for line in out.splitlines())
        assert end - start == 3630, out
        assert abs(start + 30 - before) < 5, out
        assert got["expiration"] == end
        usage = extension(root, x509.KeyUsage)
        assert usage.key_cert_sign and usage.crl_sign
        assert extension(root, x509.BasicConstraints).ca


def templates():
    with Vault() as v:
        v.mount()
        v.data("pki/config/cluster", {"path": "http://127.0.0.1/v1/pki"})
        v.data("pki/config/urls", {
            "enable_templating": True, "ocsp_servers": "http://127.0.0.1/o",
            "crl_distribution_points":
            "{{cluster_path}}/issuer/{{issuer_id}}/crl/der"})
        answer = v.ask("POST", "pki/root/generate/internal", {
            "common_name": "r", "key_type": "ec"})
        assert "issuer_id template unsuitable" in answer["warnings"][0]
        root = parsed(answer["data"]["certificate"])
        assert not any(e.oid == x509.CRLDistributionPoints.oid
                       for e in root.extensions)
        v.role()
        got = v.data("pki/issue/web", {"common_name": "a.example.com"})
        points = extension(parsed(got["certificate"]),
                           x509.CRLDistributionPoints)
        assert points[0].full_name[0].value == (
            "http://127.0.0.1/v1/pki/issuer/%s/crl/der"
            % answer["data"]["issuer_id"])
        der, _ = v.raw("pki/issuer/%s/crl/der" % answer["data"]["issuer_id"])
        x509.load_der_x509_crl(der)


def formats():
    with Vault() as v:
        root = v.root()["certificate"]
        v.role()
        ask = {"common_name": "a.example.com"}
        der = v.data("pki/issue/web", dict(ask, format="der"))
        cert = x509.load_der_x509_certificate(base64.b64decode(
            der["certificate"]))
        assert "%040x" % cert.serial_number == der[
            "serial_number"].replace(":", "")
        assert base64.b64decode(der["issuing_ca"]) == \
            parsed(root).public_bytes(serialization.Encoding.DER)
        serialization.load_der_private_key(
            base64.b64decode(der["private_key"]), None)
        got = v.data("pki/issue/web", dict(ask, private_key_format="pkcs8"))
        assert got["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
        got = v.data("pki/issue/web", dict(ask, format="pem_bundle"))
        assert got["certificate"].startswith(got["private_key"] + "\n")
        assert got["certificate"].endswith("\n" + root)
        raw, kind = v.raw("pki/cert/%s/raw" % got["serial_number"])
        assert kind == "application/pkix-cert"
        x509.load_der_x509_certificate(raw)


# ---- handshakes ----

def serve_tls(context, listener, count):
    for _ in range(count):
        plain, _ = listener.accept()
        try:
            with context.wrap_socket(plain, server_side=True) as tls:
                tls.sendall(b"hello")
        except (ssl.SSLError, OSError):
            pass


def handshakes():
    """A TLS server with an issued certificate; Python and s_client call."""
    with Vault() as v:
        root = intermediate(v)
        v.role(mount="int")
        got = v.data("int/issue/web", {"common_name": "localhost",
                                       "ip_sans": "127.0.0.1"})
        client = v.data("int/issue/web", {"common_name": "c.example.com"})
        pair = v.file("pair.pem", "\n".join(
            [got["private_key"], got["certificate"], got["ca_chain"][0]]))
        mine = v.file("mine.pem", "\n".join(
            [client["private_key"], client["certificate"],
             client["ca_chain"][0]]))
        ca = v.file("ca.pem", root)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_REQUIRED
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        thread = threading.Thread(target=serve_tls,
                                  args=(context, listener, 4))
        thread.start()
        trust = ssl.create_default_context(cafile=ca)
        trust.load_cert_chain(mine)
        for name in ("localhost", "127.0.0.1"):
            with socket.create_connection(("127.0.0.1", port)) as plain:
                with trust.wrap_socket(plain, server_hostname=name) as tls:
                    assert tls.recv(5) == b"hello"
        try:
            with socket.create_connection(("127.0.0.1", port)) as plain:
                trust.wrap_socket(plain, server_hostname="other.org")
            raise AssertionError("a wrong name was taken")
        except ssl.SSLCertVerificationError:
            pass
        out = subprocess.run(
            ["openssl", "s_client", "-connect", "127.0.0.1:%d" % port,
             "-CAfile", ca, "-verify_return_error", "-verify_hostname",
             "localhost", "-cert", mine, "-key", mine], input="",
            capture_output=True, text=True)
        thread.join()
        listener.close()
        assert "Verify return code: 0 (ok)" in out.stdout, out.stderr


# ---- requests of clients ----

def csr_for(key, name, *sans, extra=()):
    build = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, name)]))
    if sans:
        build = build.add_extension(x509.SubjectAlternativeName(sans), False)
    for value, critical in extra:
        build = build.add_extension(value, critical)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) \
        else hashes.SHA256()
    return build.sign(key, algorithm).public_bytes(
        serialization.Encoding.PEM).decode()


def requests_signed():
    with Vault() as v:
        root = v.root()["certificate"]
        v.role()
        key = ec.generate_private_key(ec.SECP256R1())
        csr = csr_for(key, "a.example.com", x509.DNSName("b.example.com"),
                      x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                      extra=[(x509.BasicConstraints(True, None), True)])
        answer = v.ask("POST", "pki/sign/web", {
            "csr": csr, "common_name": "c.example.com"})
        got = answer["data"]
        assert len(answer["warnings"]) == 2, answer["warnings"]
        assert "private_key" not in got
        cert = parsed(got["certificate"])
        names = extension(cert, x509.SubjectAlternativeName)
        assert names.get_values_for_type(x509.DNSName) == [
            "a.example.com", "b.example.com"]
        assert not any(e.oid == x509.BasicConstraints.oid
                       for e in cert.extensions)
        assert v.verify(got["certificate"], root)[0]
        for bad, said in (
                (csr_for(key, "a.evil.org"),
                 "common name a.evil.org not allowed by this role"),
                (csr_for(key, "a.example.com", x509.DNSName("x.evil.org")),
                 "subject alternate name x.evil.org not allowed by this "
                 "role"),
                (csr_for(rsa.generate_private_key(65537, 2048),
                         "a.example.com"),
                 "role requires keys of type ec"),
                ("", '"csr" is empty'),
                ("nonsense", "csr contains no data")):
            assert v.error("pki/sign/web", {"csr": bad}) == said
        v.role("strong", key_bits=384)
        assert v.error("pki/sign/strong", {"csr": csr}) == (
            "role requires a minimum of a 384-bit key, but CSR's key is 256 "
            "bits")
        v.role("any", key_type="any")
        weak = csr_for(rsa.generate_private_key(65537, 1024), "localhost")
        assert v.error("pki/sign/any", {"csr": weak}) == (
            "RSA keys < 2048 bits are unsafe and not supported")
        assert v.error("pki/issue/any", {"common_name": "localhost"}) == (
            'role key type "any" not allowed for issuing certificates, only '
            "signing")


def broken_requests():
    """A flipped bit is a bad signature or no request, never more."""
    with Vault() as v:
        v.root()
        v.role(allow_any_name=True, enforce_hostnames=False)
        key = ec.generate_private_key(ec.SECP256R1())
        der = base64.b64decode("".join(csr_for(
            key, "a.example.com", x509.DNSName("b")).split("\n")[1:-2]))
        for i in range(len(der)):
            text = base64.encodebytes(
                der[:i] + bytes([der[i] ^ 0x10]) + der[i + 1:]).decode()
            said = v.error("pki/sign/web", {
                "csr": "-----BEGIN CERTIFICATE REQUEST-----\n%s-----END "
                       "CERTIFICATE REQUEST-----\n" % text})
            assert said


def verbatim():
    with Vault() as v:
        root = v.root()["certificate"]
        key = ed25519.Ed25519PrivateKey.generate()
        custom = x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
        csr = csr_for(key, "whatever name", x509.DNSName("x.org"),
                      extra=[(custom, False),
                             (x509.BasicConstraints(True, None), True)])
        got = v.data("pki/sign-verbatim", {"csr": csr, "ttl": "1h"})
        cert = parsed(got["certificate"])
        assert cert.subject.rfc4514_string() == "CN=whatever name"
        assert extension(cert, x509.SubjectAlternativeName) \
            .get_values_for_type(x509.DNSName) == ["x.org"]
        assert cert.extensions.get_extension_for_oid(
            custom.oid).value.value == b"\x05\x00"
        assert not any(e.oid == x509.BasicConstraints.oid
                       for e in cert.extensions)
        assert v.verify(got["certificate"], root)[0]


# ---- revocation ----

def crls(v, mount="pki"):
    """The CRL, which the DER and the PEM path agree on, without a token."""
    der, kind = v.raw(mount + "/crl")
    assert kind == "application/pkix-crl"
    pem, _ = v.raw(mount + "/crl/pem")
    crl = x509.load_der_x509_crl(der)
    assert x509.load_pem_x509_crl(pem) == crl
    return crl, pem.decode()


def number(crl):
    """Vault 1.19: a list takes a number, and the empty list of changes that is
    signed with it the next."""
    return crl.extensions.get_extension_for_class(
        x509.CRLNumber).value.crl_number


def revocation():
    with Vault() as v:
        root = v.root()["certificate"]
        v.role()
        got = v.data("pki/issue/web", {"common_name": "a.example.com"})
        kept = v.data("pki/issue/web", {"common_name": "b.example.com"})
        crl, pem = crls(v)
        first = number(crl)
        assert crl.is_signature_valid(parsed(root).public_key())
        assert len(crl) == 0
        assert v.verify(got["certificate"], root + "\n" + pem, (),
                        "-crl_check")[0]
        v.data("pki/revoke", {"serial_number": got["serial_number"]})
        crl, pem = crls(v)
        assert number(crl) == first + 2
        assert crl.is_signature_valid(parsed(root).public_key())
        assert [e.serial_number for e in crl] == [
            parsed(got["certificate"]).serial_number]
        ok, said = v.verify(got["certificate"], root + "\n" + pem, (),
                            "-crl_check")
        assert not ok and "certificate revoked" in said, said
        assert v.verify(kept["certificate"], root + "\n" + pem, (),
                        "-crl_check")[0]
        assert extension(crl, x509.AuthorityKeyIdentifier) \
            .key_identifier == key_id(parsed(root).public_key())
        assert v.data("pki/crl/rotate", method="GET") == {"success": True}
        assert number(crls(v)[0]) == first + 4
        read = v.data("pki/cert/" + got["serial_number"], method="GET")
        assert read["revocation_time"] > 0
        assert v.ask("LIST", "pki/certs/revoked")["data"]["keys"] == [
            got["serial_number"]]
        v.data("pki/revoke-with-key", {
            "certificate": kept["certificate"],
            "private_key": kept["private_key"]})
        assert len(crls(v)[0]) == 2


def not_ours():
    """A certificate is revoked by itself only when one of ours signed it."""
    with Vault() as v:
        v.root()
        v.root(mount="other")
        v.role(no_store=True)
        v.role(mount="other")
        mine = v.data("pki/issue/web", {"common_name": "a.example.com"})
        theirs = v.data("other/issue/web", {"common_name": "a.example.com"})
        assert v.error("pki/revoke", {
            "serial_number": mine["serial_number"]}) == (
                "certificate with serial %s not found."
                % mine["serial_number"])
        v.data("pki/revoke", {"certificate": mine["certificate"]})
        assert len(crls(v)[0]) == 1
        said = v.error("pki/revoke", {
            "certificate": theirs["certificate"]}, 500)
        assert "unable to verify signature" in said
        said = v.error("pki/revoke-with-key", {
            "certificate": mine["certificate"],
            "private_key": theirs["private_key"]}, 500)
        assert "does not match" in said


def leases():
    with Vault() as v:
        v.root()
        v.role(generate_lease=True)
        got = v.ask("POST", "pki/issue/web", {
            "common_name": "a.example.com", "ttl": "1h"})
        assert got["lease_id"].startswith("pki/issue/web/")
        assert got["lease_duration"] in (3599, 3600)
        assert not got["renewable"]
        v.ask("PUT", "sys/leases/revoke", {"lease_id": got["lease_id"]}, 204)
        assert len(crls(v)[0]) == 1


# ---- nothing half done, nothing forgotten ----

def refused_imports():
    with Vault() as v:
        root = v.root()["certificate"]
        v.role()
        leaf = v.data("pki/issue/web", {"common_name": "a.example.com"})
        v.mount("other")
        said = v.error("other/config/ca", {"pem_bundle": "\n".join(
            [root, leaf["certificate"]])})
        assert said.startswith(
            "Error parsing issuer 1: Refusing to import non-CA"), said
        v.ask("LIST", "other/issuers", status=404)
        v.ask("GET", "other/cert/ca", status=400)
        said = v.error("other/config/ca", {"pem_bundle":
                                           root + "\n-----BEGIN"})
        assert said == "provided PEM block contained no data"
        v.ask("LIST", "other/issuers", status=404)
        said = v.error("other/issuers/import/cert", {"pem_bundle": "\n".join(
            [root, leaf["private_key"]])})
        assert "private keys found" in said


def bundles():
    """An exported authority works on in another mount."""
    with Vault() as v:
        v.mount()
        root = v.data("pki/root/generate/exported", {
            "common_name": "r", "key_type": "ec", "format": "pem_bundle"})
        v.mount("copy")
        got = v.data("copy/config/ca", {"pem_bundle": root["certificate"]})
        assert len(got["imported_keys"]) == 1
        v.role(mount="copy")
        leaf = v.data("copy/issue/web", {"common_name": "a.example.com"})
        assert v.verify(leaf["certificate"], root["issuing_ca"])[0]


def seeds():
    """A seed repeats keys, and certificates but for a random signature."""
    def made():
        with Vault("--seed", "7") as v:
            v.root("ed25519")
            v.role()
            got = v.data("pki/issue/web", {"common_name": "a.example.com"})
            return got["private_key"], got["serial_number"]
    assert made() == made()


def restarts():
    with tempfile.TemporaryDirectory() as folder:
        db = os.path.join(folder, "state.db")
        with Vault("--db", db) as v:
            root = v.root()["certificate"]
            v.role()
            first = v.data("pki/issue/web", {"common_name": "a.example.com"})
        with Vault("--db", db) as v:
            got = v.data("pki/issue/web", {"common_name": "b.example.com"})
            assert v.verify(got["certificate"], root)[0]
            v.data("pki/revoke", {"serial_number": first["serial_number"]})
            assert len(crls(v)[0]) == 1


def snapshots():
    """What was parsed goes with the state it was parsed from."""
    with Vault() as v:
        root = v.root()["certificate"]
        v.role()
        ask = {"common_name": "a.example.com"}
        v.data("pki/issue/web", ask)
        v.ask("PUT", "/_mock/snapshots/s", status=201)
        v.ask("DELETE", "pki/root")
        v.data("pki/roles/web", {"key_type": "ec"})
        other = v.data("pki/root/generate/internal", {
            "common_name": "other", "key_type": "ec"})["certificate"]
        v.error("pki/issue/web", ask)
        v.ask("POST", "/_mock/snapshots/s/restore", {})
        got = v.data("pki/issue/web", ask)
        assert got["issuing_ca"] == root
        assert v.verify(got["certificate"], root)[0]
        assert not v.verify(got["certificate"], other)[0]


def passing_time():
    """Certificates live by the server's clock, and tidy goes by it."""
    with Vault() as v:
        root = v.root()["certificate"]
        v.role(ttl="1h")
        old = v.data("pki/issue/web", {"common_name": "a.example.com"})
        gone = v.data("pki/issue/web", {"common_name": "b.example.com"})
        v.data("pki/revoke", {"serial_number": gone["serial_number"]})
        v.ask("POST", "/_mock/clock/advance", {"by": "100h"})
        new = v.data("pki/issue/web", {"common_name": "a.example.com"})
        assert 360000 <= new["expiration"] - old["expiration"] < 360060
        at = ("-attime", str(new["expiration"] - 60))
        assert v.verify(new["certificate"], root, (), *at)[0]
        assert not v.verify(old["certificate"], root, (), *at)[0]
        answer = v.ask("POST", "pki/revoke", {
            "serial_number": old["serial_number"]})
        assert "already expired" in answer["warnings"][0]
        answer = v.ask("POST", "pki/tidy", {
            "tidy_cert_store": True, "tidy_revoked_certs": True,
            "safety_buffer": "24h"}, 202)
        status = v.data("pki/tidy-status", method="GET")
        assert status["cert_store_deleted_count"] == 1, status
        assert status["revoked_cert_deleted_count"] == 1, status
        v.ask("GET", "pki/cert/" + old["serial_number"], status=404)
        assert len(crls(v)[0]) == 0
        v.data("pki/cert/" + new["serial_number"], method="GET")


def rebuilding():
    """auto_rebuild: a CRL is signed anew before it ends, and not before."""
    with Vault() as v:
        v.root()
        v.role()
        v.error("pki/config/crl", {"auto_rebuild": True, "expiry": "12h"})
        v.data("pki/config/crl", {"auto_rebuild": True, "expiry": "24h"})
        first = number(crls(v)[0])
        got = v.data("pki/issue/web", {"common_name": "a.example.com"})
        v.data("pki/revoke", {"serial_number": got["serial_number"]})
        assert number(crls(v)[0]) == first
        v.ask("POST", "/_mock/clock/advance", {"by": "11h"})
        assert number(crls(v)[0]) == first
        v.ask("POST", "/_mock/clock/advance", {"by": "2h"})
        crl, _ = crls(v)
        assert number(crl) == first + 2 and len(crl) == 1
        v.ask("DELETE", "sys/mounts/pki", status=204)
        v.ask("POST", "/_mock/clock/advance", {"by": "100h"})


def ask_ocsp(v, der, how="POST", path="pki/ocsp",
             content_type="application/ocsp-request"):
    """(status, content type, bytes)"""
    conn = http.client.HTTPConnection(v.server.host, v.server.port)
    if how == "GET":
        path += "/" + urllib.parse.quote(base64.b64encode(der), safe="")
        conn.request("GET", "/v1/" + path)
    else:
        conn.request("POST", "/v1/" + path, der,
                     {"Content-Type": content_type})
    got = conn.getresponse()
    answer = got.status, got.headers["Content-Type"], got.read()
    conn.close()
    return answer


def refused_ocsp(number):
    return "application/ocsp-response", b"\x30\x03\x0a\x01" + bytes([number])


def asn1(tag, *parts):
    """One value of DER around others."""
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8])
    if n >= 128:
        size += n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


OCSP_HASHES = {"sha1": "2b0e03021a", "sha224": "608648016503040204",
               "sha256": "608648016503040201", "sha384": "608648016503040202",
               "sha512": "608648016503040203"}


def ocsp_question(issuer, serial, algorithm=None):
    """The request for a certificate of the issuer's with that number."""
    algorithm = algorithm or hashes.SHA1()

    def digest(data):
        h = hashes.Hash(algorithm)
        h.update(data)
        return asn1(0x04, h.finalize())
    bits = issuer.public_key().public_bytes(
        serialization.Encoding.X962,
        serialization.PublicFormat.UncompressedPoint)
    name = asn1(0x06, bytes.fromhex(OCSP_HASHES[algorithm.name]))
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    wanted = asn1(0x30, asn1(0x30, name, asn1(0x05)),
                 digest(issuer.subject.public_bytes()), digest(bits),
                 asn1(0x02, number))
    return asn1(0x30, asn1(0x30, asn1(0x30, asn1(0x30, wanted))))


def ocsp_answers():
    with Vault("--clock", "frozen@2030-01-01T10:20:30Z") as v:
        root = x509.load_pem_x509_certificate(
            v.root()["certificate"].encode())
        v.role()
        text = v.data("pki/issue/web", {"common_name": "a.example.com"})
        leaf = x509.load_pem_x509_certificate(text["certificate"].encode())
        question = ocsp_question(root, leaf.serial_number)
        for how in "GET", "POST":
            status, kind, der = ask_ocsp(v, question, how)
            assert (status, kind) == (200, "application/ocsp-response")
            got = ocsp.load_der_ocsp_response(der)
            assert got.certificate_status == ocsp.OCSPCertStatus.GOOD
            assert got.responder_name == root.subject
            assert not got.certificates
            assert got.serial_number == leaf.serial_number
            root.public_key().verify(got.signature, got.tbs_response_bytes,
                                     ec.ECDSA(got.signature_hash_algorithm))
        assert got.produced_at == datetime.datetime(2030, 1, 1, 10, 20)
        assert got.this_update == datetime.datetime(2030, 1, 1, 10, 20, 30)
        assert got.next_update == datetime.datetime(2030, 1, 1, 22, 20, 30)
        v.data("pki/revoke", {"serial_number": text["serial_number"]})
        for algorithm in hashes.SHA1(), hashes.SHA256(), hashes.SHA512():
            got = ocsp.load_der_ocsp_response(ask_ocsp(v, ocsp_question(
                root, leaf.serial_number, algorithm))[2])
            assert got.certificate_status == ocsp.OCSPCertStatus.REVOKED
            assert got.revocation_time == datetime.datetime(
                2030, 1, 1, 10, 20, 30)
            assert got.revocation_reason is None
            assert type(got.hash_algorithm) is type(algorithm)
        got = ocsp.load_der_ocsp_response(
            ask_ocsp(v, ocsp_question(root, 4711))[2])
        assert got.certificate_status == ocsp.OCSPCertStatus.GOOD
        other = x509.load_pem_x509_certificate(
            v.root(mount="other")["certificate"].encode())
        got = ocsp.load_der_ocsp_response(
            ask_ocsp(v, ocsp_question(other, 4711))[2])
        assert got.certificate_status == ocsp.OCSPCertStatus.UNKNOWN
        v.data("pki/config/crl", {"ocsp_expiry": "0"})
        assert ocsp.load_der_ocsp_response(
            ask_ocsp(v, question)[2]).next_update is None


def ocsp_refusals():
    with Vault() as v:
        root = x509.load_pem_x509_certificate(
            v.root()["certificate"].encode())
        question = ocsp_question(root, 4711)
        for how in "GET", "POST":
            assert ask_ocsp(v, b"junk", how) == (400, *refused_ocsp(1))
            assert ask_ocsp(v, question + b"x", how) == (
                400, *refused_ocsp(1))
            assert ask_ocsp(v, question, how, "pki/unified-ocsp") == (
                401, *refused_ocsp(6))
        assert ask_ocsp(v, question + b"x" * 2048) == (400, *refused_ocsp(1))
        assert ask_ocsp(v, b"", content_type="") == (400, *refused_ocsp(1))
        assert ask_ocsp(v, question, content_type="application/json")[:2] == (
            400, "application/json")
        assert ask_ocsp(v, ocsp_question(
            root, 4711, hashes.SHA224()))[:1] == (400,)
        v.data("pki/issuer/default", {"usage": "read-only"})
        assert ask_ocsp(v, question) == (401, *refused_ocsp(6))
        v.data("pki/issuer/default", {"usage": "read-only,ocsp-signing"})
        assert ask_ocsp(v, question)[0] == 200
        v.data("pki/config/crl", {"ocsp_disable": True})
        assert ask_ocsp(v, question) == (401, *refused_ocsp(6))
        v.mount("empty")
        assert ask_ocsp(v, question, path="empty/ocsp") == (
            401, *refused_ocsp(6))
        v.root("ed25519", "odd", issuer_name="odd")
        assert ask_ocsp(v, question, path="odd/ocsp") == (
            500, *refused_ocsp(2))


def names_beyond_ascii():
    with Vault() as v:
        v.root()
        v.role(allow_any_name=True, allowed_uri_sans="*")
        got = v.data("pki/issue/web", {
            "common_name": "b\u00fccher.example",
            "alt_names": "*.\u65e5\u672c.example,a.example.",
            "uri_sans": "https://\u00fc/\u00f6#\u00e4"})
        leaf = x509.load_pem_x509_certificate(got["certificate"].encode())
        names = leaf.extensions.get_extension_for_class(
            x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [
            "*.xn--wgv71a.example", "a.example.", "xn--bcher-kva.example"]
        assert names.get_values_for_type(
            x509.UniformResourceIdentifier) == [
                "https://%C3%BC/%C3%B6#%C3%A4"]
        assert leaf.subject.get_attributes_for_oid(
            NameOID.COMMON_NAME)[0].value == "b\u00fccher.example"


def deltas():
    def lists(v):
        """(number, serials, base) of the list and of its changes."""
        out = []
        for path in "crl", "crl/delta":
            crl = x509.load_der_x509_crl(v.raw("pki/" + path)[0])
            number = crl.extensions.get_extension_for_class(
                x509.CRLNumber).value.crl_number
            base = [e.value.crl_number for e in crl.extensions
                    if isinstance(e.value, x509.DeltaCRLIndicator)]
            out.append((number, {c.serial_number for c in crl}, base))
        return out

    def revoke(v):
        got = v.data("pki/issue/web", {"common_name": "a.example.com"})
        v.data("pki/revoke", {"serial_number": got["serial_number"]})
        return int(got["serial_number"].replace(":", ""), 16)

    with Vault("--clock", "frozen") as v:
        v.root()
        v.role()
        v.data("pki/config/crl", {"auto_rebuild": True, "enable_delta": True,
                                  "delta_rebuild_interval": "10m"})
        v.ask("GET", "pki/crl/rotate")
        whole, changes = lists(v)
        assert changes == (whole[0] + 1, set(), [whole[0]])
        first = revoke(v)
        v.ask("POST", "/_mock/clock/advance", {"by": "9m"})
        second = revoke(v)
        assert lists(v) == [whole, changes]
        v.ask("POST", "/_mock/clock/advance", {"by": "1m1s"})
        assert lists(v) == [whole, (changes[0] + 1, {first, second},
                                    [whole[0]])]
        v.ask("POST", "/_mock/clock/advance", {"by": "1h"})
        assert lists(v)[1][0] == changes[0] + 1
        third = revoke(v)
        v.ask("POST", "/_mock/clock/advance", {"by": "10m"})
        assert lists(v)[1][:2] == (changes[0] + 2, {first, second, third})
        v.ask("POST", "/_mock/clock/advance", {"by": "60h"})
        whole, changes = lists(v)
        assert whole[1] == {first, second, third} and changes[1] == set()


def serials_differ():
    with Vault() as v:
        v.root()
        v.role()
        seen = {v.data("pki/issue/web", {"common_name": "a.example.com"})[
            "serial_number"] for _ in range(50)}
        assert len(seen) == 50


TESTS = [every_key_type, curves_and_hashes, intermediates, path_lengths,
         contents, templates, formats, handshakes, requests_signed, broken_requests,
         verbatim, revocation, not_ours, leases, refused_imports, bundles,
         seeds, restarts, snapshots, passing_time, rebuilding,
         names_beyond_ascii, deltas, ocsp_answers, ocsp_refusals, serials_differ]

if __name__ == "__main__":
    sys.exit(run(TESTS))
