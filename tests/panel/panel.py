#!/usr/bin/env python3
"""panel.py BINARY: the panel in a browser: what each button does is checked
over the API. $MV_PANEL_SHOTS names a folder for pictures of it."""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from control_client import raw, steered  # noqa: E402
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402
from webdriver import ENTER, SPACE, TAB, Browser  # noqa: E402

SECRET = "correct-horse-battery"
SIZE_MAX = 150000


class Panel:
    """A server, its control API and a page of it."""

    def __init__(self, browser, c):
        self.b = browser
        self.c = c
        self.url = "http://%s:%d/_mock/ui" % c.admin

    def open(self):
        """A fresh page, once it shows the server."""
        self.b.log()
        self.b.open(self.url)
        self.b.wait("$('link').className === 'up' && "
                    "$('outage-list').children.length && "
                    "$('state').children.length")

    def fresh(self):
        self.c.control("POST", "reset", {})
        for s in self.c.control("GET", "snapshots").json()["snapshots"]:
            self.c.control("DELETE", "snapshots/" + s["name"])
        self.open()

    def get(self, path):
        return self.c.control("GET", path).json()

    def outage(self, name):
        return "#outage-list > [data-key='%s']" % name

    def text(self, selector):
        return self.b.run("return document.querySelector(%s).innerText"
                          % json.dumps(selector))

    def wait_text(self, selector, text):
        self.b.wait("document.querySelector(%s).innerText.includes(%s)" % (
            json.dumps(selector), json.dumps(text)))

    def wait_said(self, text):
        self.wait_text("#said", text)


def the_page_is_alone(p):
    answer = p.c.control("GET", "ui")
    same(answer.status, 200)
    same(answer.header("content-type"), "text/html; charset=utf-8")
    policy = answer.header("content-security-policy")
    assert "unsafe" not in policy and "default-src 'none'" in policy, policy
    assert "frame-ancestors 'none'" in policy, policy
    assert len(answer.body) <= SIZE_MAX, len(answer.body)
    page = answer.body.decode()
    same(re.findall(r"https?://|//[a-z]+\.[a-z]|@import|<link[^>]*href=\"[^d]",
                    page), [])
    p.open()
    same([x for x in p.b.log() if x["level"] == "SEVERE"], [])
    same(p.b.run("return performance.getEntriesByType('resource')"
                 ".map(e => e.name).filter(n => !n.startsWith("
                 "location.origin + '/_mock/'))"), [])
    main = p.c.server.ask("GET", "/ui/")[2]
    assert "/_mock/ui" in main, main


def nodes(p):
    p.fresh()
    for state in ("sealed", "standby", "down", "active"):
        p.b.click("#nodes [data-state=%s]" % state)
        p.wait_said("n1 is " + state)
        same(p.get("nodes")["nodes"][0]["state"], state)
        p.wait_text("#nodes .tag", state)
    p.b.click("#nodes button:last-child")
    p.wait_said("steps down")
    same(p.get("nodes")["nodes"][0]["state"], "standby")
    p.c.control("DELETE", "outages")
    p.wait_text("#nodes .tag", "active")


def the_clock(p):
    p.fresh()
    p.b.click("[data-advance='24h']")
    p.wait_text("#clock-ended", "forward by 24h")
    same(p.get("clock")["offset"], "24h0m0s")
    p.b.type("#advance-by", "90m" + ENTER)
    p.wait_text("#clock-ended", "forward by 90m")
    same(p.get("clock")["offset"], "25h30m0s")
    p.b.click("#clock-freeze")
    p.wait_text("#clock-mode", "frozen")
    same(p.get("clock")["mode"], "frozen")
    p.b.type("#rate-value", "60" + ENTER)
    p.wait_text("#clock-mode", "rate")
    same(p.get("clock")["rate"], 60)
    p.b.click("#clock-real")
    p.wait_text("#clock-mode", "real")
    same(p.get("clock")["offset"], "0s")
    p.c.control("PUT", "clock", {"mode": "frozen",
                                 "now": "2031-05-06T07:08:09Z"})
    p.wait_text("#clock-now", "2031-05-06 07:08:09")
    p.b.type("#advance-by", "soon" + ENTER)
    p.wait_said("by")


def outages_as_buttons(p):
    p.fresh()
    names = [o["name"] for o in p.get("outages")["outages"]]
    same(p.b.run("return [...document.querySelectorAll('#outage-list > li')]"
                 ".map(x => x.dataset.key)"), names)
    p.b.type("#outage-filter", "sealed")
    sealed = p.outage("sealed") + " .toggle"
    p.b.click(sealed)
    p.wait_said("sealed is on")
    same(p.get("outages/sealed")["active"], True)
    p.wait_text("#nodes .tag", "sealed")
    p.wait_text("#runs", "sealed.1")
    p.b.wait("document.querySelector(%s).getAttribute('aria-pressed') === "
             "'true'" % json.dumps(sealed))
    p.b.click(sealed)
    p.wait_said("sealed is off")
    same(p.get("outages/sealed")["active"], False)
    p.b.wait("$('runs').hidden")


def outages_with_parameters(p):
    p.fresh()
    slow = p.outage("slow")
    p.b.click(slow + " summary")
    p.b.type(slow + " [name=delay]", "5ms")
    p.b.type(slow + " [name=mode]", "jitter")
    p.b.type(slow + " [name=for]", "10m")
    p.b.type(slow + " [name=match]", "secret/**")
    p.b.click(slow + " form > button")
    p.wait_said("slow is on")
    found = p.get("outages/slow")["runs"][0]
    same((found["params"]["delay"], found["params"]["mode"], found["match"]),
         ("5ms", "jitter", {"path": "secret/**"}))
    assert found["until"], found
    p.b.wait("$('runs').children.length === 1")
    p.b.click("#runs button")
    p.wait_said("slow.1 is off")
    same(p.get("outages/slow")["runs"], [])
    same(p.b.run("return document.activeElement.id"), "outages-title")
    # one that must have a parameter asks for it
    gone = p.outage("kv-deleted")
    p.b.click(gone + " .toggle")
    same(p.b.run("return document.activeElement.name"), "path")
    p.c.ask("POST", "secret/data/app", {"data": {"k": "v"}})
    p.b.keys("secret/app" + ENTER)
    p.wait_said("kv-deleted is on")
    same(p.c.ask("GET", "secret/data/app").status, 404)
    p.b.click("#outages-off")
    p.wait_said("every outage is off")
    same(p.c.ask("GET", "secret/data/app").status, 200)
    # what the server refuses is said
    p.b.type(slow + " [name=delay]", "x")
    p.b.click(slow + " form > button")
    p.b.wait("document.querySelector('#said .bad')")


def the_journal_is_live(p):
    p.fresh()
    p.c.ask("GET", "secret/data/one")
    p.wait_text("#journal", "GET secret/data/one")
    p.c.control("POST", "faults", {
        "id": "later", "match": {"path": "secret/data/two"},
        "then": [{"respond": {"status": 503, "errors": ["later"]}}]})
    p.c.ask("GET", "secret/data/two")
    p.wait_text("#journal", "GET secret/data/two")
    same(p.b.run("return $('journal').firstChild.innerText.split(/\\s+/)"
                 ".filter(x => x === '503' || x === 'later')"),
         ["503", "later"])
    for action, rows in (
            ("f.path.value = 'two'", 1), ("f.path.value = ''", 2),
            ("f.status.value = '4'", 1), ("f.status.value = ''", 2),
            ("f.rule.checked = true", 1), ("f.rule.checked = false", 2),
            ("f.method.value = 'PUT'", 0), ("f.method.value = ''", 2)):
        p.b.run("const f = $('journal-filters').elements; %s; $("
                "'journal-filters').dispatchEvent(new Event('input'))"
                % action)
        same(p.b.run("return $('journal').children.length"), rows)
    p.b.click("#journal-pause")
    p.c.ask("GET", "secret/data/three")
    p.b.wait("journal.length === 3")
    same(p.b.run("return $('journal').children.length"), 2)
    p.b.click("#journal-pause")
    p.b.wait("$('journal').children.length === 3")
    # one that hangs is seen, and let go
    p.c.control("POST", "faults", {
        "id": "held", "match": {"path": "secret/data/four"},
        "then": [{"hold": True}]})
    with p.c.connect() as hanging:
        hanging.sendall(raw("GET", "secret/data/four", "root"))
        p.b.wait("$('journal').firstChild.innerText.includes('open')")
        p.b.wait("document.querySelector("
                 "'#rules > [data-key=held] .release')")
        p.b.click("#rules > [data-key=held] .release")
        p.wait_said("1 released")
        assert hanging.recv(12) == b"HTTP/1.1 404"
    p.b.wait("$('journal').firstChild.innerText.includes('404')")
    same(p.b.run("return $('journal').children.length"), 4)
    p.b.click("#journal-clear")
    p.wait_said("the journal is empty")
    same(p.get("requests")["requests"], [])
    p.b.wait("$('journal').children.length === 0")


def why_a_rule_acted(p):
    p.fresh()
    for name, match in (("later", {"path": "secret/data/two"}),
                        ("writes", {"method": "PUT"}),
                        ("bodies", {"body": {"/data/k": "v"}})):
        p.c.control("POST", "faults", {"id": name, "match": match, "then": [
            {"respond": {"status": 503, "errors": ["later"]}}]})
    p.c.ask("GET", "secret/data/two")
    p.wait_text("#journal", "GET secret/data/two")
    p.b.click("#journal .open")
    p.b.click("#journal .more button")
    p.wait_text("#journal .more", "Then the rule later acted (respond)")
    text = p.text("#journal .more")
    assert "later matches: it acts" in text, text
    assert "writes does not match: method" in text, text
    assert "the journal keeps no bodies" in text, text
    p.b.click("#journal .open")
    p.b.wait("!document.querySelector('#journal .more')")
    missing = p.c.control("POST", "explain", {"seq": 999999})
    same((missing.status, missing.json()["field"]), (404, "seq"))


def rules(p):
    p.fresh()
    p.wait_text("#rules", "No rule is in force")
    p.b.click("#rules ~ details summary")
    p.b.run("$('rule-text').value = JSON.stringify({id: 'mine', match: "
            "{path: 'secret/**'}, then: [{respond: {status: 500}}]})")
    p.b.click("#rule-form button")
    p.wait_said("mine is added")
    same(p.c.ask("GET", "secret/data/app").status, 500)
    p.wait_text("#rules", "matched 1, acted 1")
    p.b.click("#rules .toggle")
    p.wait_text("#rules .tag", "off")
    same(p.c.ask("GET", "secret/data/app").status, 404)
    p.b.click("#rules .toggle")
    p.wait_text("#rules .tag", "on")
    p.b.click("#rules .danger")
    p.wait_text("#rules", "No rule is in force")
    same(p.get("faults")["faults"], [])
    p.b.run("$('rule-text').value = '{'")
    p.b.click("#rule-form button")
    p.b.wait("document.querySelector('#said .bad')")


def scenarios(p):
    p.fresh()
    p.c.control("PUT", "scenarios/two", {
        "timeline": [{"at": "0s", "do": {"emit": "lunch"}},
                     {"on": "back", "do": {"outage": "sealed"}}],
        "expect": [{"name": "somebody asks", "match": {},
                    "times": {"min": 1}}]})
    p.b.wait("document.querySelector('#scenarios > [data-key=two]')")
    mine = "#scenarios > [data-key=two]"
    p.b.click(mine + " button.start")
    p.wait_said("two is running")
    same(p.get("scenarios/two")["state"], "running")
    p.b.click(mine + " summary")
    p.wait_text(mine + " .timeline", "lunch")
    marks = ("return [...document.querySelectorAll('%s .mark')].map(m => "
             "m.getAttribute('aria-label'))" % mine)
    p.b.wait("document.querySelectorAll('%s .mark').length === 3" % mine)
    same(p.b.run(marks), ["done", "to come", "not judged yet"])
    p.b.click(mine + " button.step")
    p.b.wait("document.querySelectorAll('%s .mark[aria-label=done]').length "
             "=== 2" % mine)
    same(p.get("outages/sealed")["active"], True)
    p.b.click(mine + " button.stop")
    p.wait_text(mine + " .state", "failed")
    p.wait_text(mine + " .timeline", "somebody asks: ")
    same(p.b.run(marks)[2], "failed")
    p.wait_text("#events", "two: failed")


def state_without_values(p):
    p.fresh()
    p.c.ask("POST", "secret/data/team/app", {"data": {"password": SECRET}})
    p.c.ask("POST", "secret/data/old", {"data": {"password": SECRET}})
    p.c.ask("DELETE", "secret/data/old")
    token = p.c.token(ttl="1h", display_name="worker")
    inventory = p.c.control("GET", "inventory")
    assert SECRET.encode() not in inventory.body, inventory.body
    assert token.encode() not in inventory.body, inventory.body
    p.wait_text("#state", "Secrets (2)")
    for name in ("mounts", "secrets", "tokens"):
        p.b.click("#state [data-key=%s] summary" % name)
    text = p.text("#state")
    for row in ("secret/team/app\t1\tthere", "secret/old\t1\tdeleted",
                "cubbyhole/", "token-worker"):
        assert row in text, (row, text)
    # it stays open and follows what comes
    p.c.ask("POST", "secret/data/new", {"data": {"password": SECRET}})
    p.wait_text("#state", "secret/new")
    assert SECRET not in p.b.run("return document.documentElement.outerHTML")


def snapshots_and_reset(p):
    p.fresh()
    p.b.type("#snapshot-name", "before" + ENTER)
    p.wait_said("the snapshot is taken")
    same([s["name"] for s in p.get("snapshots")["snapshots"]], ["before"])
    p.c.ask("POST", "secret/data/app", {"data": {"k": "v"}})
    p.b.wait("$('snapshots').children.length")
    p.b.click("#snapshots button[aria-label='Restore before']")
    p.wait_said("the state is that of before")
    same(p.c.ask("GET", "secret/data/app").status, 404)
    p.b.click("#snapshots button.danger")
    p.b.wait("!$('snapshots').children.length")
    same(p.get("snapshots")["snapshots"], [])
    p.c.ask("POST", "secret/data/app", {"data": {"k": "v"}})
    p.b.click("#reset")
    p.wait_said("as it was at the start")
    same(p.c.ask("GET", "secret/data/app").status, 404)
    p.wait_text("#events", "reset")


def by_keyboard_alone(p):
    p.fresh()
    p.b.keys(TAB)
    same(p.b.run("return document.activeElement.className"), "skip")
    p.b.keys(ENTER)
    same(p.b.run("return document.activeElement.id"), "journal-title")
    seen = []
    p.b.run("document.activeElement.blur(); "
            "document.querySelector('.skip').focus()")
    for _ in range(17):
        p.b.keys(TAB)
        seen.append(p.b.run(
            "const e = document.activeElement; const s = getComputedStyle(e);"
            "return [e.id || e.textContent.trim().slice(0, 20), "
            "s.outlineStyle]"))
    names = [n for n, _ in seen]
    for name in ("active", "sealed", "+1 h", "advance-by", "clock-freeze",
                 "outage-filter"):
        assert name in names, seen
    assert all(outline != "none" for _, outline in seen), seen
    # a button keeps the focus when the page is drawn anew
    p.b.run("document.querySelector(%s).focus()"
            % json.dumps(p.outage("slow") + " .toggle"))
    p.b.keys(SPACE)
    p.wait_said("slow is on")
    p.wait_text("#runs", "slow.")
    same(p.b.run("return document.activeElement.textContent"), "slow")
    p.b.keys(ENTER)
    p.wait_said("slow is off")
    same(p.get("outages/slow")["active"], False)


def a_screen_reader_has_names(p):
    p.fresh()
    p.c.ask("GET", "secret/data/app")
    p.b.wait("$('journal').children.length")
    p.b.run("document.querySelector(%s).open = true"
            % json.dumps(p.outage("slow") + " details"))
    # Everything by the page's own words, some of it as the browser reckons.
    same(p.b.run("""
        const named = e => e.textContent.trim() ||
            e.getAttribute('aria-label') || e.labels && e.labels.length;
        return [...document.querySelectorAll(
            'button, input, select, textarea, summary, [role=region]')]
            .filter(e => !named(e)).map(e => e.outerHTML)"""), [])
    for selector, role, label in (
            ("#journal-filters", "search", "Filter the journal"),
            ("#outage-filter", "searchbox", "Find an outage"),
            (p.outage("slow") + " .toggle", "button", "slow"),
            ("#journal .open", "button", "Details of request"),
            ("#snapshot-name", "textbox", "Name"),
            ("section", "region", "Nodes"), ("#said", "status", ""),
            ("#events", "list", ""), ("#link", "status", "")):
        e = p.b.find(selector)
        same(e.role(), role)
        assert e.label().startswith(label), (selector, e.label())
    same(p.b.run("return document.documentElement.lang"), "en")
    ids = p.b.run("return [...document.querySelectorAll('[id]')]"
                  ".map(e => e.id)")
    same(len(ids), len(set(ids)))


# Text on its ground, as WCAG reckons; the worst of the page.
CONTRAST = """
const light = c => { const [r, g, b] = c.map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const parse = t => t.match(/[\\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); }
    return [255, 255, 255]; };
let worst = [99, ""];
for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || ![...e.childNodes].some(n =>
            n.nodeType === 3 && n.data.trim())) continue;
    const a = light(parse(getComputedStyle(e).color).slice(0, 3));
    const b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 200)];
}
return worst;
"""


def wide_and_narrow_light_and_dark(p):
    p.fresh()
    p.c.ask("POST", "secret/data/team/app", {"data": {"k": "v"}})
    p.c.ask("GET", "secret/data/team/app")
    p.c.ask("GET", "secret/data/" + "a-long-name-" * 12)
    p.c.on("slow", params={"delay": "5ms"}, match={"path": "secret/**"})
    p.c.control("POST", "faults", {
        "id": "twice", "match": {"path": "secret/**"}, "when": {"times": 2},
        "then": [{"respond": {"status": 503, "errors": ["try again"]}}]})
    p.c.ask("GET", "secret/data/team/app")
    p.c.control("POST", "scenarios/seal-incident/start", {"begin": "now"})
    p.wait_text("#events", "seal-incident")
    p.b.wait("$('journal').children.length === 4")
    p.b.click("#journal .open")
    p.b.click("#journal .more button")
    p.b.click("#scenarios > [data-key=seal-incident] summary")
    p.b.run("document.querySelector(%s).open = true"
            % json.dumps(p.outage("uninitialized") + " details"))
    shots = os.environ.get("MV_PANEL_SHOTS")
    try:
        for width in (400, 1280):
            for scheme in ("light", "dark"):
                p.b.view(width, 900, scheme)
                p.b.wait("matchMedia('(prefers-color-scheme: %s)').matches"
                         % scheme)
                wide = p.b.run("return document.scrollingElement.scrollWidth")
                assert wide <= width, (width, scheme, wide)
                small = p.b.run(
                    "return [...document.querySelectorAll('main button')]"
                    ".filter(e => e.checkVisibility() && "
                    "e.getBoundingClientRect().height < 22)"
                    ".map(e => e.outerHTML)")
                same(small, [])
                ratio, worst = p.b.run(CONTRAST)
                assert ratio >= 4.5, (scheme, ratio, worst)
                if shots:
                    p.b.screenshot(os.path.join(
                        shots, "panel-%d-%s.png" % (width, scheme)))
    finally:
        p.b.cdp("Emulation.clearDeviceMetricsOverride")
        p.b.cdp("Emulation.setEmulatedMedia", features=[])


def the_page_comes_back(p):
    """On Vault's own address, which an outage refuses."""
    p.fresh()
    p.b.open(p.c.server.url + "/_mock/ui")
    p.b.wait("$('link').className === 'up' && $('outage-list').children.length")
    p.c.control("PUT", "snapshots/seen")
    p.wait_text("#events", "snapshot seen")
    p.c.on("refuse")
    p.b.wait("$('link').className === 'down'")
    p.c.control("PUT", "snapshots/missed")
    p.c.off("refuse")
    p.b.wait("$('link').className === 'up'")
    p.wait_text("#events", "snapshot missed")


def the_admin_token_stays_in_memory(p):
    with steered(Server(p.binary, "--admin-token=open-sesame")) as c:
        guarded = Panel(p.b, c)
        p.b.open(guarded.url)
        p.b.wait("$('token-dialog').open")
        same(p.b.run("return document.activeElement.id"), "token")
        p.b.keys("wrong" + ENTER)
        guarded.wait_text("#token-wrong", "not the token")
        p.b.keys("open-sesame" + ENTER)
        p.b.wait("$('link').className === 'up' && !$('token-dialog').open "
                 "&& $('outage-list').children.length")
        same(p.b.run("return [localStorage.length, sessionStorage.length, "
                     "document.cookie, $('token').value]"), [0, 0, "", ""])
        assert "open-sesame" not in p.b.run(
            "return document.documentElement.outerHTML + location.href")
        p.b.click(guarded.outage("sealed") + " .toggle")
        guarded.wait_said("sealed is on")
        p.b.open(guarded.url)
        p.b.wait("$('token-dialog').open")
        p.b.open("about:blank")


TESTS = [the_page_is_alone, nodes, the_clock, outages_as_buttons,
         outages_with_parameters, the_journal_is_live, why_a_rule_acted,
         rules, scenarios, state_without_values, snapshots_and_reset,
         by_keyboard_alone, a_screen_reader_has_names,
         wide_and_narrow_light_and_dark, the_page_comes_back, the_admin_token_stays_in_memory]


def main():
    binary = os.path.abspath(sys.argv[1])
    browser = Browser()
    try:
        with steered(Server(binary)) as c:
            panel = Panel(browser, c)
            panel.binary = binary
            failed = run(TESTS, panel)
            browser.open("about:blank")
        return failed
    finally:
        browser.stop()


if __name__ == "__main__":
    sys.exit(main())
