#!/usr/bin/env python3
"""configuration.py BINARY: what a configuration file says and how the server
takes it: what is refused and with which text, what is warned of, what acts.
Closes with 'N passed, N failed'."""
import http.client
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server, started  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
STORAGE = 'storage "inmem" {}\n'
LISTENER = 'listener "tcp" { address = "127.0.0.1:0" tls_disable = 1 }\n'


def listener(more):
    return ('listener "tcp" {\n  address = "127.0.0.1:0"\n  tls_disable = 1\n'
            '  %s\n}\n' % more)


def judge(text, *args, name="c.hcl", env=None):
    """(status, standard error) of a server that opens its listeners and ends;
    the file is called FILE in what it says."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "w") as f:
            f.write(text.replace("@HOME@", folder))
        done = subprocess.run(
            [BINARY, "server", "-config=" + path, "-test-verify-only", *args],
            capture_output=True, text=True, timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": folder, **(env or {})})
        return done.returncode, done.stderr.replace(path, "FILE").replace(
            folder, "HOME")


def refused(text, want, **more):
    status, err = judge(text, **more)
    assert status == 1, (text, status, err)
    same(err.splitlines()[-1], want)


def warnings(text, *args, **more):
    """What is warned of by a configuration that is taken."""
    status, err = judge(text, *args, **more)
    assert status == 0, (text, err)
    return [line.split("]  ", 1)[1] if "]  " in line
            else line.split("] ", 1)[1] for line in err.splitlines()
            if "[WARN]" in line]


class serves:
    """A configured, initialised server for the length of a with block."""

    def __init__(self, config, *args, **more):
        self.server = Server(BINARY, *args, config=config, **more)

    def __enter__(self):
        self.server.initialize()
        return self.server

    def __exit__(self, *error):
        self.server.kill()


# ---- storage ----

VAULTS_STORAGES = """aerospike alicloudoss azure cassandra cockroachdb consul
couchdb couchdb_transactional dynamodb etcd foundationdb gcs manta mssql mysql
oci postgresql s3 spanner swift zookeeper""".split()


def every_storage_of_vaults_table():
    for name in VAULTS_STORAGES:
        same(warnings('storage "%s" {}\n%s' % (name, LISTENER)), [
            "storage: storage %s is not here: the state is kept in memory"
            % name])
    for name in ("inmem", "inmem_ha", "inmem_transactional",
                 "inmem_transactional_ha"):
        same(warnings('storage "%s" {}\n%s' % (name, LISTENER)), [])
    refused('storage "odd" {}\n' + LISTENER, "Unknown storage type odd")
    refused(LISTENER, "A storage backend must be specified")


def storage_type_in_seal_status():
    for name in ("consul", "Consul", "s3"):
        with started(BINARY, config='storage "%s" { path = "vault/" }\n%s' % (
                name, LISTENER)) as s:
            same(s.insist(200, "GET", "sys/seal-status")["storage_type"],
                 name.lower())


def storage_blocks():
    one = 'error loading configuration from FILE: error parsing \'%s\': ' \
        'only one "%s" block is permitted'
    refused(STORAGE + STORAGE + LISTENER, one % ("storage", "storage"))
    refused('backend "inmem" {}\nbackend "file" {}\n' + LISTENER,
            one % ("backend", "backend"))
    refused('storage "raft" {\n path = "@HOME@/d"\n node_id = "a"\n}\n'
            + LISTENER, "Cluster address must be set when using raft storage")
    refused('storage "file" {}\n' + LISTENER, "Error initializing storage of "
            "type file: 'path' must be set")
    same(warnings('backend "inmem" {}\n' + LISTENER), [])


def development_mode_takes_the_storage_block():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.hcl")
        with open(path, "w") as f:
            f.write('storage "file" { path = "%s/d" }\n' % folder)
        with started(BINARY, "-config=" + path) as s:
            assert s.line("Storage:") == "Storage: file" or s.line(
                "Storage:").strip() == "Storage: file"
            same(s.insist(200, "GET", "sys/seal-status")["storage_type"],
                 "file")


def lease_times():
    refused(STORAGE + LISTENER + "max_lease_ttl = 3600\n"
            "default_lease_ttl = 7200\n", "Error initializing core: cannot "
            "have DefaultLeaseTTL larger than MaxLeaseTTL")
    refused(STORAGE + LISTENER + 'max_lease_ttl = "1w"\n', "error loading "
            'configuration from FILE: time: unknown unit "w" in duration "1w"')
    with serves(STORAGE + LISTENER + 'max_lease_ttl = "2h"\n'
                'default_lease_ttl = "90m"\n') as s:
        same(s.insist(200, "POST", "auth/token/create", {
            "policies": ["default"]})["auth"]["lease_duration"], 5400)


def log_settings():
    refused(STORAGE + LISTENER + 'log_level = "loud"\n',
            "unknown log level: loud")
    refused(STORAGE + LISTENER + 'log_format = "xml"\n',
            "unknown log format: xml")
    for level in ("Trace", "NOTICE", " warn ", "err"):
        assert judge(STORAGE + LISTENER + 'log_level = "%s"\n' % level)[0] == 0


# ---- listeners ----

def listener_blocks():
    start = "error loading configuration from FILE: error parsing " \
        "'listener': "
    for text, want in (
            ('listener "udp" {}', 'listeners.0: unsupported listener type '
             '"udp"'),
            ('listener { address = "127.0.0.1:0" }',
             "listeners.0: listener type must be specified"),
            (LISTENER + 'listener "Quic" {}', 'listeners.1: unsupported '
             'listener type "quic"'),
            (listener('role = "odd"'), 'listeners.0: unsupported listener '
             'role "odd"'),
            (listener("max_request_duration = -1"), "listeners.0 "
             "max_request_duration cannot be negative"),
            (listener('max_request_duration = "1x"'), "listeners.0 error "
             'parsing max_request_duration: time: unknown unit "x" in '
             'duration "1x"'),
            (listener('max_request_size = "big"'), "listeners.0 error "
             'parsing max_request_size: strconv.ParseInt: parsing "big": '
             "invalid syntax"),
            (listener("x_forwarded_for_hop_skips = -2"), "listeners.0 "
             "x_forwarded_for_hop_skips cannot be negative but set to -2"),
            (listener('x_forwarded_for_authorized_addrs = "10.0.0.0/8, no"'),
             "listeners.0 error parsing x_forwarded_for_authorized_addrs: "
             'error parsing address "no": Unable to convert "no" to an IPv4 '
             "or IPv6 address, or a UNIX Socket"),
            (listener('proxy_protocol_authorized_addrs = ["::1", 5]'),
             "listeners.0 error parsing proxy_protocol_authorized_addrs: "
             "error parsing 5 as string"),
            (listener('proxy_protocol_behavior = "allow_authorized"'),
             "listeners.0 proxy_protocol_behavior set to allow or deny only "
             "authorized addresses but no proxy_protocol_authorized_addrs "
             "value"),
            (listener('tls_cipher_suites = "TLS_NULL"'), "listeners.0 invalid "
             'value for tls_cipher_suites: unsupported cipher "TLS_NULL"'),
            (listener('address = "{{ GetNothing }}:0"'), "listeners.0 unable "
             'to parse address template "{{ GetNothing }}:0": unable to '
             "parse template")):
        refused(STORAGE + text, start + want)
    refused(json.dumps({"storage": {"inmem": {}}, "listener": [
        {"tcp": [{"address": "127.0.0.1:0", "tls_disable": 1}]}]}),
        start + "listeners.0: listener type must be specified",
        name="c.json")
    for one in ({"tcp": {"address": "127.0.0.1:0", "tls_disable": 1}},
                [{"tcp": {"address": "127.0.0.1:0", "tls_disable": "true"}}],
                [{"type": "tcp", "address": "127.0.0.1:0",
                  "tls_disable": True}]):
        same(warnings(json.dumps({"storage": {"inmem": {}}, "listener": one}),
                      name="c.json"), [])
    refused(STORAGE + listener('proxy_protocol_behavior = "sometimes"'),
            "Error initializing listener of type tcp: failed configuring "
            "PROXY protocol wrapper: unknown behavior type for proxy proto "
            "config")


def address_templates():
    for text in ('{{ GetInterfaceIP \\"lo\\" }}:0', "{{ GetPrivateIP }}:0",
                 '{{ GetAllInterfaces | include \\"name\\" \\"^lo$\\" | '
                 'attr \\"address\\" }}:0'):
        same(warnings(STORAGE + 'listener "tcp" { address = "%s" '
                      'tls_disable = 1 }\n' % text), [])


def unix_sockets():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "v.sock")
        with started(BINARY, config=STORAGE + LISTENER + 'listener "unix" { '
                     'address = "%s" socket_mode = "0640" }\n' % path):
            same(os.stat(path).st_mode & 0o777, 0o640)
            done = subprocess.run(
                ["curl", "-s", "--unix-socket", path,
                 "http://vault/v1/sys/seal-status"], capture_output=True,
                text=True, check=True)
            assert json.loads(done.stdout)["sealed"], done


def tls_files():
    start = "Error initializing listener of type tcp: "
    with started(BINARY, config=STORAGE + LISTENER) as s:
        home = s.home

        def tls(more):
            return STORAGE + ('listener "tcp" {\n address = "127.0.0.1:0"\n'
                              + more + "\n}\n").replace("@CERT@", home)

        files = ' tls_cert_file = "@CERT@/cert.pem"\n' \
            ' tls_key_file = "@CERT@/key.pem"\n'
        for more, want in (
                ("", "error loading TLS cert: open : no such file or "
                 "directory"),
                ('tls_cert_file = "/nowhere.pem"', "error loading TLS cert: "
                 "open /nowhere.pem: no such file or directory"),
                (' tls_cert_file = "@CERT@/cert.pem"\n'
                 ' tls_key_file = "/nowhere.key"', "error loading TLS cert: "
                 "open /nowhere.key: no such file or directory"),
                (' tls_cert_file = "@CERT@/config.hcl"\n'
                 ' tls_key_file = "@CERT@/key.pem"', "error loading TLS cert: "
                 "tls: failed to find any PEM data in certificate input"),
                (' tls_cert_file = "@CERT@/cert.pem"\n'
                 ' tls_key_file = "@CERT@/config.hcl"', "error loading TLS "
                 "cert: tls: failed to find any PEM data in key input"),
                (files + ' tls_min_version = "tls9"', "'tls_min_version' "
                 'value "tls9" not supported, please specify one of '
                 "[tls10,tls11,tls12,tls13]"),
                (files + ' tls_max_version = "ssl3"', "'tls_max_version' "
                 'value "ssl3" not supported, please specify one of '
                 "[tls10,tls11,tls12,tls13]"),
                (files + ' tls_min_version = "tls13"\n'
                 ' tls_max_version = "tls12"', "'tls_max_version' must be "
                 "greater than or equal to 'tls_min_version'"),
                (files + ' tls_require_and_verify_client_cert = true\n'
                 ' tls_client_ca_file = "/nowhere.ca"', "failed to read "
                 "tls_client_ca_file: open /nowhere.ca: no such file or "
                 "directory"),
                (files + ' tls_require_and_verify_client_cert = true\n'
                 ' tls_client_ca_file = "@CERT@/config.hcl"', "failed to "
                 "parse CA certificate in tls_client_ca_file"),
                (files + ' tls_require_and_verify_client_cert = true\n'
                 " tls_disable_client_certs = true",
                 "'tls_disable_client_certs' and "
                 "'tls_require_and_verify_client_cert' are mutually "
                 "exclusive")):
            refused(tls(more), start + want)


# ---- fields that nobody knows, and those that Vault knows ----

KNOWN_TOP = """administrative_namespace_path="" allow_audit_log_prefixing=false
api_addr="http://127.0.0.1:1" cache_size=10 cluster_addr="https://a:1"
cluster_cipher_suites="" cluster_name="c" default_max_request_duration="90s"
detect_deadlocks="" disable_cache=true disable_clustering=true
disable_indexing=true disable_mlock=true disable_performance_standby=true
disable_printable_check=true disable_sealwrap=true disable_sentinel_trace=true
enable_response_header_hostname=true enable_response_header_raft_node_id=true
enable_post_unseal_trace=false experiments=[] imprecise_lease_role_tracking=true
introspection_endpoint=true license_path="/l" log_format="json"
log_level="warn" log_requests_level="trace" log_rotate_bytes=1
log_rotate_duration="24h" log_rotate_max_files=3 pid_file=""
plugin_directory="/p" plugin_file_permissions="0" plugin_file_uid=0
plugin_tmpdir="/t" raw_storage_endpoint=true ui=true""".split()
KNOWN_LISTENER = """http_read_header_timeout="1s" http_read_timeout=2
http_write_timeout="3s" http_idle_timeout="4m" max_request_size=1
max_request_duration="5s" proxy_protocol_behavior="use_always"
proxy_protocol_authorized_addrs="127.0.0.1" require_request_header=true
role="default" x_forwarded_for_authorized_addrs=["127.0.0.1"]
x_forwarded_for_hop_skips="0" x_forwarded_for_reject_not_authorized=false
x_forwarded_for_reject_not_present="false" cors_enabled=true
cors_allowed_origins=["*"] cors_allowed_headers=["x"] tls_min_version="tls12"
tls_prefer_server_cipher_suites=true tls_disable_client_certs=true
disable_replication_status_endpoints=true redact_addresses=true
redact_cluster_name=true redact_version=true
chroot_namespace="" """.split()
KNOWN_BLOCKS = """telemetry { prometheus_retention_time = "1h"
  disable_hostname = true
  usage_gauge_period = "10m" }
user_lockout "all" { lockout_threshold = 3 }
entropy "seal" { mode = "augmentation" }
service_registration "consul" { address = "x" }
ha_storage "consul" {}
sentinel { additional_enabled_modules = [] }
"""


def what_vault_knows_is_not_warned_of():
    same(warnings(STORAGE + listener("\n  ".join(KNOWN_LISTENER)) +
                  "\n".join(KNOWN_TOP) + "\n" + KNOWN_BLOCKS,
                  "-log-format=standard"), [])
    same(warnings(STORAGE + listener(
        "telemetry { unauthenticated_metrics_access = true }\n"
        "profiling { unauthenticated_pprof_access = true }\n"
        "inflight_requests_logging { "
        "unauthenticated_in_flight_requests_access = true }\n"
        "agent_api { enable_quit = true }")), [])


def unknown_fields_are_warned_of_with_their_place():
    def unknown(name, line, column):
        return "config: unknown or unsupported field %s found in " \
            "configuration at FILE:%d:%d" % (name, line, column)

    same(warnings(STORAGE + LISTENER + "zork = 1\n  frob { a = 1 }\n"),
         [unknown("zork", 3, 1), unknown("frob", 4, 3)])
    same(warnings(STORAGE + listener("adress = 1")),
         [unknown("adress", 5, 3)])
    same(warnings(STORAGE + LISTENER + 'telemetry {\n  odd = 1\n}\n'
                  'user_lockout "ldap" {\n\tlock = 2\n}\n'),
         [unknown("odd", 4, 3), unknown("lock", 7, 2)])


def user_lockout_blocks():
    start = "error loading configuration from FILE: error parsing " \
        "'user_lockout': user_lockouts.0"
    refused(STORAGE + LISTENER + 'user_lockout "okta" {}\n',
            start + ': unsupported auth type "okta"')
    refused(STORAGE + LISTENER + 'user_lockout "all" {\n'
            ' lockout_threshold = "x"\n}\n', start + " error parsing "
            'lockout_threshold: strconv.ParseInt: parsing "x": invalid '
            "syntax")
    refused(STORAGE + LISTENER + 'user_lockout "all" {\n'
            ' lockout_duration = "3y"\n}\n', start + " error parsing "
            'lockout_duration: time: unknown unit "y" in duration "3y"')


def seal_blocks():
    start = "error loading configuration from FILE: "
    one = 'seal "awskms" {}\n'
    refused(STORAGE + LISTENER + one * 2,
            start + "seals: only one seal can be enabled")
    refused(STORAGE + LISTENER + one * 3, start + "seals: at most 2 seals "
            "can be provided: received 3")
    refused(STORAGE + LISTENER + one * 4, start + "error parsing 'seal': "
            'only two or less "seal" blocks are permitted')
    refused(STORAGE + LISTENER + 'seal "odd" {}\n',
            "Unknown wrapper type odd")


# ---- what acts ----

def custom_response_headers():
    text = STORAGE + listener('''custom_response_headers {
    "default" = { "X-Test" = ["a", "b"], "x-lower-name" = ["c"],
                  "X-Vault-Mine" = ["no"] }
    "4xx" = { "X-Test" = ["four"], "X-Four" = ["4"] }
    "404" = { "X-Four" = ["404"], "Strict-Transport-Security" = ["max-age=1"] }
  }''')
    with serves(text) as s:
        _, got, _ = s.ask("GET", "sys/seal-status")
        same((got["X-Test"], got["X-Lower-Name"]), ("a; b", "c"))
        assert "X-Four" not in got and "X-Vault-Mine" not in got, got
        same(got["Strict-Transport-Security"],
             "max-age=31536000; includeSubDomains")
        status, got, _ = s.ask("GET", "sys/mounts", token="hvs.nobody")
        same((status, got["X-Test"], got["X-Four"]), (403, "four", "4"))
        status, got, _ = s.ask("GET", "nothing/here")
        same((status, got["X-Test"], got["X-Four"],
              got["Strict-Transport-Security"]),
             (404, "four", "404", "max-age=1"))
        assert "X-Vault headers are not allowed" in s.stderr(), s.stderr()
    start = "error loading configuration from FILE: error parsing " \
        "'listener': listeners.0 failed to parse custom_response_headers: "
    refused(STORAGE + listener('custom_response_headers { "600" = {} }'),
            start + "invalid status code found in the server configuration: "
            "600")
    refused(STORAGE + listener(
        'custom_response_headers { "default" = { "X" = "a" } }'),
        start + "headers must be given in a list of strings")


def an_approle_bound_to(s, address):
    s.insist(204, "POST", "sys/auth/approle", {"type": "approle"})
    s.insist(204, "POST", "auth/approle/role/r", {
        "secret_id_bound_cidrs": [address]})
    return {"role_id": s.insist(200, "GET", "auth/approle/role/r/role-id")[
                "data"]["role_id"],
            "secret_id": s.insist(200, "POST", "auth/approle/role/r/secret-id",
                                  {})["data"]["secret_id"]}


def login_status(s, login, **headers):
    return s.ask("POST", "auth/approle/login", login, token="", headers={
        k.replace("_", "-"): v for k, v in headers.items()})[0]


def forwarded_addresses():
    more = 'x_forwarded_for_authorized_addrs = "127.0.0.0/8"\n  ' \
        "x_forwarded_for_reject_not_present = false"
    with serves(STORAGE + listener(more)) as s:
        login = an_approle_bound_to(s, "10.9.9.9/32")
        same(login_status(s, login), 400)
        same(login_status(s, login, X_Forwarded_For="10.9.9.9"), 200)
        same(login_status(s, login, X_Forwarded_For="10.9.9.9, 10.1.1.1"), 400)
        same(login_status(s, login, X_Forwarded_For="10.1.1.1,10.9.9.9"), 200)
    with serves(STORAGE + listener(more + "\n  x_forwarded_for_hop_skips = 1"
                                   )) as s:
        login = an_approle_bound_to(s, "10.9.9.9/32")
        same(login_status(s, login, X_Forwarded_For="10.9.9.9, 10.1.1.1"), 200)
        status, _, text = s.ask("GET", "sys/health", headers={
            "X-Forwarded-For": "10.9.9.9"})
        same(status, 400)
        assert "hops to skip (1) would skip before earliest chain link " \
            "(chain length 1)" in text, text


def forwarded_addresses_that_are_refused():
    with started(BINARY, config=STORAGE + listener(
            'x_forwarded_for_authorized_addrs = ["127.0.0.1/32"]')) as s:
        status, headers, text = s.ask("GET", "sys/health")
        same((status, json.loads(text)), (400, {"errors": [
            "missing x-forwarded-for header and configured to reject when "
            "not present"]}))
        assert "Strict-Transport-Security" not in headers, headers
    with started(BINARY, config=STORAGE + listener(
            'x_forwarded_for_authorized_addrs = ["10.0.0.0/8"]')) as s:
        same(json.loads(s.ask("GET", "sys/health", headers={
            "X-Forwarded-For": "1.2.3.4"})[2]), {"errors": [
                "client address not authorized for x-forwarded-for and "
                "configured to reject connection"]})


def behind_a_proxy(s, header, body):
    """The status of a request with a PROXY header; 0: no answer."""
    with socket.create_connection((s.host, s.port), timeout=20) as c:
        text = json.dumps(body).encode()
        try:
            c.sendall(header + b"POST /v1/auth/approle/login HTTP/1.1\r\n"
                      b"Host: v\r\nConnection: close\r\nContent-Length: %d"
                      b"\r\n\r\n%s" % (len(text), text))
            answer = http.client.HTTPResponse(c)
            answer.begin()
            return answer.status
        except (ConnectionError, http.client.HTTPException):
            return 0


def version_2(source):
    return (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + socket.inet_aton(source) +
            socket.inet_aton("127.0.0.1") + struct.pack(">HH", 4000, 8200))


def proxy_protocol():
    one = b"PROXY TCP4 10.9.9.9 127.0.0.1 4000 8200\r\n"
    here, elsewhere = '["127.0.0.1/32"]', '["10.0.0.0/8"]'
    for behavior, addresses, with_header, without in (
            ("use_always", None, 200, 400),
            ("allow_authorized", here, 200, 400),
            ("allow_authorized", elsewhere, 400, 400),
            ("deny_unauthorized", here, 200, 400),
            ("deny_unauthorized", elsewhere, 0, 0)):
        more = 'proxy_protocol_behavior = "%s"' % behavior
        if addresses:
            more += "\n  proxy_protocol_authorized_addrs = " + addresses
        with serves(STORAGE + LISTENER + listener(more)) as s:
            login = an_approle_bound_to(s, "10.9.9.9/32")
            s.port = int(s.bound["listeners"][1]["address"].split(":")[1])
            got = [behind_a_proxy(s, header, login)
                   for header in (one, version_2("10.9.9.9"), b"")]
            same((behavior, addresses, got), (behavior, addresses, [
                with_header, with_header, without]))


def identity_headers():
    raft = 'storage "raft" {\n path = "@HOME@"\n node_id = "n7"\n}\n' \
        'cluster_addr = "https://127.0.0.1:8201"\ndisable_mlock = true\n'
    both = "enable_response_header_hostname = true\n" \
        "enable_response_header_raft_node_id = true\n"
    with started(BINARY, config=raft + both + LISTENER) as s:
        got = s.ask("GET", "sys/seal-status")[1]
        same((got["X-Vault-Hostname"], got["X-Vault-Raft-Node-ID"]),
             (socket.gethostname(), "n7"))
    with started(BINARY, config=raft + both + LISTENER,
                 env={"VAULT_RAFT_NODE_ID": "n9"}) as s:
        same(s.ask("GET", "sys/seal-status")[1]["X-Vault-Raft-Node-ID"], "n9")
    with started(BINARY, config=raft + LISTENER) as s:
        got = s.ask("GET", "sys/seal-status")[1]
        assert "X-Vault-Hostname" not in got, got
        assert "X-Vault-Raft-Node-ID" not in got, got
    with started(BINARY, config=STORAGE + both + LISTENER) as s:
        assert "X-Vault-Raft-Node-ID" not in s.ask(
            "GET", "sys/seal-status")[1]


def until_closed(s, text, wait=20):
    """(what came, how long it took) on a connection that sends text alone."""
    began = time.monotonic()
    with socket.create_connection((s.host, s.port), timeout=wait) as c:
        c.sendall(text)
        got = b""
        while True:
            some = c.recv(65536)
            if not some:
                return got, time.monotonic() - began
            got += some


def timeouts():
    head = b"GET /v1/sys/health HTTP/1.1\r\nHost: v\r\n"
    with started(BINARY, config=STORAGE + listener(
            'http_read_header_timeout = "1s"\n  http_idle_timeout = "1s"\n  '
            "http_read_timeout = 1")) as s:
        got, took = until_closed(s, head)
        assert not got and took < 5, (got, took)
        got, took = until_closed(s, head + b"\r\n")
        assert got.startswith(b"HTTP/1.1 501 ") and took < 5, (got, took)
        _, took = until_closed(s, b"PUT /v1/sys/init HTTP/1.1\r\nHost: v\r\n"
                               b"Content-Length: 9\r\n\r\n{")
        assert took < 5, took


def write_timeout():
    config = STORAGE + listener('http_write_timeout = "1s"')
    with started(BINARY, config=config) as s:
        head = b"GET /v1/sys/seal-status HTTP/1.1\r\nHost: v\r\n" \
            b"Connection: close\r\n\r\n"
        assert until_closed(s, head)[0].startswith(b"HTTP/1.1 200 ")
        admin = s.bound["admin_addr"].split("//")[1]
        conn = http.client.HTTPConnection(admin, timeout=20)
        conn.request("POST", "/_mock/faults", json.dumps({
            "then": [{"delay": "1500ms"}]}))
        answer = conn.getresponse()
        text = answer.read()
        conn.close()
        assert answer.status in (200, 201), text
        same(until_closed(s, head)[0], b"")


def request_sizes():
    with serves(STORAGE + LISTENER + listener("max_request_size = 100")) as s:
        s.port = int(s.bound["listeners"][1]["address"].split(":")[1])
        same(s.ask("POST", "sys/policies/password/p", {"x": "a" * 200})[0],
             413)
        s.insist(200, "GET", "sys/mounts")


def printable_paths():
    with serves(STORAGE + LISTENER) as s:
        same(s.ask("GET", "/v1/cubbyhole/a%09b")[0], 400)
    with serves(STORAGE + LISTENER + "disable_printable_check = true\n") as s:
        s.insist(204, "POST", "/v1/cubbyhole/a%09b", {"a": 1})
        same(s.insist(200, "GET", "/v1/cubbyhole/a%09b")["data"], {"a": 1})


def the_web_page():
    with started(BINARY, config=STORAGE + LISTENER + "ui = true\n") as s:
        status, headers, _ = s.ask("GET", "/")
        same((status, headers["Location"]), (307, "/ui/"))
        same(s.ask("GET", "/ui/")[0], 200)
    for text in ("", "ui = false\n"):
        with started(BINARY, config=STORAGE + LISTENER + text) as s:
            same(s.ask("GET", "/")[0], 404)
            same(s.ask("GET", "/ui/")[0], 404)


def endpoints_that_the_configuration_opens():
    with serves(STORAGE + LISTENER) as s:
        same(s.insist(400, "GET", "sys/internal/inspect/router/root"), {
            "errors": ['The Vault configuration must set '
                       '"introspection_endpoint" to true to enable this '
                       "endpoint"]})
        same(s.ask("LIST", "sys/raw")[0], 404)
    with serves(STORAGE + LISTENER + "introspection_endpoint = true\n"
                "raw_storage_endpoint = true\n") as s:
        s.insist(200, "GET", "sys/internal/inspect/router/root")
        s.insist(200, "LIST", "sys/raw")


def paths_that_ask_for_no_token():
    opened = listener("telemetry { unauthenticated_metrics_access = true }\n"
                      "profiling { unauthenticated_pprof_access = true }\n"
                      "inflight_requests_logging { "
                      "unauthenticated_in_flight_requests_access = true }")
    paths = ("sys/metrics", "sys/pprof/heap", "sys/in-flight-req")
    with serves(STORAGE + LISTENER + opened) as s:
        for path in paths:
            same((path, s.ask("GET", path, token="")[0]), (path, 403))
        s.port = int(s.bound["listeners"][1]["address"].split(":")[1])
        same([s.ask("GET", path, token="")[0] for path in paths],
             [200, 501, 200])
        same(s.ask("PUT", "sys/in-flight-req", {}, token="")[0], 405)
        one, = s.insist(200, "GET", "sys/in-flight-req", token="").values()
        same(one["request_path"], "/v1/sys/in-flight-req")


def lockout_of(s, accessor_of="userpass"):
    return s.insist(200, "GET", "sys/locked-users")["data"]["total"]


def user_lockout():
    config = STORAGE + LISTENER + 'user_lockout "userpass" {\n' \
        '  lockout_threshold = "2"\n  lockout_duration = "3s"\n}\n' \
        'user_lockout "all" {\n  lockout_threshold = 1\n}\n'
    with serves(config, "--clock=frozen") as s:
        s.insist(204, "POST", "sys/auth/userpass", {"type": "userpass"})
        s.insist(204, "POST", "auth/userpass/users/u", {"password": "right"})

        def login(password):
            return s.ask("POST", "auth/userpass/login/u",
                         {"password": password}, token="")[0]

        same([login("wrong"), login("right")], [400, 200])
        same([login("wrong"), login("wrong"), login("right")],
             [400, 400, 403])
        same(lockout_of(s), 1)
        advance(s, "3100ms")
        same(lockout_of(s), 0)
        same(login("right"), 200)
    with serves(STORAGE + LISTENER + 'user_lockout "userpass" {\n'
                '  disable_lockout = "true"\n}\n') as s:
        s.insist(204, "POST", "sys/auth/userpass", {"type": "userpass"})
        s.insist(204, "POST", "auth/userpass/users/u", {"password": "right"})
        for _ in range(7):
            same(s.ask("POST", "auth/userpass/login/u", {"password": "x"},
                       token="")[0], 400)
        s.insist(200, "POST", "auth/userpass/login/u", {"password": "right"},
                 token="")


def advance(s, by):
    conn = http.client.HTTPConnection(s.bound["admin_addr"].split("//")[1],
                                      timeout=20)
    conn.request("POST", "/_mock/clock/advance", json.dumps({"by": by}))
    same(conn.getresponse().status, 200)
    conn.close()


def log_file():
    with tempfile.TemporaryDirectory() as folder:
        for name, file in (("vault.txt", "vault.txt"), ("", "vault.log")):
            with started(BINARY, config='storage "s3" {}\n%slog_file = '
                         '"%s/%s"\n' % (LISTENER, folder, name)):
                with open(os.path.join(folder, file)) as f:
                    assert "storage s3 is not here" in f.read()
        refused(STORAGE + LISTENER + 'log_file = "/nowhere/at/all.log"\n',
                "error opening log file /nowhere/at/all.log: No such file or "
                "directory")


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == "__main__"
         and getattr(value, "__code__", None) is not None
         and value.__code__.co_argcount == 0 and name not in ("run", "same")]

sys.exit(run(TESTS))
