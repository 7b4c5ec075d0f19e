"""transit_interop.py BINARY: transit through hvac, and its cryptography against
PyCA's and the openssl program's: what one signs or encrypts, the others take."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile

import hvac
import hvac.exceptions
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed25519, padding, rsa, utils)
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

TEXT = b"the quick brown fox"
CONTEXT = b"context"
HASHES = {"sha1": hashes.SHA1(), "sha2-224": hashes.SHA224(),
          "sha2-256": hashes.SHA256(), "sha2-384": hashes.SHA384(),
          "sha2-512": hashes.SHA512(), "sha3-224": hashes.SHA3_224(),
          "sha3-256": hashes.SHA3_256(), "sha3-384": hashes.SHA3_384(),
          "sha3-512": hashes.SHA3_512()}
CURVES = {"ecdsa-p256": ec.SECP256R1(), "ecdsa-p384": ec.SECP384R1(),
          "ecdsa-p521": ec.SECP521R1()}
AEADS = {"aes128-gcm96": (AESGCM, 16), "aes256-gcm96": (AESGCM, 32),
         "chacha20-poly1305": (ChaCha20Poly1305, 32)}
HASH_TYPE = HASHES["sha2-256"]


def b64(data):
    return base64.b64encode(data).decode()


def split(text, version=1):
    """The bytes behind "vault:vN:"."""
    head = "vault:v%d:" % version
    assert text.startswith(head), text
    return base64.b64decode(text[len(head):], validate=True)


def post(client, path, **body):
    return client.adapter.post("/v1/transit/" + path, json=body)


def ask(client, path, **body):
    return post(client, path, **body)["data"]


def refused(client, path, text, **body):
    try:
        post(client, path, **body)
    except (hvac.exceptions.InvalidRequest,
            hvac.exceptions.InternalServerError) as e:
        assert text in str(e), (text, str(e))
        return
    raise AssertionError("not refused: %s" % path)


def export(client, name, kind, version="1"):
    return client.secrets.transit.export_key(
        name=name, key_type=kind)["data"]["keys"][version]


def public_of(client, name, version="1"):
    shown = client.secrets.transit.read_key(name)["data"]["keys"][version]
    if shown["name"] == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(
            base64.b64decode(shown["public_key"]))
    return serialization.load_pem_public_key(shown["public_key"].encode())


def make(client, name, **options):
    options["type"] = options.pop("key_type", "aes256-gcm96")
    ask(client, "keys/" + name, exportable=True, **options)
    return name


def aead(client):
    """Random nonces: nonce, text, tag; both ways, with associated data."""
    for kind, (cipher, size) in AEADS.items():
        name = make(client, "a-" + kind, key_type=kind)
        key = base64.b64decode(export(client, name, "encryption-key"))
        assert len(key) == size
        ours = ask(client, "encrypt/" + name, plaintext=b64(TEXT),
                   associated_data=b64(b"ad"))
        raw = split(ours["ciphertext"])
        assert cipher(key).decrypt(raw[:12], raw[12:], b"ad") == TEXT
        nonce = os.urandom(12)
        theirs = nonce + cipher(key).encrypt(nonce, TEXT, None)
        back = ask(client, "decrypt/" + name,
                   ciphertext="vault:v1:" + b64(theirs))
        assert base64.b64decode(back["plaintext"]) == TEXT
        empty = ask(client, "encrypt/" + name, plaintext="")
        assert len(split(empty["ciphertext"])) == 28
        refused(client, "decrypt/" + name, "message authentication failed",
                ciphertext=ours["ciphertext"])
        broken = "vault:v1:" + b64(theirs[:-1] + bytes([theirs[-1] ^ 1]))
        refused(client, "decrypt/" + name, "message authentication failed",
                ciphertext=broken)


def hkdf(key, context, size):
    return HKDF(hashes.SHA256(), size, None, context).derive(key)


def derived(client):
    """HKDF of the context; convergent: the nonce by HMAC, as version 3."""
    long = b"c" * 5000
    for kind, (cipher, size) in AEADS.items():
        name = make(client, "d-" + kind, key_type=kind, derived=True)
        key = base64.b64decode(export(client, name, "encryption-key"))
        for context in (CONTEXT, long):
            raw = split(ask(client, "encrypt/" + name, plaintext=b64(TEXT),
                            context=b64(context))["ciphertext"])
            own = hkdf(key, context, size)
            assert cipher(own).decrypt(raw[:12], raw[12:], None) == TEXT
        refused(client, "encrypt/" + name, "missing 'context'",
                plaintext=b64(TEXT))
        name = make(client, "c-" + kind, key_type=kind, derived=True,
                    convergent_encryption=True)
        key = base64.b64decode(export(client, name, "encryption-key"))
        own = hkdf(key, CONTEXT, size + 32)
        nonce = hmac.new(own[size:], TEXT, hashlib.sha256).digest()[:12]
        want = nonce + cipher(own[:size]).encrypt(nonce, TEXT, None)
        for _ in range(2):
            assert split(ask(client, "encrypt/" + name, plaintext=b64(TEXT),
                             context=b64(CONTEXT))["ciphertext"]) == want
        back = ask(client, "decrypt/" + name, context=b64(CONTEXT),
                   ciphertext="vault:v1:" + b64(want))
        assert base64.b64decode(back["plaintext"]) == TEXT


def ed25519_keys(client):
    name = make(client, "ed", key_type="ed25519")
    key = base64.b64decode(export(client, name, "signing-key"))
    assert len(key) == 64
    private = ed25519.Ed25519PrivateKey.from_private_bytes(key[:32])
    public_of(client, name).verify(
        split(ask(client, "sign/" + name, input=b64(TEXT))["signature"]),
        TEXT)
    theirs = "vault:v1:" + b64(private.sign(TEXT))
    assert ask(client, "verify/" + name, input=b64(TEXT),
               signature=theirs)["valid"]
    assert not ask(client, "verify/" + name, input=b64(b"x"),
                   signature=theirs)["valid"]
    name = make(client, "ed-d", key_type="ed25519", derived=True)
    key = base64.b64decode(export(client, name, "signing-key"))
    private = ed25519.Ed25519PrivateKey.from_private_bytes(
        hkdf(key, CONTEXT, 32))
    made = ask(client, "sign/" + name, input=b64(TEXT), context=b64(CONTEXT))
    assert split(made["signature"]) == private.sign(TEXT)
    public = private.public_key().public_bytes_raw()
    assert base64.b64decode(made["public_key"]) == public
    assert ask(client, "verify/" + name, input=b64(TEXT),
               context=b64(CONTEXT), signature=made["signature"])["valid"]


def jws(signature, size):
    r, s = utils.decode_dss_signature(signature)
    both = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return base64.urlsafe_b64encode(both).rstrip(b"=").decode()


def from_jws(text):
    both = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    half = len(both) // 2
    return utils.encode_dss_signature(int.from_bytes(both[:half], "big"),
                                      int.from_bytes(both[half:], "big"))


def ecdsa(client):
    for kind, curve in CURVES.items():
        name = make(client, "e-" + kind, key_type=kind)
        size = (curve.key_size + 7) // 8
        private = serialization.load_pem_private_key(
            export(client, name, "signing-key").encode(), None)
        public = public_of(client, name)
        assert private.public_key() == public
        for algorithm, digest in HASHES.items():
            path = "/%s/%s" % (name, algorithm)
            ours = ask(client, "sign" + path, input=b64(TEXT))
            public.verify(split(ours["signature"]), TEXT, ec.ECDSA(digest))
            ours = ask(client, "sign" + path, input=b64(TEXT),
                       marshaling_algorithm="jws")["signature"]
            assert len(ours) == len("vault:v1:") + -(-size * 8 // 3)
            public.verify(from_jws(ours[9:]), TEXT, ec.ECDSA(digest))
            theirs = private.sign(TEXT, ec.ECDSA(digest))
            assert ask(client, "verify" + path, input=b64(TEXT),
                       signature="vault:v1:" + b64(theirs))["valid"]
            assert ask(client, "verify" + path, input=b64(TEXT),
                       marshaling_algorithm="jws",
                       signature="vault:v1:" + jws(theirs, size))["valid"]
        summed = hashlib.sha256(TEXT).digest()
        ours = ask(client, "sign/" + name, input=b64(summed), prehashed=True)
        public.verify(split(ours["signature"]), TEXT, ec.ECDSA(HASH_TYPE))
        refused(client, "verify/" + name, "contains extra data",
                input=b64(TEXT), signature="vault:v1:" + b64(theirs + b"x"))
        refused(client, "verify/" + name, "supplied signature is invalid",
                input=b64(TEXT), signature="vault:v1:" + b64(b"junk"))


def rsa_signatures(client, name, private, public):
    for algorithm, digest in HASHES.items():
        path = "/%s/%s" % (name, algorithm)
        for salt, length in (("auto", padding.PSS.MAX_LENGTH),
                             ("hash", padding.PSS.DIGEST_LENGTH), ("7", 7)):
            pss = padding.PSS(padding.MGF1(digest), length)
            ours = ask(client, "sign" + path, input=b64(TEXT),
                       salt_length=salt)
            public.verify(split(ours["signature"]), TEXT, pss, digest)
            theirs = private.sign(TEXT, pss, digest)
            assert ask(client, "verify" + path, input=b64(TEXT),
                       signature="vault:v1:" + b64(theirs))["valid"]
        ours = ask(client, "sign" + path, input=b64(TEXT),
                   signature_algorithm="pkcs1v15")
        theirs = private.sign(TEXT, padding.PKCS1v15(), digest)
        assert split(ours["signature"]) == theirs
        assert ask(client, "verify" + path, input=b64(TEXT),
                   signature_algorithm="pkcs1v15",
                   signature="vault:v1:" + b64(theirs))["valid"]
        assert not ask(client, "verify" + path, input=b64(TEXT),
                       signature="vault:v1:" + b64(theirs))["valid"]


def rsa_keys(client):
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    for bits in (2048, 3072, 4096):
        name = make(client, "r-%d" % bits, key_type="rsa-%d" % bits)
        private = serialization.load_pem_private_key(
            export(client, name, "signing-key").encode(), None)
        public = public_of(client, name)
        assert private.key_size == bits and private.public_key() == public
        for scheme, form in (("oaep", oaep), ("pkcs1v15",
                                              padding.PKCS1v15())):
            ours = ask(client, "encrypt/" + name, plaintext=b64(TEXT),
                       padding_scheme=scheme)
            assert private.decrypt(split(ours["ciphertext"]), form) == TEXT
            theirs = "vault:v1:" + b64(public.encrypt(TEXT, form))
            back = ask(client, "decrypt/" + name, ciphertext=theirs,
                       padding_scheme=scheme)
            assert base64.b64decode(back["plaintext"]) == TEXT
        refused(client, "encrypt/" + name, "message too long",
                plaintext=b64(b"x" * 600))
        if bits == 2048:
            rsa_signatures(client, name, private, public)


def hmacs(client):
    name = make(client, "h")
    key = base64.b64decode(export(client, name, "hmac-key"))
    for algorithm, digest in HASHES.items():
        want = hmac.new(key, TEXT, digest.name.replace("-", "_")).digest()
        path = "/%s/%s" % (name, algorithm)
        made = ask(client, "hmac" + path, input=b64(TEXT))["hmac"]
        assert split(made) == want
        assert ask(client, "verify" + path, input=b64(TEXT),
                   hmac=made)["valid"]
    make(client, "h2", key_type="hmac", key_size=48)
    assert len(base64.b64decode(export(client, "h2", "hmac-key"))) == 48


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True,
                          capture_output=True).stdout


def openssl_program(client):
    """What the program verifies, signs and decrypts."""
    with tempfile.TemporaryDirectory() as folder:
        def file(name, data):
            path = os.path.join(folder, name)
            with open(path, "wb") as f:
                f.write(data if isinstance(data, bytes) else data.encode())
            return path

        text = file("text", TEXT)
        for name, options in (
                ("e-ecdsa-p256", []), ("r-2048", [
                    "-sigopt", "rsa_padding_mode:pss"])):
            keys = client.secrets.transit.read_key(name)["data"]["keys"]
            public = file("public", keys["1"]["public_key"])
            private = file("private", export(client, name, "signing-key"))
            ours = file("sig", split(ask(
                client, "sign/" + name, input=b64(TEXT))["signature"]))
            openssl("dgst", "-sha256", "-verify", public, "-signature", ours,
                    *options, text)
            theirs = openssl("dgst", "-sha256", "-sign", private, *options,
                             text)
            assert ask(client, "verify/" + name, input=b64(TEXT),
                       signature="vault:v1:" + b64(theirs))["valid"]
        bare = openssl("pkeyutl", "-sign", "-inkey", private, "-in", text,
                       "-pkeyopt", "rsa_padding_mode:pkcs1")
        assert bare == split(ask(
            client, "sign/r-2048/none", input=b64(TEXT), prehashed=True,
            signature_algorithm="pkcs1v15")["signature"])
        sealed = file("sealed", split(ask(
            client, "encrypt/r-2048", plaintext=b64(TEXT))["ciphertext"]))
        assert TEXT == openssl(
            "pkeyutl", "-decrypt", "-inkey", private, "-in", sealed,
            "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt",
            "rsa_oaep_md:sha256")


def wrap(client, material, digest=None):
    digest = digest or hashes.SHA256()
    pem = client.read("transit/wrapping_key")["data"]["public_key"]
    wrapping = serialization.load_pem_public_key(pem.encode())
    assert wrapping.key_size == 4096
    key = os.urandom(32)
    return b64(wrapping.encrypt(key, padding.OAEP(
        padding.MGF1(digest), digest, None)) +
        keywrap.aes_key_wrap_with_padding(key, material))


def pkcs8(key):
    return key.private_bytes(serialization.Encoding.DER,
                             serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM,
        serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def imports(client):
    for kind, (cipher, size) in AEADS.items():
        key, nonce = os.urandom(size), os.urandom(12)
        post(client, "keys/i-%s/import" % kind, type=kind,
             ciphertext=wrap(client, key, hashes.SHA384()),
             hash_function="sha384")
        sealed = nonce + cipher(key).encrypt(nonce, TEXT, None)
        back = ask(client, "decrypt/i-" + kind,
                   ciphertext="vault:v1:" + b64(sealed))
        assert base64.b64decode(back["plaintext"]) == TEXT
        refused(client, "keys/i-%s/rotate" % kind, "does not allow rotation")
    private = ec.generate_private_key(ec.SECP384R1())
    refused(client, "keys/i-x/import", "invalid curve: expected P-256, got "
            "P-384", type="ecdsa-p256", ciphertext=wrap(client,
                                                        pkcs8(private)))
    post(client, "keys/i-ec/import", type="ecdsa-p384",
         public_key=pem(private))
    signed = "vault:v1:" + b64(private.sign(TEXT, ec.ECDSA(HASH_TYPE)))
    assert ask(client, "verify/i-ec", input=b64(TEXT),
               signature=signed)["valid"]
    refused(client, "sign/i-ec", "does not contain a private part",
            input=b64(TEXT))
    other = ec.generate_private_key(ec.SECP384R1())
    refused(client, "keys/i-ec/import_version", "key pair does not match",
            version=1, ciphertext=wrap(client, pkcs8(other)))
    post(client, "keys/i-ec/import_version", version=1,
         ciphertext=wrap(client, pkcs8(private)))
    ours = ask(client, "sign/i-ec", input=b64(TEXT))["signature"]
    private.public_key().verify(split(ours), TEXT, ec.ECDSA(HASH_TYPE))
    post(client, "keys/i-ec/import_version",
         ciphertext=wrap(client, pkcs8(other)))
    ours = ask(client, "sign/i-ec", input=b64(TEXT))["signature"]
    other.public_key().verify(split(ours, 2), TEXT, ec.ECDSA(HASH_TYPE))
    imports_of_pairs(client)


def imports_of_pairs(client):
    key = ed25519.Ed25519PrivateKey.generate()
    post(client, "keys/i-ed/import", type="ed25519",
         ciphertext=wrap(client, pkcs8(key)))
    assert split(ask(client, "sign/i-ed", input=b64(TEXT))["signature"]) == \
        key.sign(TEXT)
    post(client, "keys/i-edp/import", type="ed25519", public_key=pem(key))
    assert ask(client, "verify/i-edp", input=b64(TEXT),
               signature="vault:v1:" + b64(key.sign(TEXT)))["valid"]
    key = rsa.generate_private_key(65537, 2048)
    post(client, "keys/i-rp/import", type="rsa-2048", public_key=pem(key))
    sealed = ask(client, "encrypt/i-rp", plaintext=b64(TEXT))["ciphertext"]
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert key.decrypt(split(sealed), oaep) == TEXT
    refused(client, "decrypt/i-rp", "does not have a private counterpart",
            ciphertext=sealed)
    broken = bytearray(pkcs8(key))
    broken[-200] ^= 1
    broken[200] ^= 1
    refused(client, "keys/i-rx/import", "error parsing asymmetric key",
            type="rsa-2048", ciphertext=wrap(client, bytes(broken)))
    refused(client, "keys/i-rx/import", "expected 384 bytes, got 256 bytes",
            type="rsa-3072", ciphertext=wrap(client, pkcs8(key)))
    refused(client, "keys/i-rx/import", "invalid key type: expected ed25519, "
            "got *rsa.PrivateKey", type="ed25519",
            ciphertext=wrap(client, pkcs8(key)))
    refused(client, "keys/i-rx/import", "error parsing asymmetric key",
            type="rsa-2048", ciphertext=wrap(client, b"no key at all...."))
    refused(client, "keys/i-rx/import", "invalid key size 31 bytes for key "
            "type aes256-gcm96", ciphertext=wrap(client, os.urandom(31)))
    refused(client, "keys/i-rx/import", "provided ciphertext is too short",
            ciphertext=b64(b"x" * 512))
    refused(client, "keys/i-rx/import", "crypto/rsa: decryption error",
            ciphertext=b64(b"x" * 600))
    post(client, "keys/i-rsa/import", type="rsa-2048",
         ciphertext=wrap(client, pkcs8(key)))
    ours = ask(client, "sign/i-rsa", input=b64(TEXT),
               signature_algorithm="pkcs1v15")["signature"]
    assert split(ours) == key.sign(TEXT, padding.PKCS1v15(), HASH_TYPE)


def entry(**own):
    """A keysutil.KeyEntry as Go prints it."""
    return dict({"key": None, "hmac_key": b64(b"h" * 32),
                 "time": "2023-04-05T06:07:08.123456789Z", "ec_x": None,
                 "ec_y": None, "ec_d": None, "rsa_key": None,
                 "rsa_public_key": None, "public_key": "",
                 "convergent_version": 0, "creation_time": 1680674828}, **own)


def backup_of(number, keys, **own):
    """A backup as a genuine Vault makes it: the archive begins with an entry
    that is none."""
    latest = len(keys)
    policy = dict({
        "name": "foreign", "keys": {str(i + 1): k for i, k
                                    in enumerate(keys)},
        "derived": False, "kdf": 0, "convergent_encryption": False,
        "exportable": True, "min_decryption_version": 1,
        "min_encryption_version": 0, "latest_version": latest,
        "archive_version": latest, "archive_min_version": 0,
        "min_available_version": 0, "deletion_allowed": False,
        "convergent_version": 0, "type": number,
        "backup_info": {"time": "2023-04-05T06:07:08Z", "version": latest},
        "restore_info": None, "allow_plaintext_backup": True,
        "version_template": "", "storage_prefix": "",
        "auto_rotate_period": 0, "Imported": False,
        "AllowImportedKeyRotation": False}, **own)
    none = entry(hmac_key=None, time="0001-01-01T00:00:00Z", creation_time=0)
    return b64(json.dumps({"policy": policy, "archived_keys": {
        "keys": [none] + keys}}).encode())


def restore(client, name, backup):
    post(client, "restore/" + name, backup=backup)


def foreign_backups(client):
    """Keys in Vault's own format; ciphertexts and signatures made with them."""
    keys = [os.urandom(32), os.urandom(32)]
    restore(client, "f-aes", backup_of(0, [entry(key=b64(k)) for k in keys]))
    for version, key in enumerate(keys, 1):
        nonce = os.urandom(12)
        sealed = nonce + AESGCM(key).encrypt(nonce, TEXT, None)
        back = ask(client, "decrypt/f-aes", ciphertext="vault:v%d:%s" % (
            version, b64(sealed)))
        assert base64.b64decode(back["plaintext"]) == TEXT
    foreign_legacy(client)
    key = ec.generate_private_key(ec.SECP521R1())
    numbers = key.private_numbers()
    post(client, "keys/f-derived/import", type="ecdsa-p521", derived=True,
         ciphertext=wrap(client, pkcs8(key)))
    assert public_of(client, "f-derived") == key.public_key()
    assert "public_key" not in ask(client, "sign/f-derived", input=b64(TEXT))
    restore(client, "f-ec", backup_of(7, [entry(
        ec_x=numbers.public_numbers.x, ec_y=numbers.public_numbers.y,
        ec_d=numbers.private_value, public_key=pem(key))]))
    signed = "vault:v1:" + b64(key.sign(TEXT, ec.ECDSA(HASH_TYPE)))
    assert ask(client, "verify/f-ec", input=b64(TEXT),
               signature=signed)["valid"]
    assert public_of(client, "f-ec") == key.public_key()
    key = rsa.generate_private_key(65537, 3072)
    n = key.private_numbers()
    restore(client, "f-rsa", backup_of(9, [entry(rsa_key={
        "N": n.public_numbers.n, "E": n.public_numbers.e, "D": n.d,
        "Primes": [n.p, n.q], "Precomputed": {
            "Dp": n.dmp1, "Dq": n.dmq1, "Qinv": n.iqmp,
            "CRTValues": []}})]))
    made = ask(client, "sign/f-rsa", input=b64(TEXT),
               signature_algorithm="pkcs1v15")["signature"]
    assert split(made) == key.sign(TEXT, padding.PKCS1v15(), HASH_TYPE)


def foreign_legacy(client):
    """The convergent schemes and the derivation of early Vaults."""
    key = os.urandom(32)

    def counter(context):
        return hmac.new(key, b"\0\0\0\0" + context + b"\0\0\1\0",
                        hashlib.sha256).digest()

    for scheme in (1, 2):
        name = "f-conv%d" % scheme
        restore(client, name, backup_of(
            0, [entry(key=b64(key))], derived=True, kdf=scheme - 1,
            convergent_encryption=True, convergent_version=scheme))
        own = counter(CONTEXT) if scheme == 1 else hkdf(key, CONTEXT, 32)
        nonce = hmac.new(CONTEXT, TEXT, hashlib.sha256).digest()[:12]
        sealed = AESGCM(own).encrypt(nonce, TEXT, None)
        if scheme == 2:
            sealed = nonce + sealed
        more = {"nonce": b64(nonce)} if scheme == 1 else {}
        made = ask(client, "encrypt/" + name, plaintext=b64(TEXT),
                   context=b64(CONTEXT), **more)["ciphertext"]
        assert split(made) == sealed
        back = ask(client, "decrypt/" + name, ciphertext=made,
                   context=b64(CONTEXT), **more)
        assert base64.b64decode(back["plaintext"]) == TEXT


def numbers_agree(entry_of, pair):
    assert entry_of["ec_d"] == pair.private_numbers().private_value


def own_backups(client):
    """Backup, restore elsewhere, use; the JSON is Vault's."""
    transit = client.secrets.transit
    client.sys.enable_secrets_engine("transit", path="second")
    for kind in [*AEADS, *CURVES, "ed25519", "rsa-2048"]:
        name = make(client, "b-" + kind, key_type=kind,
                    allow_plaintext_backup=True)
        transit.rotate_key(name)
        backup = transit.backup_key(name)["data"]["backup"]
        inside = json.loads(base64.b64decode(backup))
        assert inside["policy"]["latest_version"] == 2
        assert len(inside["archived_keys"]["keys"]) == 3
        if kind in CURVES:
            numbers_agree(inside["policy"]["keys"]["2"],
                          serialization.load_pem_private_key(export(
                              client, name, "signing-key", "2").encode(),
                              None))
        transit.restore_key(backup, mount_point="second")
        if kind in AEADS:
            made = ask(client, "encrypt/" + name, plaintext=b64(TEXT))
            back = transit.decrypt_data(name, made["ciphertext"],
                                        mount_point="second")
            assert base64.b64decode(back["data"]["plaintext"]) == TEXT
        else:
            made = ask(client, "sign/" + name, input=b64(TEXT))["signature"]
            assert transit.verify_signed_data(
                name, hash_input=b64(TEXT), signature=made,
                mount_point="second")["data"]["valid"]


def hvac_calls(client):
    """The calls of hvac's transit class."""
    transit = client.secrets.transit
    transit.create_key("k", exportable=True)
    assert "k" in transit.list_keys()["data"]["keys"]
    made = transit.encrypt_data("k", b64(TEXT))["data"]["ciphertext"]
    transit.rotate_key("k")
    again = transit.rewrap_data("k", made)["data"]
    assert again["key_version"] == 2
    batch = transit.encrypt_data("k", "", batch_input=[
        {"plaintext": b64(b"1")}, {"plaintext": b64(b"2")}])["data"]
    assert [i["key_version"] for i in batch["batch_results"]] == [2, 2]
    data_key = transit.generate_data_key("k", "plaintext")["data"]
    assert transit.decrypt_data("k", data_key["ciphertext"])["data"][
        "plaintext"] == data_key["plaintext"]
    assert len(base64.b64decode(transit.generate_random_bytes(
        n_bytes=16)["data"]["random_bytes"])) == 16
    assert transit.hash_data(b64(TEXT), "sha2-256")["data"]["sum"] == \
        hashlib.sha256(TEXT).hexdigest()
    transit.rotate_key("k")
    transit.update_key_configuration("k", min_decryption_version=2,
                                     min_encryption_version=3,
                                     deletion_allowed=True)
    transit.trim_key("k", 2)
    assert list(transit.read_key("k")["data"]["keys"]) == ["2", "3"]
    transit.delete_key("k")
    signed = make(client, "s", key_type="ecdsa-p256")
    made = transit.sign_data(signed, b64(TEXT))["data"]["signature"]
    assert transit.verify_signed_data(signed, b64(TEXT), signature=made)[
        "data"]["valid"]


def seal_and_unseal(client, key):
    """Keys leave memory with the seal, and come back from the store."""
    made = ask(client, "encrypt/" + make(client, "sealed"),
               plaintext=b64(TEXT))
    client.sys.seal()
    client.sys.submit_unseal_key(key)
    assert ask(client, "decrypt/sealed", ciphertext=made["ciphertext"])[
        "plaintext"] == b64(TEXT)


TESTS = [hvac_calls, aead, derived, ed25519_keys, ecdsa, rsa_keys, hmacs,
         openssl_program, imports, foreign_backups, own_backups]


def main():
    server = Server(sys.argv[1])
    client = hvac.Client(url=server.url, token="root")
    client.sys.enable_secrets_engine("transit")
    unseal = next(line.split()[-1] for line in server.lines
                  if line.startswith("Unseal Key:"))

    def sealing(client):
        seal_and_unseal(client, unseal)

    status = run(TESTS + [sealing], client)
    return server.stop() or status


if __name__ == "__main__":
    sys.exit(main())
