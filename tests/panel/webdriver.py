"""A headless Chromium, driven by chromedriver over WebDriver's JSON."""
import base64
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ENTER, SPACE, TAB = "\ue007", " ", "\ue004"

# Calls back once the expression holds.
WAIT = """
const done = arguments[arguments.length - 1];
const holds = () => { try { return %s; } catch (e) { return false; } };
(function look() { holds() ? done(true) : setTimeout(look, 20); })();
"""


class Element:
    def __init__(self, browser, tree):
        self.browser = browser
        self.path = "/element/" + tree[ELEMENT]

    def click(self):
        self.browser.session("POST", self.path + "/click", {})

    def type(self, text):
        self.browser.session("POST", self.path + "/value", {"text": text})

    def label(self):
        """The name that a screen reader says."""
        return self.browser.session("GET", self.path + "/computedlabel")

    def role(self):
        return self.browser.session("GET", self.path + "/computedrole")


class Browser:
    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="mockvault-browser-")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "HOME": self.home})
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.conn = http.client.HTTPConnection("127.0.0.1",
                                               int(found.group(1)), timeout=60)
        self.at = ""
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-extensions",
                "--user-data-dir=" + os.path.join(self.home, "profile")]},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 20000}}}})
        self.at = "/session/" + made["sessionId"]

    def ask(self, method, path, body=None):
        self.conn.request(method, path,
                          None if body is None else json.dumps(body),
                          {"Content-Type": "application/json"})
        answer = self.conn.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise AssertionError("%s %s %s: %s: %s" % (
                method, path, json.dumps(body)[:300], value["error"],
                value["message"].split("\n")[0]))
        return value

    def session(self, method, path, body=None):
        return self.ask(method, self.at + path, body)

    def cdp(self, command, **params):
        return self.session("POST", "/goog/cdp/execute",
                            {"cmd": command, "params": params})

    def open(self, url):
        self.session("POST", "/url", {"url": url})

    def run(self, script):
        """What the page's script returns."""
        return self.session("POST", "/execute/sync",
                            {"script": script, "args": []})

    def wait(self, expression):
        """Until the expression holds in the page."""
        try:
            self.session("POST", "/execute/async",
                         {"script": WAIT % expression, "args": []})
        except AssertionError:
            raise AssertionError("never: %s; the page says: %s" % (
                expression, self.run("return document.body.innerText")[:1500]))

    def find(self, selector):
        return Element(self, self.session(
            "POST", "/element", {"using": "css selector", "value": selector}))

    def find_all(self, selector):
        return [Element(self, e) for e in self.session(
            "POST", "/elements", {"using": "css selector", "value": selector})]

    def click(self, selector):
        self.find(selector).click()

    def type(self, selector, text):
        self.find(selector).type(text)

    def keys(self, text):
        """Typed at what has the focus."""
        self.session("POST", "/actions", {"actions": [{
            "type": "key", "id": "keyboard", "actions": [
                {"type": kind, "value": key} for key in text
                for kind in ("keyDown", "keyUp")]}]})

    def log(self):
        """What the page's console has said since it was asked last."""
        return self.session("POST", "/se/log", {"type": "browser"})

    def view(self, width, height, scheme):
        self.cdp("Emulation.setScrollbarsHidden", hidden=True)
        self.cdp("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def screenshot(self, path):
        """Of the page in its whole length."""
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def stop(self):
        try:
            self.session("DELETE", "")
        finally:
            self.conn.close()
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.home, ignore_errors=True)
