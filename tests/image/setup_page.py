"""The command blocks of a setup page that people follow, as they stand there:
a compose service in dev mode, and production's way from `operator init` on, as
far as one node goes. Run by the image's own shell and `vault` command; names of
hosts come from /etc/hosts, so that addresses stand as written, too."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from support.container import Container
from support.suite import same

ROOTFS = None
TOKEN = "kernel-dev-root-token"
COMPOSE = {"VAULT_DEV_ROOT_TOKEN_ID": TOKEN,
           "VAULT_DEV_LISTEN_ADDRESS": "0.0.0.0:8200"}
NODE = "vault-0.vault.platform-infra.svc.cluster.local"
ROOT = "0:0"  # as `docker exec -u root`, for files of the operator's

VERIFY = "curl -s http://localhost:8200/v1/sys/health | python3 -m json.tool"

CONFIG = """ui            = true
cluster_addr  = "https://NODE_IP:8201"
api_addr      = "https://NODE_IP:8200"

storage "raft" {
  path    = "/vault/data"
  node_id = "POD_NAME"     # injected via Downward API env var
}

listener "tcp" {
  address       = "0.0.0.0:8200"
  tls_disable   = false
  tls_cert_file = "/vault/tls/tls.crt"
  tls_key_file  = "/vault/tls/tls.key"
}
"""
SEAL = """
seal "awskms" {               # or "gcpckms" / "azurekeyvault"
  region     = "eu-central-1"
  kms_key_id = "arn:aws:kms:..."
}
"""

INIT = """export VAULT_ADDR=https://%s:8200

# Initialise (5 key shares, 3 threshold)
vault operator init \\
  -key-shares=5 \\
  -key-threshold=3 \\
  -format=json > /secure/vault-init.json
""" % NODE

UNSEAL = """vault operator unseal <key-1>
vault operator unseal <key-2>
vault operator unseal <key-3>
"""

ENABLE_KV = "vault secrets enable -path=secret kv-v2"

KEYS = """# Generate private key
openssl ecparam -name prime256v1 -genkey -noout \\
  -out /tmp/iam-jwt-private.pem

# Extract public key
openssl ec -in /tmp/iam-jwt-private.pem \\
  -pubout -out /tmp/iam-jwt-public.pem

# Store in Vault KV v2
vault kv put secret/platform/iam/jwt-keys \\
  private_key="$(cat /tmp/iam-jwt-private.pem | base64)" \\
  public_key="$(cat /tmp/iam-jwt-public.pem | base64)"

# Destroy local copies immediately
shred -u /tmp/iam-jwt-private.pem /tmp/iam-jwt-public.pem
"""

ROTATE = """# Generate new ES256 key pair
openssl ecparam -name prime256v1 -genkey -noout -out /tmp/key.pem
openssl ec -in /tmp/key.pem -pubout -out /tmp/pub.pem

# Atomic KV v2 write (creates new version)
vault kv put secret/platform/iam/jwt-keys \\
  private_key="$(cat /tmp/key.pem | base64)" \\
  public_key="$(cat /tmp/pub.pem | base64)"

shred -u /tmp/key.pem /tmp/pub.pem
"""

APPROLE = (
    "# Enable AppRole auth\nvault auth enable approle\n",
    """# Create IAM policy
vault policy write platform-iam - <<EOF
path "secret/data/platform/iam/*" {
  capabilities = ["read"]
}
path "secret/metadata/platform/iam/*" {
  capabilities = ["read", "list"]
}
EOF
""",
    """# Create AppRole for IAM
vault write auth/approle/role/platform-iam \\
  token_policies="platform-iam" \\
  token_ttl=1h \\
  token_max_ttl=4h \\
  secret_id_ttl=0
""")
ROLE_ID = "vault read auth/approle/role/platform-iam/role-id"
SECRET_ID = "vault write -f auth/approle/role/platform-iam/secret-id"
LOGIN = """vault write auth/approle/login \\
  role_id=<ROLE_ID> \\
  secret_id=<SECRET_ID>
"""

CERTIFICATE = """# Store certificate after ACME issuance
vault kv put secret/platform/domains/example.com/cert \\
  fullchain="$(cat /etc/letsencrypt/live/example.com/fullchain.pem)" \\
  privkey="$(cat /etc/letsencrypt/live/example.com/privkey.pem)" \\
  expires_at="2026-07-22T00:00:00Z"
"""

PEERS = "vault operator raft list-peers"
SEAL_STATUS = "curl -s $VAULT_ADDR/v1/sys/health | python3 -m json.tool"
VERSIONS = "vault kv metadata get secret/platform/iam/jwt-keys"
READ_KEYS = "vault kv get -format=json secret/platform/iam/jwt-keys"


def sh(c, block, env, want=0, **more):
    """A block as it stands, typed into the container's shell."""
    status, out, err = c.exec("/bin/sh", "-c", block, env=env, **more)
    assert status == want, (status, block, out, err)
    return out if not want else err


def bring_openssl(c):
    """The page wants openssl beside `vault`, which no such image has: the
    host's, with its libraries."""
    program = shutil.which("openssl")
    needed = re.findall(r"(/\S+)", subprocess.run(
        ["ldd", program], check=True, capture_output=True, text=True).stdout)
    for path in [program] + needed:
        target = pathlib.Path(c.root + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    config = pathlib.Path(c.root + "/usr/lib/ssl/openssl.cnf")
    config.parent.mkdir(parents=True)
    config.write_text("")


def health(c, block, env):
    """curl and python3 of the host's, in the container's network."""
    done = subprocess.run(
        ["nsenter", "--target", str(c.pid()), "--net", "sh", "-c", block],
        capture_output=True, text=True, env=dict(env, PATH="/usr/bin:/bin"))
    same(done.returncode, 0)
    answer = json.loads(done.stdout)
    same((answer["initialized"], answer["sealed"], answer["standby"]),
         (True, False, False))


def key_lifecycle(c, env):
    bring_openssl(c)
    out = sh(c, KEYS, env)
    assert re.search(r"^version +1$", out, re.M), out
    assert re.search(r"^version +2$", sh(c, ROTATE, env), re.M)
    same(c.exec("sh", "-c", "ls /tmp/*.pem")[0], 1)
    out = sh(c, VERSIONS, env)
    assert "====== Version 1 ======" in out, out
    assert re.search(r"^current_version +2$", out, re.M), out
    data = json.loads(sh(c, READ_KEYS, env))["data"]
    same(data["metadata"]["version"], 2)
    same(sorted(data["data"]), ["private_key", "public_key"])


def services_log_in(c, env):
    enabled, written, role = (sh(c, block, env) for block in APPROLE)
    same(enabled, "Success! Enabled approle auth method at: approle/\n")
    same(written, "Success! Uploaded policy: platform-iam\n")
    same(role, "Success! Data written to: auth/approle/role/platform-iam\n")
    role_id = re.search(r"^role_id +(\S+)$", sh(c, ROLE_ID, env), re.M)[1]
    out = sh(c, SECRET_ID, env)
    secret_id = re.search(r"^secret_id +(\S+)$", out, re.M)[1]
    assert re.search(r"^secret_id_ttl +0s$", out, re.M), out
    out = sh(c, LOGIN.replace("<ROLE_ID>", role_id).replace(
        "<SECRET_ID>", secret_id), env)
    assert re.search(r"^token_duration +1h$", out, re.M), out
    assert re.search(r"^token_renewable +true$", out, re.M), out
    token = re.search(r"^token +(hvs\.\S+)$", out, re.M)[1]
    service = dict(env, VAULT_TOKEN=token)
    sh(c, READ_KEYS, service)
    assert "permission denied" in sh(
        c, "vault kv put secret/platform/iam/jwt-keys a=b", service, want=2)


def certificates(c, env):
    for name in ("fullchain", "privkey"):
        path = pathlib.Path(
            c.root + "/etc/letsencrypt/live/example.com/%s.pem" % name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("-----BEGIN %s-----\n" % name)
    sh(c, CERTIFICATE, env)
    same(sh(c, "vault kv get -field=fullchain "
            "secret/platform/domains/example.com/cert", env),
         "-----BEGIN fullchain-----")


def setup_page_development():
    env = {"VAULT_TOKEN": TOKEN, "HOME": "/home/vault",
           "VAULT_ADDR": "http://127.0.0.1:8200"}
    with Container(ROOTFS, "server", "-dev", env=COMPOSE,
                   read_only=False) as c:
        c.wait_ready()
        health(c, VERIFY, {})
        assert "path is already in use at secret/" in sh(
            c, ENABLE_KV, env, want=2)
        key_lifecycle(c, env)
        services_log_in(c, env)
        certificates(c, env)
        health(c, SEAL_STATUS, env)


def tls_files():
    """A certificate for the name that the page gives the node."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=vault", "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1" %
             NODE, "-keyout", folder + "/tls.key", "-out",
             folder + "/tls.crt"], check=True, stderr=subprocess.DEVNULL)
        return {"/vault/tls/" + name: pathlib.Path(folder, name).read_text()
                for name in ("tls.crt", "tls.key")}


def production(config):
    text = config.replace("NODE_IP", "127.0.0.1").replace(
        "POD_NAME", "vault-0")
    hosts = "127.0.0.1 localhost\n127.0.0.1 %s\n" % NODE
    return Container(
        ROOTFS, entrypoint=("vault", "server", "-config=/etc/vault/config.hcl"),
        env={"VAULT_CACERT": "/vault/tls/tls.crt"}, read_only=False,
        files=dict(tls_files(), **{"/etc/vault/config.hcl": text,
                                   "/etc/hosts": hosts, "/secure/.keep": ""}))


def setup_page_production():
    with production(CONFIG) as c:
        c.wait_ready()
        env = {"VAULT_ADDR": "https://%s:8200" % NODE}
        same(c.exec("vault", "status", env=env)[0], 2)
        sh(c, INIT, {}, user=ROOT)
        init = json.loads(sh(c, "cat /secure/vault-init.json", {}, user=ROOT))
        same((init["unseal_shares"], init["unseal_threshold"]), (5, 3))
        block = UNSEAL
        for i, key in enumerate(init["unseal_keys_b64"][:3]):
            block = block.replace("<key-%d>" % (i + 1), key)
        out = sh(c, block, env)
        same(re.findall(r"^Unseal Progress +(\S+)$", out, re.M),
             ["1/3", "2/3"])
        same(c.exec("vault", "status", env=env)[0], 0)
        env["VAULT_TOKEN"] = init["root_token"]
        same(sh(c, ENABLE_KV, env),
             "Success! Enabled the kv-v2 secrets engine at: secret/\n")
        key_lifecycle(c, env)
        services_log_in(c, env)
        certificates(c, env)
        assert re.search(r"^vault-0 +127\.0\.0\.1:8201 +leader +true$",
                         sh(c, PEERS, env), re.M), sh(c, PEERS, env)


def setup_page_auto_unseal():
    """The page's configuration whole: such a seal takes recovery keys, and
    opens by itself."""
    with production(CONFIG + SEAL) as c:
        c.wait_ready()
        assert "not applicable to seal type awskms" in sh(
            c, INIT, {}, user=ROOT, want=2)
        env = {"VAULT_ADDR": "https://%s:8200" % NODE}
        out = sh(c, "vault operator init", env)
        assert "Recovery Key 5:" in out, out
        same(c.exec("vault", "status", env=env)[0], 0)


TESTS = [setup_page_development, setup_page_production,
         setup_page_auto_unseal]
