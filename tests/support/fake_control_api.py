"""A control API that answers from a script, as the real one is specified; it
remembers what it was asked."""
import http.server
import json
import threading

ENTRY = {"seq": 7, "time": "2026-01-02T03:04:05Z", "method": "PUT",
         "path": "auth/approle/login", "status": 503, "duration_ms": 1.5,
         "rule": "r1", "action": "respond", "error": "Vault is sealed",
         "open": False}
OUTAGES = {"outages": [
    {"name": "sealed", "number": "2", "summary": "Sealed.", "params": {},
     "texts": [], "active": True, "runs": [
         {"outage": "sealed", "id": "sealed.1", "active": True,
          "until": None, "rules": [], "params": {}}]},
    {"name": "rate-limit", "number": "19", "summary": "Quota.",
     "params": {"rate": {"type": "number"}}, "texts": [], "active": False, "runs": []}]}
ERROR = {"errors": ["match.pathh: there is no such field"],
         "field": "match.pathh", "allowed": ["method", "path"]}
CLOCK = {"mode": "real", "now": "2026-01-02T03:04:05Z", "offset": "0s",
         "rate": 1, "ttl_scale": 1, "skew": "0s"}


class Control:
    """asked holds (method, path, body or None, token); script maps
    "METHOD path" to (status, body) or to a list of them, the last for good."""

    def __init__(self, script):
        control = self
        self.asked = []
        self.script = {k: v if isinstance(v, list) else [v]
                       for k, v in script.items()}

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                control.answer(self)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_port
        self.thread = threading.Thread(target=self.http.serve_forever,
                                       args=(0.05,))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def answer(self, request):
        n = int(request.headers.get("Content-Length", 0))
        text = request.rfile.read(n).decode()
        assert request.path.startswith("/_mock/"), request.path
        path = request.path[len("/_mock/"):]
        self.asked.append((request.command, path,
                           json.loads(text) if text else None,
                           request.headers.get("Authorization")))
        steps = self.script.get("%s %s" % (request.command, path))
        if not steps:
            status, body = 404, {"errors": ["no control path \"%s\"" % path]}
        else:
            status, body = steps.pop(0) if len(steps) > 1 else steps[0]
        self.send(request, status, body)

    def send(self, request, status, body):
        request.send_response(status)
        if status == 204:
            request.end_headers()
            return
        raw = body if isinstance(body, str) else json.dumps(body) + "\n"
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(raw.encode())))
        request.end_headers()
        request.wfile.write(raw.encode())
