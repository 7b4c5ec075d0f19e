"""An engine for tests: as much of the Docker Engine's API, on a socket, as the
clients of Testcontainers ask for. Its one image is a root file system, its
containers are tests/support/container.py's, published ports are forwarded from
the loopback. Needs root."""
import ctypes
import http.server
import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

from support.container import (ENTRYPOINT, Container, image_command,
                               image_environment, poll)

CLONE_NEWNET = 0x40000000
STDOUT, STDERR = 1, 2
EXPOSED = {"8200/tcp": {}, "8299/tcp": {}}  # EXPOSE of the Containerfile


def frame(stream, data):
    """As the API multiplexes standard output and error."""
    return struct.pack(">BxxxL", stream, len(data)) + data


def copy_bytes(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Published:
    """A port of the loopback that leads to one of a container."""

    def __init__(self, pid, port):
        self.pid, self.port = pid, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.number = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                outside, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.forward, args=(outside,),
                             daemon=True).start()

    def forward(self, outside):
        """In the container's network from here on: this thread alone."""
        try:
            with open("/proc/%d/ns/net" % self.pid) as ns:
                if ctypes.CDLL(None).setns(ns.fileno(), CLONE_NEWNET):
                    raise OSError("setns")
            inside = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            outside.close()
            return
        back = threading.Thread(target=copy_bytes, args=(inside, outside))
        back.start()
        copy_bytes(outside, inside)
        back.join()
        inside.close()
        outside.close()

    def close(self):
        self.listener.close()


class Box:
    """One container, from its creation on."""

    def __init__(self, engine, name, asked):
        self.engine, self.asked = engine, asked
        self.id = "%064x" % next(engine.numbers)
        self.name = name or "box-" + self.id[-6:]
        self.container = None
        self.ports = {}

    def start(self):
        env = dict(p.split("=", 1) for p in self.asked.get("Env") or ())
        command = self.asked.get("Cmd") or image_command()
        entrypoint = self.asked.get("Entrypoint") or (ENTRYPOINT,)
        self.container = Container(
            self.engine.rootfs, *command, env=env, entrypoint=entrypoint,
            user=self.asked.get("User") or "100:1000", read_only=False)
        pid = self.container.pid()
        wanted = set(self.asked.get("ExposedPorts") or ())
        host = self.asked.get("HostConfig") or {}
        wanted.update(host.get("PortBindings") or ())
        if host.get("PublishAllPorts"):
            wanted.update(EXPOSED)
        for port in wanted:
            self.ports[port] = Published(pid, int(port.split("/")[0]))

    def is_running(self):
        return bool(self.container) and self.container.unshare.poll() is None

    def stop(self):
        if self.is_running():
            self.container.stop()

    def remove(self):
        for port in self.ports.values():
            port.close()
        if self.container:
            self.container.__exit__()

    def inspect(self):
        running = self.is_running()
        ports = {p: [{"HostIp": "0.0.0.0", "HostPort": str(x.number)}]
                 for p, x in self.ports.items()}
        created = "2026-01-01T00:00:00.000000000Z"
        return {
            "Id": self.id, "Name": "/" + self.name, "Created": created,
            "Image": self.engine.image_id, "Path": ENTRYPOINT, "Args": [],
            "RestartCount": 0, "Driver": "vfs", "Platform": "linux",
            "State": {"Status": "running" if running else
                      "exited" if self.container else "created",
                      "Running": running, "Paused": False,
                      "Restarting": False, "OOMKilled": False, "Dead": False,
                      "Pid": self.container.pid() if running else 0,
                      "ExitCode": 0, "Error": "", "StartedAt": created,
                      "FinishedAt": "0001-01-01T00:00:00Z"},
            "Config": {"Image": self.asked.get("Image"),
                       "Env": self.asked.get("Env") or [],
                       "Cmd": self.asked.get("Cmd") or image_command(),
                       "Labels": self.asked.get("Labels") or {},
                       "ExposedPorts": {p: {} for p in self.ports},
                       "Hostname": self.id[:12], "Tty": False},
            "HostConfig": {"NetworkMode": "bridge", "PortBindings": ports},
            "NetworkSettings": {
                "Ports": ports, "Gateway": "172.17.0.1",
                "IPAddress": "172.17.0.2",
                "Networks": {"bridge": {
                    "NetworkID": "bridge", "Gateway": "172.17.0.1",
                    "IPAddress": "172.17.0.2", "Aliases": []}}},
            "Mounts": []}


class Command:
    """What is executed in a container."""

    def __init__(self, engine, box, asked):
        self.id = "%064x" % next(engine.numbers)
        self.box, self.asked, self.status = box, asked, None

    def run(self):
        """Its output in frames."""
        env = dict(p.split("=", 1) for p in self.asked.get("Env") or ())
        done = subprocess.run(
            self.box.container.exec_args(self.asked["Cmd"], env),
            stdin=subprocess.DEVNULL, capture_output=True)
        self.status = done.returncode
        return b"".join(frame(n, text) for n, text in
                        ((STDOUT, done.stdout), (STDERR, done.stderr)) if text)

    def inspect(self):
        return {"ID": self.id, "Running": self.status is None,
                "ExitCode": self.status, "ContainerID": self.box.id,
                "OpenStdout": True, "OpenStderr": True, "OpenStdin": False,
                "CanRemove": False, "DetachKeys": "",
                "ProcessConfig": {"tty": False,
                                  "entrypoint": self.asked["Cmd"][0],
                                  "arguments": self.asked["Cmd"][1:],
                                  "privileged": False},
                "Pid": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"

    # ---- answers ----

    def answer(self, status, tree=None):
        body = b"" if tree is None else json.dumps(tree).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.44")
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def missing(self, what):
        self.answer(404, {"message": "No such " + what})

    def begin_stream(self):
        """Until the connection ends; a client that asks for it takes the
        connection over."""
        self.close_connection = True
        if self.headers.get("Upgrade"):
            self.wfile.write(b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application"
                             b"/vnd.docker.multiplexed-stream\r\nConnection: "
                             b"Upgrade\r\nUpgrade: tcp\r\n\r\n")
            return
        self.send_response(200)
        self.send_header("Content-Type",
                         "application/vnd.docker.multiplexed-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    # ---- requests ----

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while n := int(self.rfile.readline(), 16):
                data += self.rfile.read(n)
                self.rfile.readline()
            self.rfile.readline()
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(data) if data.strip() else {}

    def handle_any(self):
        engine = self.server.engine
        url = urllib.parse.urlsplit(self.path)
        path = re.sub(r"^/v\d+\.\d+", "", urllib.parse.unquote(url.path))
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.body()
        engine.asked.append("%s %s" % (self.command, self.path))
        for method, pattern, handler in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and self.command in (method, "HEAD"):
                return handler(self, engine, query, body, *match.groups())
        return self.missing("path: %s %s" % (self.command, path))

    do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = handle_any


# ---- the engine itself and its one image ----

def ping(h, engine, query, body):
    h.send_response(200)
    h.send_header("Api-Version", "1.44")
    h.send_header("Content-Type", "text/plain")
    h.send_header("Content-Length", "2")
    h.end_headers()
    if h.command != "HEAD":
        h.wfile.write(b"OK")


def version(h, engine, query, body):
    h.answer(200, {"ApiVersion": "1.44", "MinAPIVersion": "1.24",
                   "Version": "27.0.0", "Os": "linux", "Arch": "amd64",
                   "GitCommit": "", "GoVersion": "", "KernelVersion": "",
                   "BuildTime": "", "Components": []})


def info(h, engine, query, body):
    h.answer(200, {"ID": "test", "ServerVersion": "27.0.0", "Name": "test",
                   "OSType": "linux", "Architecture": "x86_64", "NCPU": 1,
                   "OperatingSystem": "test", "KernelVersion": "0",
                   "MemTotal": 1 << 30, "Driver": "vfs", "Labels": [],
                   "SecurityOptions": [], "Plugins": {}, "RegistryConfig": {},
                   "IndexServerAddress": "", "Containers": 0, "Images": 1})


def image(engine):
    return {"Id": engine.image_id, "RepoTags": ["mockvault:latest"],
            "RepoDigests": [], "Created": "2026-01-01T00:00:00Z",
            "Os": "linux", "Architecture": "amd64", "Size": 0,
            "Config": {"Env": ["%s=%s" % p
                               for p in image_environment().items()],
                       "Cmd": image_command(), "Entrypoint": [ENTRYPOINT],
                       "ExposedPorts": EXPOSED, "User": "100:1000",
                       "Labels": {}},
            "RootFS": {"Type": "layers", "Layers": []}}


def image_inspect(h, engine, query, body, name):
    name = re.sub(r"^docker\.io/|^library/", "", name)
    if name in ("mockvault", "mockvault:latest", engine.image_id):
        return h.answer(200, image(engine))
    return h.missing("image: " + name)


def images(h, engine, query, body):
    h.answer(200, [{"Id": engine.image_id, "RepoTags": ["mockvault:latest"],
                    "RepoDigests": [], "ParentId": "", "Created": 0,
                    "Size": 0, "SharedSize": -1, "Labels": {},
                    "Containers": -1}])


BRIDGE = {"Name": "bridge", "Id": "bridge", "Driver": "bridge",
          "Scope": "local", "Created": "2026-01-01T00:00:00Z",
          "IPAM": {"Driver": "default", "Options": None, "Config": [
              {"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]},
          "Containers": {}, "Options": {}, "Labels": {}}


def networks(h, engine, query, body):
    h.answer(200, [BRIDGE])


def network(h, engine, query, body, name):
    h.answer(200, BRIDGE)


# ---- containers ----

def container_create(h, engine, query, body):
    name = re.sub(r"^docker\.io/|^library/", "", body.get("Image", ""))
    if name not in ("mockvault", "mockvault:latest", engine.image_id):
        return h.missing("image: " + name)
    box = Box(engine, query.get("name"), body)
    engine.boxes[box.id] = box
    return h.answer(201, {"Id": box.id, "Warnings": []})


def of_box(action):
    def handler(h, engine, query, body, name):
        box = engine.find(name)
        if not box:
            return h.missing("container: " + name)
        return action(h, engine, query, body, box)
    return handler


@of_box
def container_start(h, engine, query, body, box):
    box.start()
    h.answer(204)


@of_box
def container_inspect(h, engine, query, body, box):
    h.answer(200, box.inspect())


@of_box
def container_stop(h, engine, query, body, box):
    box.stop()
    h.answer(204)


@of_box
def container_wait(h, engine, query, body, box):
    poll(lambda: not box.is_running(), 60)
    h.answer(200, {"StatusCode": 0})


@of_box
def container_remove(h, engine, query, body, box):
    box.remove()
    engine.boxes.pop(box.id)
    h.answer(204)


@of_box
def container_logs(h, engine, query, body, box):
    h.begin_stream()
    follow = query.get("follow") in ("1", "true", "True")
    wanted = [(n, open(f.name, "rb")) for n, name, f in (
        (STDOUT, "stdout", box.container.out),
        (STDERR, "stderr", box.container.err))
        if query.get(name) in ("1", "true", "True")]
    while True:
        running = box.is_running()
        for number, f in wanted:
            if data := f.read():
                h.wfile.write(frame(number, data))
        h.wfile.flush()
        if not follow or not running:
            break
        time.sleep(0.01)
    for _, f in wanted:
        f.close()


@of_box
def exec_create(h, engine, query, body, box):
    command = Command(engine, box, body)
    engine.commands[command.id] = command
    h.answer(201, {"Id": command.id})


def exec_start(h, engine, query, body, name):
    h.begin_stream()
    h.wfile.write(engine.commands[name].run())


def exec_inspect(h, engine, query, body, name):
    h.answer(200, engine.commands[name].inspect())


def containers(h, engine, query, body):
    h.answer(200, [])


ROUTES = [
    ("GET", "/_ping", ping), ("GET", "/version", version),
    ("GET", "/info", info), ("GET", "/images/json", images),
    ("GET", "/images/(.+)/json", image_inspect),
    ("GET", "/networks", networks), ("GET", "/networks/(.+)", network),
    ("POST", "/containers/create", container_create),
    ("GET", "/containers/json", containers),
    ("POST", "/containers/([^/]+)/start", container_start),
    ("GET", "/containers/([^/]+)/json", container_inspect),
    ("GET", "/containers/([^/]+)/logs", container_logs),
    ("POST", "/containers/([^/]+)/(?:stop|kill)", container_stop),
    ("POST", "/containers/([^/]+)/wait", container_wait),
    ("DELETE", "/containers/([^/]+)", container_remove),
    ("POST", "/containers/([^/]+)/exec", exec_create),
    ("POST", "/exec/([^/]+)/start", exec_start),
    ("GET", "/exec/([^/]+)/json", exec_inspect),
]


class Site(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that leaves in the middle is no error here."""


class Engine:
    """with Engine(ROOTFS) as e: its socket is e.socket."""

    def __init__(self, rootfs):
        self.rootfs = rootfs
        self.image_id = "sha256:" + "%064x" % 0xbeef
        self.numbers = itertools.count(0x1000)
        self.boxes, self.commands, self.asked = {}, {}, []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="engine-"))
        self.socket = str(self.folder / "engine.sock")

    def find(self, name):
        for box in self.boxes.values():
            if box.id.startswith(name) or box.name == name:
                return box
        return None

    def __enter__(self):
        self.site = Site(self.socket, Handler)
        self.site.engine = self
        threading.Thread(target=self.site.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.site.shutdown()
        self.site.server_close()
        for box in self.boxes.values():
            box.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
