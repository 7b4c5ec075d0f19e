#!/usr/bin/env python3
"""configuration.py BINARY: what a configuration file says and how the server
takes it: what is refused and with which text, what is warned of, what acts.
Closes with 'N passed, N failed'."""
import http.client
import json
import os
import re
import socket
import ssl
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


def refused(text, want, flags=(), **more):
    status, err = judge(text, *flags, **more)
    assert status == 1, (text, status, err)
    last = err.rstrip("\n").split("\n")[-1 - want.count("\n"):]
    same("\n".join(last), want)


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
        with tempfile.TemporaryDirectory() as folder, started(
                BINARY, config='storage "%s" { path = "%s/vault/" }\n%s' % (
                    name, folder, LISTENER)) as s:
            same(s.insist(200, "GET", "sys/seal-status")["storage_type"],
                 name.lower())


def the_configuration_outlives_fixtures():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "f.json")
        with open(path, "w") as f:
            json.dump({"policies": {"p": 'path "a" {}'}}, f)
        config = os.path.join(folder, "c.hcl")
        with open(config, "w") as f:
            f.write('storage "consul" {}\n')
        with started(BINARY, "-config=" + config, "-fixtures=" + path) as s:
            same(s.insist(200, "GET", "sys/seal-status")["storage_type"],
                 "consul")


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
            (listener("max_request_duration = -1"), "listeners.0: "
             "max_request_duration cannot be negative"),
            (listener('max_request_duration = "1x"'), "listeners.0: error "
             'parsing max_request_duration: time: unknown unit "x" in '
             'duration "1x"'),
            (listener('max_request_size = "big"'), "listeners.0: error "
             'parsing max_request_size: strconv.ParseInt: parsing "big": '
             "invalid syntax"),
            (listener("x_forwarded_for_hop_skips = -2"), "listeners.0: "
             "x_forwarded_for_hop_skips cannot be negative but set to -2"),
            (listener('x_forwarded_for_authorized_addrs = "10.0.0.0/8, no"'),
             "listeners.0: error parsing x_forwarded_for_authorized_addrs: "
             'error parsing address "no": Unable to convert "no" to an IPv4 '
             "or IPv6 address, or a UNIX Socket"),
            (listener('proxy_protocol_authorized_addrs = ["::1", 5]'),
             "listeners.0: error parsing proxy_protocol_authorized_addrs: "
             "error parsing 5 as string"),
            (listener('proxy_protocol_behavior = "sometimes"'), "listeners.0: "
             'unsupported value supplied for proxy_protocol_behavior: '
             '"sometimes"'),
            (listener("x_forwarded_for_authorized_addrs = true"),
             "listeners.0: error parsing x_forwarded_for_authorized_addrs: "
             "unknown address input type bool"),
            (listener('x_forwarded_for_authorized_addrs = " , "'),
             "listeners.0: error parsing x_forwarded_for_authorized_addrs: "
             "unable to parse addresses from  , "),
            (listener('cors_allowed_origins = ["*", "x"]'), "listeners.0: "
             "cors_allowed_origins must only contain a wildcard or only "
             "non-wildcard values"),
            (listener('cors_allowed_origins = "*"'),
             "listeners.0: At 5:26: unknown slice type: *ast.LiteralType"),
            (listener("tls_cert_file = [1]"), "listeners.0: At 5:19: "
             "root.tls_cert_file: unknown type for string *ast.ListType"),
            (listener("telemetry = 5"), "listeners.0: At 5:15: "
             "root.telemetry: not an object type for struct "
             "(*ast.LiteralType)"),
            (listener('redact_version = "maybe"'), "listeners.0: invalid "
             "value for redact_version: 1 error(s) decoding:\n\n* cannot "
             'parse \'\' as bool: strconv.ParseBool: parsing "maybe": '
             "invalid syntax"),
            (listener('tls_disable_client_certs = ["a", 1]'), "listeners.0: "
             "invalid value for tls_disable_client_certs: 1 error(s) "
             "decoding:\n\n* '' expected type 'bool', got unconvertible type "
             "'[]interface {}', value: '[a 1]'"),
            (listener("http_idle_timeout = true"), "listeners.0: error "
             "parsing http_idle_timeout: could not parse duration from "
             "input"),
            (listener("max_request_size = 1.5"), "listeners.0: error parsing "
             "max_request_size: could not parse value from input"),
            (listener('tls_cipher_suites = "TLS_NULL"'), "listeners.0: invalid "
             'value for tls_cipher_suites: unsupported cipher "TLS_NULL"'),
            (listener('address = "{{ GetNothing }}:0"'), "listeners.0: unable "
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
    older = "listeners.0 max_request_duration cannot be negative"
    refused(STORAGE + listener("max_request_duration = -1"), start + older,
            flags=["-vault-version=1.14.8"])
    for address, why in (
            ("127.0.0.1", "address 127.0.0.1: missing port in address"),
            ("::1:80", "address ::1:80: too many colons in address"),
            ("127.0.0.1:http-odd", "lookup tcp/http-odd: unknown port"),
            ("127.0.0.1:70000", "address 70000: invalid port")):
        refused(STORAGE + 'listener "tcp" { address = "%s" tls_disable = 1 }'
                % address, "Error initializing listener of type tcp: listen "
                "tcp: " + why)


def address_templates():
    same(warnings(STORAGE + LISTENER +
                  'api_addr = "https://{{ GetPrivateIP }}:1"\n'), [])
    for text in ('{{ GetInterfaceIP \\"lo\\" }}:0',
                 '{{ GetAllInterfaces | include \\"name\\" \\"^lo$\\" | '
                 'attr \\"address\\" }}:0'):
        same(warnings(STORAGE + 'listener "tcp" { address = "%s" '
                      'tls_disable = 1 }\n' % text), [])


def unix_sockets():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "v.sock")
        with started(BINARY, config=STORAGE + LISTENER + 'listener "unix" { '
                     'address = "%s" socket_mode = "0640" socket_user = "%d" '
                     'socket_group = "%d" }\n' % (
                         path, os.getuid(), os.getgid())):
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
         [unknown("odd", 4, 3)])
    same(warnings(STORAGE + LISTENER + 'sentinel {}\nlicense = "x"\n'
                  'reporting {}\n'),
         [unknown("sentinel", 3, 1), unknown("license", 4, 1),
          unknown("reporting", 5, 1)])
    same(warnings(STORAGE + listener(
        'telemetry { odd = 1 }\n  profiling { odder = 1 }\n'
        '  inflight_requests_logging { passed_over = 1 }')),
        [unknown("odd", 5, 15), unknown("odder", 6, 15)])
    same(warnings(STORAGE + listener(
        'x_forwarded_for_client_cert_header = "X"')),
        ["config: x_forwarded_for_authorized_addrs is not set, so forwarding "
         "is not enabled but x_forwarded_for_client_cert_header was set at "
         "FILE"])


def fields_of_versions():
    """A field that a version does not know is warned of and does nothing."""
    def names(version, more, top=""):
        return [w.split("field ")[1].split(" ")[0] for w in warnings(
            STORAGE + listener(more) + top, "-vault-version=" + version)]

    limits = "max_json_depth = 3\n  max_token_header_size = 10"
    same(names("1.19.5", limits), ["max_json_depth", "max_token_header_size"])
    same(names("1.20.3", limits), ["max_token_header_size"])
    same(names("2.0.0", limits), [])
    for known, unknown, more, top, name in (
            ("1.15.0", "1.14.8", 'chroot_namespace = ""', "",
             "chroot_namespace"),
            ("1.16.0", "1.15.6", "redact_version = true", "",
             "redact_version"),
            ("2.2.0", "2.1.0", 'tls_reload_interval = "1h"', "",
             "tls_reload_interval"),
            ("2.0.0", "1.21.4", "", 'enable_unauthenticated_access = []\n',
             "enable_unauthenticated_access"),
            ("1.20.1", "1.20.0", "", "allow_audit_log_prefixing = true\n",
             "allow_audit_log_prefixing"),
            ("2.0.4", "2.0.3", "", "deny_slash_in_templated_paths = true\n",
             "deny_slash_in_templated_paths")):
        same(names(known, more, top), [])
        same(names(unknown, more, top), [name])
    twice = STORAGE + LISTENER + 'cluster_name = "a"\ncluster_name = "b"\n'
    same(warnings(twice), [])
    refused(twice, "error loading configuration from FILE: The argument "
            '"cluster_name" at 4:1 was already set. Each argument can only be '
            "defined once", env={"MOCKVAULT_VERSION": "1.21.0"})


def limits_of_a_listener():
    with serves(STORAGE + listener(
            "max_json_depth = 2\n  max_json_string_value_length = 70\n"
            "  max_json_object_entry_count = 2\n"
            "  max_json_array_element_count = 2\n  max_json_token = 14\n"
            "  max_token_header_size = 50"),
            "--vault-version=2.0.0") as s:
        def says(body, text):
            same(s.insist(500, "POST", "/v1/cubbyhole/a", body),
                 {"errors": [text]})
        says('{"a":{"b":{}}}', "JSON input exceeds allowed nesting depth")
        says('{"a":"%s"}' % ("x" * 71), "JSON string value exceeds allowed length")
        says('{"a":1,"b":2,"c":3}', "JSON object exceeds allowed entry count")
        says('{"a":[1,2,3]}', "JSON array exceeds allowed element count")
        says('{"a":[1,2],"b":[1,2],"c":1}',
             "JSON payload exceeds allowed token count")
        s.insist(204, "POST", "/v1/cubbyhole/a", '{"a":"%s"}' % ("x" * 70))
        same(s.ask("GET", "/v1/cubbyhole/a", token="x" * 51)[0], 400)
        same(s.ask("GET", "/v1/cubbyhole/a", token="x" * 50)[0], 403)


def audit_prefixes_of_a_configuration():
    body = {"type": "file", "options": {"file_path": "discard", "prefix": "x"}}
    with serves(STORAGE + LISTENER + "allow_audit_log_prefixing = true\n",
                "--vault-version=1.20.1") as s:
        s.insist(204, "POST", "/v1/sys/audit/a", body)


def user_lockout_blocks():
    start = "error loading configuration from FILE: error parsing " \
        "'user_lockout': user_lockouts.0"
    refused(STORAGE + LISTENER + 'user_lockout "okta" {}\n',
            start + ': unsupported auth type "okta"')
    refused(STORAGE + LISTENER + 'user_lockout "all" {\n'
            ' lockout_threshold = "x"\n}\n', start + " error parsing "
            'lockout_threshold: strconv.ParseUint: parsing "x": invalid '
            "syntax")
    refused(STORAGE + LISTENER + 'user_lockout "all" {\n'
            ' lockout_duration = "3y"\n}\n', start + " error parsing "
            'lockout_duration: time: unknown unit "y" in duration "3y"')


def seal_blocks():
    start = "error loading configuration from FILE: "
    parsing = start + "error parsing 'seal': "
    one = 'seal "awskms" {}\n'
    refused(STORAGE + LISTENER + one * 2,
            start + "seals: only one seal can be enabled")
    refused(STORAGE + LISTENER + one * 3, start + "seals: at most 2 seals "
            "can be provided: received 3")
    refused(STORAGE + LISTENER + one * 6, parsing +
            'only 5 or less "seal" blocks are permitted')
    off = 'seal "%s" { disabled = true }\n'
    refused(STORAGE + LISTENER + off % "awskms" + off % "transit",
            start + "seals: seals provided but all are disabled")
    refused(STORAGE + LISTENER + 'seal "awskms" { name = "a" }\n'
            'seal "transit" { name = "a" disabled = "true" }\n',
            start + "seals: seal names must be unique")
    refused(STORAGE + LISTENER + one * 2, start + "seals: two seals provided "
            "but neither is disabled", flags=["-vault-version=1.14.8"])
    for fields, why in (
            ('disabled = "x"', ": 1 error(s) decoding:\n\n* cannot parse '' "
             'as bool: strconv.ParseBool: parsing "x": invalid syntax'),
            ("priority = 0", ' invalid priority in kms type "awskms": 0'),
            ('priority = "x"', " unable to parse 'priority' in kms type "
             '"awskms": strconv.ParseInt: parsing "x": invalid syntax'),
            ('name = "a b"', " 'name' field can only include alphanumeric "
             "characters, hyphens, and underscores"),
            ("region = [1]", ": 1 error(s) decoding:\n\n* '' expected type "
             "'string', got unconvertible type '[]interface {}', value: "
             "'[1]'")):
        refused(STORAGE + LISTENER + 'seal "awskms" { %s }\n' % fields,
                parsing + "seal.awskms" + why)
    refused(STORAGE + LISTENER + 'seal "odd" {}\n', "Error parsing Seal "
            'configuration: Unknown KMS type "odd"')
    refused(STORAGE + LISTENER + 'seal "pkcs11" {}\n', "Error parsing Seal "
            "configuration: KMS type 'pkcs11' requires the Vault Enterprise "
            "HSM binary")
    with started(BINARY, config=STORAGE + LISTENER + off % "awskms") as s:
        same(s.insist(200, "GET", "sys/seal-status")["type"], "shamir")
    with started(BINARY, config=STORAGE + LISTENER,
                 env={"VAULT_SEAL_TYPE": "transit"}) as s:
        same(s.insist(200, "GET", "sys/seal-status")["type"], "transit")


def types_at_the_top():
    start = "error loading configuration from FILE: "
    for text, why in (
            ("cluster_name = true", "At 3:16: root.cluster_name: unknown type "
             "for string *ast.LiteralType"),
            ("api_addr = [1]", "At 3:12: root.api_addr: unknown type for "
             "string *ast.ListType"),
            ('cache_size = "many"', 'strconv.ParseInt: parsing "many": '
             "invalid syntax"),
            ("cache_size = true", "At 3:14: root.cache_size: unknown type "
             "*ast.LiteralType"),
            ('imprecise_lease_role_tracking = "true"', "At 3:33: "
             "root.imprecise_lease_role_tracking: unknown type "
             "*ast.LiteralType"),
            ('experiments = "x"',
             "At 3:15: unknown slice type: *ast.LiteralType"),
            ('experiments = ["odd", "events.alpha1", "x"]', "error validating "
             "experiment(s) from config: valid experiment(s) are "
             "events.alpha1, core.audit.events.alpha1, secrets.import.alpha1, "
             "but received the following invalid experiment(s): odd, x"),
            ('plugin_file_permissions = "9"', 'strconv.ParseInt: parsing "9": '
             "invalid syntax"),
            ("max_lease_ttl = true", "could not parse duration from input"),
            ('ui = "perhaps"', "1 error(s) decoding:\n\n* cannot parse '' as "
             'bool: strconv.ParseBool: parsing "perhaps": invalid syntax'),
            ("telemetry {}\ntelemetry {}", "error parsing 'telemetry': only "
             "one 'telemetry' block is permitted"),
            ('telemetry { disable_hostname = "yes" }', "At 3:32: "
             "root.telemetry.disable_hostname: unknown type "
             "*ast.LiteralType"),
            ('telemetry { usage_gauge_period = "1q" }', "error parsing "
             '\'telemetry\': time: unknown unit "q" in duration "1q"'),
            ('entropy "seal" {}\nentropy "seal" {}', "error parsing "
             '\'entropy\': only one "entropy" block is permitted')):
        refused(STORAGE + LISTENER + text + "\n", start + why)
    same(warnings(STORAGE + LISTENER + 'telemetry {\n usage_gauge_period = '
                  '"none"\n lease_metrics_epsilon = "none"\n}\n'), [])
    refused(STORAGE + LISTENER + 'telemetry { prefix_filter = ["x"] }\n',
            "Error initializing telemetry: Filter rule must begin with either "
            "'+' or '-': \"x\"")


def the_first_fault_in_vaults_order():
    """Not the first one in the file."""
    start = "error loading configuration from FILE: "
    odd = 'listener "odd" {}\n'
    refused(STORAGE + STORAGE + odd,
            start + "error parsing 'listener': listeners.0: unsupported "
            'listener type "odd"')
    refused('max_lease_ttl = "x"\n' + STORAGE + odd,
            start + "error parsing 'listener': listeners.0: unsupported "
            'listener type "odd"')
    refused(odd + 'disable_mlock = "x"\n' + STORAGE, start +
            "1 error(s) decoding:\n\n* cannot parse '' as bool: "
            'strconv.ParseBool: parsing "x": invalid syntax')
    refused('disable_mlock = "x"\n' + STORAGE + "cache_size = true\n",
            start + "At 3:14: root.cache_size: unknown type "
            "*ast.LiteralType")


def high_availability():
    raft = 'storage "raft" {\n path = "@HOME@"\n%s}\n' \
        'cluster_addr = "https://127.0.0.1:1"\n' + LISTENER
    refused(raft % "" + 'ha_storage "raft" {}\n', "Raft cannot be set both "
            "as 'storage' and 'ha_storage'. Setting 'storage' to 'raft' will "
            "automatically set it up for HA operations as well")
    refused(raft % "" + 'ha_backend "consul" {}\n', "HA storage cannot be "
            "declared when Raft is the storage type")
    refused(raft % ' disable_clustering = "true"\n', "Disable clustering "
            "cannot be set to true when Raft is the storage type")
    refused(raft % ' disable_clustering = "x"\n', "error loading "
            "configuration from FILE: error parsing 'storage': storage.raft: "
            'strconv.ParseBool: parsing "x": invalid syntax')
    for kind, why in (("odd", "Unknown HA storage type odd"),
                      ("s3", "Specified HA storage does not support HA"),
                      ("mysql", "Specified HA storage has HA support "
                       "disabled; please consult documentation")):
        refused(STORAGE + LISTENER + 'ha_storage "%s" {}\n' % kind, why)
    same(warnings(STORAGE + LISTENER +
                  'ha_storage "mysql" { ha_enabled = "true" }\n'), [])
    refused(STORAGE + LISTENER + 'service_registration "odd" {}\n',
            "Unknown service_registration type odd")
    refused(STORAGE + LISTENER + 'service_registration "consul" {}\n',
            "service_registration is configured, but storage does not support "
            "HA")
    one = 'api_addr = "https://a:1"\ncluster_addr = "https://a:1"\n'
    refused(STORAGE + LISTENER + one, 'Address "https://a:1" used for both '
            "API and cluster addresses")
    refused(STORAGE + LISTENER, "Error parsing the environment variable "
            "VAULT_UI", env={"VAULT_UI": "perhaps"})
    for address, cluster in (("http://a.example:8200",
                              "https://a.example:8201"),
                             ("https://a.example", "https://a.example:444")):
        with serves('storage "inmem_ha" {}\n' + LISTENER +
                    'api_addr = "%s"\n' % address) as s:
            same(s.insist(200, "GET", "sys/leader")["leader_cluster_address"],
                 cluster)


def folders():
    """Files of a folder in the order of their names; what is not known at
    their top is not warned of."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "d.hcl"))
        for name, text in (
                ("a.hcl", STORAGE + "ui = true\nmax_lease_ttl = 7200\n"
                 "default_lease_ttl = 60\n"
                 'zork = 1\ncluster_name = "first"\n'),
                ("b.json", json.dumps({"ui": False, "max_lease_ttl": "1h",
                                       "cluster_name": "second"})),
                (".#c.hcl", "broken {"), ("notes.txt", "broken {"),
                ("e.hcl", listener("adress = 1"))):
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        with started(BINARY, "-config=" + folder, plain=True) as s:
            same([line.split("WARN]  ")[1] for line in s.stderr().splitlines()
                  if "WARN" in line],
                 ["config: unknown or unsupported field adress found in "
                  "configuration at %s:4:3" % folder])
            s.initialize()
            state = s.insist(200, "GET", "sys/config/state/sanitized")["data"]
            same((state["enable_ui"], state["max_lease_ttl"],
                  state["cluster_name"]), (True, 7200, "second"))
        with open(os.path.join(folder, "f.hcl"), "w") as f:
            f.write("ui = {\n")
        done = subprocess.run([BINARY, "server", "-config=" + folder],
                              capture_output=True, text=True, timeout=60)
        same((done.returncode, done.stderr), (
            1, "error loading configuration from %s: error loading "
            '"%s/f.hcl": At 2:2: object expected closing RBRACE got: EOF\n'
            % (folder, folder)))
    done = subprocess.run([BINARY, "server", "-config=/nowhere"],
                          capture_output=True, text=True, timeout=60)
    same((done.returncode, done.stderr), (
        1, "error loading configuration from /nowhere: stat /nowhere: no such "
        "file or directory\n"))


def the_sanitized_state():
    with started(BINARY) as s:
        state = s.insist(200, "GET", "sys/config/state/sanitized")["data"]
        same(state["listeners"], [{"type": "tcp", "config": {
            "address": "127.0.0.1:8200", "tls_disable": True,
            "proxy_protocol_behavior": "allow_authorized",
            "proxy_protocol_authorized_addrs": "127.0.0.1:8200"}}])
        same(state["storage"], {"type": "inmem", "redirect_addr": "",
                                "cluster_addr": "",
                                "disable_clustering": False})
        same((state["enable_ui"], state["disable_mlock"], state["api_addr"],
              state["experiments"]), (True, True, "", None))
        same(state["telemetry"]["prometheus_retention_time"], 86400 * 10**9)
    with serves('storage "raft" {\n path = "@HOME@/d"\n}\n' + LISTENER +
                'cluster_addr = "https://127.0.0.1:8201"\n'
                'default_max_request_duration = "30s"\n'
                'user_lockout "ldap" { lockout_duration = "2m" }\n'
                'seal "awskms" { disabled = true }\ncache_size = 7\n'
                'telemetry { circonus_api_token = "secret" }\n'
                'log_rotate_bytes = 9\nlicense_path = "/l"\n') as s:
        state = s.insist(200, "GET", "sys/config/state/sanitized")["data"]
        same(state["storage"], {
            "type": "raft", "redirect_addr": "", "cluster_addr":
            "https://127.0.0.1:8201", "disable_clustering": False,
            "raft": {"max_entry_size": ""}})
        same(state["user_lockout_configs"], [
            {"type": kind, "lockout_threshold": 5, "lockout_duration":
             duration * 10**9, "lockout_counter_reset": 900 * 10**9,
             "disable_lockout": False} for kind, duration in (
                 ("all", 900), ("ldap", 120))])
        same(state["seals"], [{"type": "awskms", "disabled": True,
                               "name": "awskms-disabled"}])
        same((state["default_max_request_duration"], state["cache_size"],
              state["log_rotate_bytes"],
              state["telemetry"]["circonus_api_token"]),
             (30 * 10**9, 7, 9, ""))
        assert "license_path" not in state and "log_file" not in state, state


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
        "'listener': listeners.0: failed to parse custom_response_headers: "
    refused(STORAGE + listener('custom_response_headers { "600" = {} }'),
            start + "invalid status code found in the server configuration: "
            "600")
    refused(STORAGE + listener(
        'custom_response_headers { "default" = { "X" = "a" } }'),
        start + "headers must be given in a list of strings")
    maps = start + "response headers were not configured correctly. please " \
        "make sure they're in a slice of maps"
    refused(STORAGE + listener('custom_response_headers = "x"'), maps)
    refused(STORAGE + listener('custom_response_headers = [{}]'), maps)
    refused(STORAGE + listener('custom_response_headers { "4xx" = "x" }'),
            maps)
    refused(STORAGE + listener(
        'custom_response_headers { "4xx" = { "X" = ["a", 1] } }'),
        start + "found a non-string header value: 1")
    refused(STORAGE + listener(
        'custom_response_headers {\n "4xx" = {}\n "4xx" = {}\n}'),
        start + "invalid number of response headers exist")


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
    more = 'x_forwarded_for_authorized_addrs = "127.0.0.0/8"'
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


def forwarded_addresses_that_are_none():
    text = STORAGE + listener(
        'x_forwarded_for_authorized_addrs = "127.0.0.0/8"\n'
        '  x_forwarded_for_reject_not_present = false')
    for version, status in (("1.19.0", 200), ("1.19.1", 400)):
        with serves(text, "--vault-version=" + version) as s:
            got = s.ask("GET", "/v1/sys/seal-status",
                        headers={"X-Forwarded-For": "nobody"})
            same(got[0], status)
            if status == 400:
                same(json.loads(got[2])["errors"], [
                    "malformed x-forwarded-for IP address nobody"])


def forwarded_addresses_that_are_refused():
    with started(BINARY, config=STORAGE + listener(
            'x_forwarded_for_authorized_addrs = ["127.0.0.1/32"]\n'
            "  x_forwarded_for_reject_not_present = true")) as s:
        status, headers, text = s.ask("GET", "sys/health")
        same((status, json.loads(text)), (400, {"errors": [
            "missing x-forwarded-for header and configured to reject when "
            "not present"]}))
        assert "Strict-Transport-Security" not in headers, headers
    with started(BINARY, config=STORAGE + listener(
            'x_forwarded_for_authorized_addrs = ["10.0.0.0/8"]\n'
            '  x_forwarded_for_reject_not_authorized = "true"')) as s:
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


def redactions():
    """Vault 1.16: for those without a token, and for documents always."""
    def answer(s, path, **more):
        return json.loads(s.ask("GET", path, **more)[2])

    def seen(s, token):
        health, status, leader = (answer(s, path, token=token) for path in (
            "sys/health", "sys/seal-status", "sys/leader"))
        return [health["version"], health.get("cluster_name"),
                status["version"], status["build_date"],
                status.get("cluster_name"), leader["leader_address"],
                leader["leader_cluster_address"]]

    def redacts(more):
        return ('storage "raft" { path = "@HOME@" }\n'
                'api_addr = "http://a:1"\ncluster_addr = "https://a:2"\n'
                'cluster_name = "here"\n' + LISTENER + listener(more))

    for more, hidden in (("redact_version = true", (0, 2, 3)),
                         ("redact_cluster_name = 1", (1, 4)),
                         ('redact_addresses = "true"', (5, 6))):
        with serves(redacts(more)) as s:
            plain = seen(s, "")
            assert all(plain), plain
            s.port = int(s.bound["listeners"][1]["address"].split(":")[1])
            same(seen(s, s.token), plain)
            want = [None if i in hidden and text == "here" else
                    "" if i in hidden else text
                    for i, text in enumerate(plain)]
            for token in ("", "hvs.none"):
                same(seen(s, token), want)
            same(s.insist(200, "GET", "sys/internal/specs/openapi")["info"]
                 ["version"], "" if 0 in hidden else plain[0])
            s.insist(204, "PUT", "sys/seal")
            same(answer(s, "sys/seal-status")["version"], want[2])


def cipher_suites():
    """They count below TLS 1.3."""
    def cipher(s, version):
        context = ssl.create_default_context(cafile=s.ca)
        context.minimum_version = context.maximum_version = version
        with socket.create_connection((s.host, s.port), timeout=20) as conn:
            try:
                with context.wrap_socket(conn, server_hostname=s.host) as c:
                    return c.cipher()[0]
            except ssl.SSLError:
                return None

    for names, want in (
            ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
             "ECDHE-ECDSA-AES128-GCM-SHA256"),
            ("TLS_RSA_WITH_AES_128_CBC_SHA, "
             "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
             "ECDHE-ECDSA-CHACHA20-POLY1305"),
            ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", None),
            ("TLS_RSA_WITH_RC4_128_SHA", None),
            ("TLS_AES_128_GCM_SHA256", None)):
        config = STORAGE + (
            'listener "tcp" {\n  address = "127.0.0.1:0"\n'
            '  tls_cert_file = "@HOME@/cert.pem"\n'
            '  tls_key_file = "@HOME@/key.pem"\n'
            '  tls_cipher_suites = "%s"\n}\n' % names)
        with started(BINARY, config=config) as s:
            same(cipher(s, ssl.TLSVersion.TLSv1_2), want)
            assert cipher(s, ssl.TLSVersion.TLSv1_3)


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


def redaction():
    every = "redact_version = true\n redact_addresses = true\n" \
        " redact_cluster_name = true"
    text = 'storage "raft" {\n  path = "@HOME@"\n  node_id = "n1"\n}\n' \
        'cluster_addr = "https://127.0.0.1:1"\n' \
        'api_addr = "http://127.0.0.1:1"\ndisable_mlock = true\n' \
        + listener(every)
    for version, hidden in (("1.15.6", False), ("1.16.0", True)):
        with serves(text, "--vault-version=" + version) as s:
            for token in ("", "none"):
                health = s.insist(200, "GET", "sys/health", token=token)
                status = s.insist(200, "GET", "sys/seal-status", token=token)
                leader = s.insist(200, "GET", "sys/leader", token=token)
                same(health["version"], "" if hidden else version)
                same("cluster_name" in health, not hidden)
                same(status["version"], "" if hidden else version)
                same(status["build_date"] == "", hidden)
                same("cluster_name" in status, not hidden)
                same(leader["leader_address"] == "", hidden)
                same(leader["leader_cluster_address"] == "", hidden)
            same(s.insist(200, "GET", "sys/health")["version"], version)
            assert s.insist(200, "GET", "sys/leader")["leader_address"]


def rsa_exchange():
    text = STORAGE + 'listener "tcp" {\n address = "127.0.0.1:0"\n' \
        ' tls_cert_file = "@HOME@/cert.pem"\n' \
        ' tls_key_file = "@HOME@/rsa.pem"\n}\n'
    for version, offered in (("1.16.3", True), ("1.17.0", False)):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                 "-days", "2", "-subj", "/CN=localhost", "-keyout",
                 folder + "/rsa.pem", "-out", folder + "/cert.pem"],
                check=True, stderr=subprocess.DEVNULL)
            with started(BINARY, "--vault-version=" + version,
                         config=text.replace("@HOME@", folder)) as s:
                for suite, taken in (("AES128-GCM-SHA256", offered),
                                     ("ECDHE-RSA-AES128-GCM-SHA256", True)):
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
                    context.maximum_version = ssl.TLSVersion.TLSv1_2
                    context.set_ciphers(suite)
                    with socket.create_connection((s.host, s.port)) as raw:
                        try:
                            context.wrap_socket(raw).close()
                            same((suite, taken), (suite, True))
                        except ssl.SSLError:
                            same((suite, taken), (suite, False))


def removed_node():
    text = 'storage "raft" {\n  path = "@HOME@"\n  node_id = "n1"\n}\n' \
        'cluster_addr = "https://127.0.0.1:1"\ndisable_mlock = true\n' \
        + LISTENER
    for version, told in (("1.18.5", False), ("1.19.0", True)):
        with serves(text, "--vault-version=" + version) as s:
            status = s.insist(200, "GET", "sys/seal-status")
            same(status.get("removed_from_cluster"), False if told else None)


def raft_limits():
    text = 'storage "raft" {\n  path = "@HOME@"\n  node_id = "n1"\n%s}\n' \
        'cluster_addr = "https://127.0.0.1:1"\ndisable_mlock = true\n' \
        + LISTENER
    for number in ("0", "-1"):
        wrong = text % ("  performance_multiplier = %s\n" % number)
        same(judge(wrong, "-vault-version=1.21.4")[0], 0)
        refused(wrong, "Error initializing storage of type raft: "
                "performance_multiplier must be greater than 0",
                flags=["-vault-version=2.0.0"])
    same(judge(text % "  performance_multiplier = 1\n",
               "-vault-version=2.0.0")[0], 0)
    for version, status in (("1.14.1", 204), ("1.14.2", 400)):
        with serves(text % "", "--vault-version=" + version) as s:
            s.insist(status, "POST", "sys/storage/raft/autopilot/configuration",
                     {"cleanup_dead_servers": True, "min_quorum": 3,
                      "dead_server_last_contact_threshold": "30s"})


def auto_unseal_type():
    for version, kind in (("1.15.2", "shamir"), ("1.15.3", "awskms"),
                          ("1.16.0", "awskms")):
        with started(BINARY, "--vault-version=" + version, config=STORAGE +
                     LISTENER + 'seal "awskms" {}\n') as s:
            s.insist(200, "PUT", "sys/init", {
                "recovery_shares": 1, "recovery_threshold": 1})
            status = s.insist(200, "GET", "sys/seal-status")
            same((status["sealed"], status["type"],
                  "recovery_seal_type" in status),
                 (False, kind, kind == "awskms"))


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
