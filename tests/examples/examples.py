#!/usr/bin/env python3
"""The examples, run against the image's root file system as their tools run
them: examples.py ROOTFS. What a module of Testcontainers does is done here by
hand: its environment, what it waits for, what it types inside the container.
Needs root for namespaces. Closes with 'N passed, N failed'."""
import ast
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import blocks  # noqa: E402
from support.container import (Container, image_command,  # noqa: E402
                               poll)
from support.suite import run, same  # noqa: E402

EXAMPLES = (pathlib.Path(__file__).resolve().parent.parent.parent /
            "examples")
ROOTFS = os.path.abspath(sys.argv[1])


def text(path):
    return (EXAMPLES / path).read_text()


def tree(path):
    return yaml.safe_load(text(path))


def outside(c, path):
    """The status, asked from outside, at a published port."""
    return c.curl("http://192.0.2.1:8200" + path)[0]


def secret(c, token, path="secret/data/app"):
    status, body = c.curl("-H", "X-Vault-Token: " + token,
                          "http://192.0.2.1:8200/v1/" + path)
    same(status, 200)
    return json.loads(body)["data"]


# ---- the README's first minutes, in the image alone ----

def newcomer():
    page = (EXAMPLES.parent / "README.md").read_text()
    with Container(ROOTFS, *image_command(), read_only=False,
                   env={"VAULT_DEV_ROOT_TOKEN_ID": "root"}) as c:
        c.wait_ready()
        for script, shown in blocks.newcomer(page):
            status, out, err = c.exec("sh", "-c", script)
            assert status == 0 and shown in out, (script, status, out, err)


# ---- compose ----

SETUP_PAGE = {  # what the service says there
    "image": "hashicorp/vault:1.19", "command": "server -dev",
    "environment": {"VAULT_DEV_ROOT_TOKEN_ID": "kernel-dev-root-token",
                    "VAULT_DEV_LISTEN_ADDRESS": "0.0.0.0:8200"},
    "ports": ["8200:8200"],
    "healthcheck": {
        "test": ["CMD", "wget", "-q", "--spider",
                 "http://127.0.0.1:8200/v1/sys/health"],
        "interval": "10s", "timeout": "5s", "retries": 5}}


def compose_service(service, **more):
    command = service.get("command")
    return Container(ROOTFS, *(shlex.split(command) if command
                               else image_command()),
                     env=service["environment"], read_only=False, **more)


def compose_with_the_image_changed():
    service = tree("compose/compose.yaml")["services"]["vault"]
    same(dict(service, image=None), dict(SETUP_PAGE, image=None))
    with compose_service(service) as c:
        c.wait_ready()
        how, *words = service["healthcheck"]["test"]
        same((how, c.exec(*words)[0]), ("CMD", 0))
        same(outside(c, "/v1/sys/health"), 200)


def compose_seeded():
    with compose_service(tree("compose/seeded.yaml")["services"]["vault"]
                         ) as c:
        c.wait_ready()
        status, body = c.curl(
            "http://192.0.2.1:8200/v1/auth/approle/login", "-d",
            '{"role_id": "app-role", "secret_id": "app-secret"}')
        same(status, 200)
        token = json.loads(body)["auth"]["client_token"]
        same(secret(c, token)["data"], {"password": "hunter2"})
        same(c.curl("http://192.0.2.1:8299/_mock/ready")[0], 200)


# ---- services of a CI ----

def steps(c, folder, env, scripts):
    """Each script as a runner's shell has it, beside the service."""
    for script in scripts:
        done = subprocess.run(c.net("bash", "-e", "-c", script),
                              cwd=EXAMPLES / folder, capture_output=True,
                              env={**os.environ, **env}, text=True)
        assert done.returncode == 0, (script, done.stdout, done.stderr)


def github_actions():
    job = tree("github-actions/test.yaml")["jobs"]["test"]
    service = job["services"]["vault"]
    with Container(ROOTFS, *image_command(), env=service["env"],
                   read_only=False) as c:
        c.wait_ready()
        scripts = [s["run"] for s in job["steps"] if "run" in s]
        same(len(scripts), 3)
        steps(c, "github-actions", job["env"], scripts)


def gitlab_ci():
    job = tree("gitlab-ci/.gitlab-ci.yml")["test"]
    service, = job["services"]
    with Container(ROOTFS, *image_command(), env=service["variables"],
                   read_only=False) as c:
        c.wait_ready()
        alias = "//%s:" % service["alias"]
        env = {k: v.replace(alias, "//192.0.2.1:")
               for k, v in job["variables"].items()}
        steps(c, "gitlab-ci", env, job["script"])


def jenkins():
    page = text("jenkins/Jenkinsfile")
    arguments, *scripts = re.findall(r"'''(.*?)'''", page, re.S)
    words = shlex.split(arguments)
    same(set(words[::2]), {"-e"})
    alias, = re.findall(r"--link \$\{c\.id\}:(\w+)", page)
    env = dict(re.findall(r"'(\w+)=([^']*)'",
                          re.search(r"withEnv\(\[(.*?)\]", page,
                                    re.S).group(1)))
    same(len(env), 3)
    env = {k: v.replace("//%s:" % alias, "//192.0.2.1:")
           for k, v in env.items()}
    with Container(ROOTFS, *image_command(), read_only=False,
                   env=dict(w.split("=", 1) for w in words[1::2])) as c:
        c.wait_ready()
        same(len(scripts), 3)
        steps(c, "jenkins", env, scripts)


# ---- Kubernetes ----

def kubernetes():
    objects = {o["kind"]: o for o in
               yaml.safe_load_all(text("kubernetes/mockvault.yaml"))}
    pod = objects["Deployment"]["spec"]["template"]
    for key, value in objects["Service"]["spec"]["selector"].items():
        same(pod["metadata"]["labels"][key], value)
    container, = pod["spec"]["containers"]
    same([p["containerPort"] for p in container["ports"]],
         [p["port"] for p in objects["Service"]["spec"]["ports"]])
    mount, = container["volumeMounts"]
    volume, = pod["spec"]["volumes"]
    same((volume["name"], volume["configMap"]["name"]),
         (mount["name"], objects["ConfigMap"]["metadata"]["name"]))
    who = container["securityContext"]
    with Container(
            ROOTFS, *image_command(),
            env={e["name"]: e["value"] for e in container["env"]},
            files={"%s/%s" % (mount["mountPath"], name): data
                   for name, data in objects["ConfigMap"]["data"].items()},
            user="%d:%d" % (who["runAsUser"], who["runAsGroup"]),
            read_only=who["readOnlyRootFilesystem"]) as c:
        c.wait_ready()
        same(c.exec(*container["readinessProbe"]["exec"]["command"])[0], 0)
        same(secret(c, "root")["data"], {"password": "hunter2"})
        same(c.curl("http://192.0.2.1:8299/_mock/ready")[0], 200)


# ---- vault-helm ----

class Pod:
    """What a manifest's stateful set starts, the number-th of its pods."""

    def __init__(self, path, number=0):
        objects = list(yaml.safe_load_all(text(path)))
        stateful, = (o for o in objects if o["kind"] == "StatefulSet")
        self.spec = stateful["spec"]["template"]["spec"]
        self.container, = self.spec["containers"]
        maps = {o["metadata"]["name"]: o["data"] for o in objects
                if o["kind"] == "ConfigMap"}
        self.replicas = stateful["spec"]["replicas"]
        self.tests = [o["spec"]["containers"][0] for o in objects
                      if o["kind"] == "Pod"]
        name = "%s-%d" % (stateful["metadata"]["name"], number)
        self.env = {}
        for pair in self.container["env"]:
            self.env[pair["name"]] = self.value(pair, {
                "status.hostIP": "192.0.2.1", "status.podIP": "192.0.2.1",
                "metadata.name": name, "metadata.namespace": "default"})
        self.files = {"/etc/hosts": "127.0.0.1 localhost vault.default.svc\n"}
        for mount in self.container["volumeMounts"]:
            for volume in self.spec["volumes"]:
                if volume["name"] == mount["name"] and "configMap" in volume:
                    for key, data in maps[volume["configMap"]["name"]].items():
                        self.files["%s/%s" % (mount["mountPath"], key)] = data

    def value(self, pair, fields):
        """As the kubelet makes it: fields of the pod, $(NAME) of before."""
        if "valueFrom" in pair:
            return fields[pair["valueFrom"]["fieldRef"]["fieldPath"]]
        return re.sub(r"\$\((\w+)\)", lambda m: self.env[m.group(1)],
                      pair["value"])

    def start(self):
        who = self.spec["securityContext"]
        return Container(ROOTFS, env=self.env, files=self.files,
                         read_only=False,
                         user="%d:%d" % (who["runAsUser"], who["runAsGroup"]),
                         entrypoint=(*self.container["command"],
                                     *self.container["args"]))

    def is_ready(self, c):
        return c.exec(*self.container["readinessProbe"]["exec"]["command"])[0]

    def helm_test(self, c):
        """The hook's pod, as `helm test` starts it: sealed or not, it sees
        that the server says so."""
        same(len(self.tests), 1)
        for test in self.tests:
            env = {pair["name"]: pair["value"] for pair in test["env"]}
            status, out, err = c.exec(*test["command"], env=env)
            assert status == 0 and "sealed: " in out, (out, err)

    def pre_stop(self, c):
        """The container's end comes before the hook's own, then."""
        words = self.container["lifecycle"]["preStop"]["exec"]["command"]
        assert words[-1].startswith("sleep 5 && "), words
        assert c.exec(*words[:-1], words[-1].replace("sleep 5", "sleep 0")
                      )[0] in (0, -9)
        same(c.wait(), 0)


def helm_values_and_manifests_agree():
    for name in ("dev", "three-nodes"):
        values = tree("helm/values-%s.yaml" % name)["server"]
        pod = Pod("helm/rendered/%s.yaml" % name)
        same(pod.container["image"],
             "%(repository)s:%(tag)s" % values["image"])
        same(pod.replicas, values.get("ha", {}).get("replicas", 1))
        for key, value in values.get("extraEnvironmentVars", {}).items():
            same(pod.env[key], value)
        for port in values.get("extraPorts", ()):
            assert port in pod.container["ports"], port
        same("VAULT_RAFT_NODE_ID" in pod.env, "ha" in values)
        same(pod.env.get("VAULT_DEV_ROOT_TOKEN_ID"),
             values.get("dev", {}).get("devRootToken"))


def helm_dev():
    pod = Pod("helm/rendered/dev.yaml")
    with pod.start() as c:
        c.wait_ready()
        same(pod.is_ready(c), 0)
        pod.helm_test(c)
        same(secret(c, "root")["data"], {"password": "hunter2"})
        same(c.curl("http://192.0.2.1:8299/_mock/ready")[0], 200)
        pod.pre_stop(c)


def helm_three_nodes():
    for number in range(Pod("helm/rendered/three-nodes.yaml").replicas):
        pod = Pod("helm/rendered/three-nodes.yaml", number)
        with pod.start() as c:
            c.wait_ready()
            same(pod.is_ready(c), 2)
            pod.helm_test(c)
            same(outside(c, "/v1/sys/health?standbyok=true&sealedcode=204"
                         "&uninitcode=204"), 204)
            status, out, err = c.exec(
                "vault", "operator", "init", "-key-shares=1",
                "-key-threshold=1", "-format=json")
            same((status, err), (0, ""))
            made = json.loads(out)
            same(pod.is_ready(c), 2)
            same(c.exec("vault", "operator", "unseal",
                        made["unseal_keys_b64"][0])[0], 0)
            same(pod.is_ready(c), 0)
            peers = c.exec("vault", "operator", "raft", "list-peers",
                           env={"VAULT_TOKEN": made["root_token"]})
            assert "vault-%d " % number in peers[1], peers
            pod.pre_stop(c)


# ---- Testcontainers ----

def init_commands(path, call):
    """The texts in the arguments of that call."""
    arguments = re.search(r"\.%s\((.*?)\)[).,;]?\s*\n?" % call, text(path),
                          re.S).group(1)
    return [ast.literal_eval(t) for t in
            re.findall(r"'[^']*'|\"[^\"]*\"", arguments)]


def module(token="root", **more):
    """The container as the modules for Java, Go and Node start it; IPC_LOCK
    gives a user other than root nothing."""
    env = {"VAULT_ADDR": "http://0.0.0.0:8200",
           "VAULT_DEV_ROOT_TOKEN_ID": token, "VAULT_TOKEN": token}
    return Container(ROOTFS, *image_command(), env=env, read_only=False,
                     **more)


def wait_for_health(c):
    poll(lambda: outside(c, "/v1/sys/health") == 200)


def type_all(c, commands):
    return c.exec("/bin/sh", "-c",
                  " && ".join("vault " + x for x in commands))


def testcontainers_java():
    commands = init_commands("testcontainers/java/src/test/java/VaultTest.java",
                             "withInitCommand")
    same(len(commands), 3)
    with module() as c:
        wait_for_health(c)
        status, out, err = type_all(c, commands)
        same((status, err), (0, ""))
        same(secret(c, "root")["data"], {"password": "hunter2"})
        same(secret(c, "root", "transit/keys/orders")["type"], "aes256-gcm96")


def testcontainers_node():
    commands = init_commands("testcontainers/node/vault.test.js",
                             "withInitCommands")
    same(len(commands), 3)
    with module() as c:
        wait_for_health(c)
        same(type_all(c, commands)[0], 0)
        same(secret(c, "root")["data"], {"password": "hunter2"})


def testcontainers_go():
    """The set is typed until it succeeds; what failed is named when it is
    typed once more."""
    commands = init_commands("testcontainers/go/vault_test.go",
                             "WithInitCommand")
    same(len(commands), 2)
    with module() as c:
        wait_for_health(c)
        poll(lambda: type_all(c, commands)[0] == 0)
        same(secret(c, "root")["data"], {"password": "hunter2"})
        status, out, err = type_all(c, commands)
        same(status, 2)
        assert "path is already in use at transit/" in err, err


def testcontainers_init_command_that_fails():
    """The module for Node throws with this output, Java's logs it: it says
    which command it was."""
    with module() as c:
        wait_for_health(c)
        status, out, err = type_all(c, ["kv put secret/a k=v",
                                        "secrets enable nonsense",
                                        "kv put secret/b k=v"])
        same(status, 2)
        assert "plugin not found in the catalog: nonsense" in err, err
        same(c.exec("vault", "kv", "get", "secret/b")[0], 2)


def testcontainers_python():
    """The module's own token, and no VAULT_TOKEN."""
    source = text("testcontainers/python/test_vault.py")
    fixtures = re.search(r"fixtures = '(.*)'", source).group(1)
    with Container(ROOTFS, *image_command(), read_only=False,
                   env={"VAULT_DEV_ROOT_TOKEN_ID": "toor",
                        "MOCKVAULT_FIXTURES": fixtures}) as c:
        wait_for_health(c)
        same(secret(c, "toor")["data"], {"password": "hunter2"})
        same(c.exec("mockvault", "ctl", "outage", "sealed")[0], 0)
        same(outside(c, "/v1/secret/data/app"), 503)
        same(c.exec("mockvault", "ctl", "outage", "off", "sealed")[0], 0)
        secret(c, "toor")


def testcontainers_rust():
    """The module's own token; a line of standard output is waited for."""
    source = text("testcontainers/rust/tests/vault.rs")
    line = re.search(r'message_on_stdout\(\s*"(.*)"', source).group(1)
    fixtures = re.search(r'r#"(.*)"#', source).group(1)
    with Container(ROOTFS, *image_command(), read_only=False,
                   env={"VAULT_DEV_ROOT_TOKEN_ID": "myroot",
                        "MOCKVAULT_FIXTURES": fixtures}) as c:
        poll(lambda: line in c.stdout())
        same(secret(c, "myroot")["data"], {"password": "hunter2"})
        same(c.exec("mockvault", "ctl", "outage", "sealed")[0], 0)
        same(outside(c, "/v1/secret/data/app"), 503)


def testcontainers_dotnet():
    source = text("testcontainers/dotnet/VaultTest.cs")
    env = dict(re.findall(r'WithEnvironment\("(\w+)", "(\w+)"\)', source))
    typed = [re.findall(r'"([^"]*)"', x)
             for x in re.findall(r"await Type\((.*)\);", source)]
    same(len(typed), 3)
    with Container(ROOTFS, *image_command(), env=env, read_only=False) as c:
        wait_for_health(c)
        for words in typed:
            same(c.exec(*words)[0], 0)
        same(secret(c, "root")["data"], {"password": "hunter2"})


TESTS = [newcomer, compose_with_the_image_changed, compose_seeded,
         github_actions, gitlab_ci, jenkins, kubernetes,
         helm_values_and_manifests_agree, helm_dev, helm_three_nodes,
         testcontainers_java, testcontainers_node,
         testcontainers_go, testcontainers_init_command_that_fails,
         testcontainers_python, testcontainers_rust, testcontainers_dotnet]


if __name__ == "__main__":
    sys.exit(run(TESTS))
