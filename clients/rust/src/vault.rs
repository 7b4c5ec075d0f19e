use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::io;
use std::thread;

use serde_json::{json, Value};

use crate::http::{self, Answer};
use crate::{ClockMode, Duration, Find, Outage, Rule, ScenarioStart, Server, Verify, Wait};

/// How many requests a report has.
const SHOWN: usize = 20;

/// What the control API refused, or why it was not reached: status 0.
#[derive(Debug)]
pub struct ControlError {
    /// The HTTP status.
    pub status: u16,
    /// The whole answer.
    pub body: Value,
    call: String,
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.call, self.status, self.body["errors"])?;
        match self.body["allowed"].as_array() {
            Some(_) if self.status != 404 => write!(f, " (allowed: {})", self.body["allowed"]),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ControlError {}

/// The control API at a URL, which a space's ends with its prefix.
#[derive(Clone)]
pub(crate) struct Control {
    url: String,
}

impl Control {
    pub(crate) fn new(url: String) -> Self {
        Control { url }
    }

    /// Who signs the certificates of its listeners, in PEM.
    pub(crate) fn ca(&self) -> Option<String> {
        match self.ask("GET", "/tls/ca.pem", None) {
            Ok(Answer { status: 200, body }) => Some(body),
            _ => None,
        }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&str>) -> io::Result<Answer> {
        let token = std::env::var("MOCKVAULT_ADMIN_TOKEN").unwrap_or_default();
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let headers = if token.is_empty() { &[] } else { &headers[..] };
        let url = format!("{}/_mock{path}", self.url);
        http::ask(method, &url, headers, body, None)
    }

    /// The answer's JSON, null where there is none.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ControlError> {
        let call = format!("{method} /_mock{path}");
        let body = body.map(|value| value.to_string());
        match self.ask(method, path, body.as_deref()) {
            Err(e) => Err(ControlError {
                status: 0,
                body: json!({ "errors": [e.to_string()] }),
                call,
            }),
            Ok(Answer { status, body }) => {
                let tree = serde_json::from_str(&body);
                match status {
                    200..=299 => Ok(tree.unwrap_or(Value::Null)),
                    _ => Err(ControlError {
                        status,
                        body: tree.unwrap_or_else(|_| json!({ "errors": [body] })),
                        call,
                    }),
                }
            }
        }
    }

    #[track_caller]
    pub(crate) fn insist(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.call(method, path, body)
            .unwrap_or_else(|e| panic!("mockvault: {e}"))
    }
}

/// What goes on until this is dropped; keep() leaves it to the Vault's end.
#[must_use = "it ends where it is dropped; keep() leaves it to the Vault's end"]
pub struct Ending<'a> {
    end: Option<Box<dyn FnOnce() + 'a>>,
}

impl<'a> Ending<'a> {
    fn new(end: impl FnOnce() + 'a) -> Self {
        let end = Some(Box::new(end) as Box<dyn FnOnce()>);
        Ending { end }
    }

    /// Ends it now.
    pub fn end(mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }

    /// Leaves it to the Vault's end.
    pub fn keep(mut self) {
        self.end = None;
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        match self.end.take() {
            Some(end) if !thread::panicking() => end(),
            _ => {} // the Vault ends, and shows what is in force
        }
    }
}

pub(crate) enum Release {
    Nothing, // the server ends with it
    Space(String),
    Borrowed,
}

/// A Vault that a test has for itself, until it is dropped. A test that panics
/// shows what came to it.
pub struct Vault {
    server: Server,
    addr: String,
    #[cfg(feature = "vaultrs")]
    token_prefix: String,
    control: Control,
    release: Release,
    scenarios: RefCell<Vec<String>>,
}

impl Drop for Vault {
    fn drop(&mut self) {
        let mut failed = Vec::new();
        if !thread::panicking() {
            failed = self.judge_rest();
        }
        if thread::panicking() || !failed.is_empty() {
            eprintln!("{}", self.report());
        }
        if let Err(e) = self.release() {
            failed.push(e.to_string());
        }
        if thread::panicking() {
            failed.iter().for_each(|text| eprintln!("{text}"));
        } else {
            assert!(failed.is_empty(), "{}", failed.join("\n"));
        }
    }
}

#[cfg(feature = "vaultrs")]
fn url_path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

/// Text that begins as JSON is JSON, other text a file's name.
#[track_caller]
fn document(value: Value) -> Value {
    let Value::String(text) = value else {
        return value;
    };
    let json = match text.starts_with('{') {
        true => text,
        false => fs::read_to_string(&text).unwrap_or_else(|e| panic!("{text}: {e}")),
    };
    serde_json::from_str(&json).unwrap_or_else(|e| panic!("{json}: {e}"))
}

impl Vault {
    /// One that has the whole server, or a space as it was made.
    pub(crate) fn new(server: Server, space: &Value, release: Release) -> Self {
        let text = |name: &str| space[name].as_str().unwrap_or_default();
        let prefix = text("path_prefix");
        let addr = match text("listen") {
            "" => format!("{}{prefix}", server.main()),
            own => own.to_string(),
        };
        let control = Control::new(format!("{}{prefix}", server.admin()));
        let scenarios = RefCell::default();
        Vault {
            server,
            addr,
            #[cfg(feature = "vaultrs")]
            token_prefix: text("token_prefix").to_string(),
            control,
            release,
            scenarios,
        }
    }

    fn release(&self) -> Result<(), ControlError> {
        match &self.release {
            Release::Nothing => Ok(()),
            Release::Space(id) => self
                .server
                .control()
                .call("DELETE", &format!("/spaces/{id}"), None)
                .map(drop),
            Release::Borrowed => self.server.give_back(),
        }
    }

    /// What VAULT_ADDR would say.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// A root token, what VAULT_TOKEN would say.
    pub fn token(&self) -> &str {
        self.server.token()
    }

    /// The environment of an application that uses it:
    /// `command.envs(vault.environment())`.
    pub fn environment(&self) -> [(&'static str, &str); 2] {
        [("VAULT_ADDR", self.addr()), ("VAULT_TOKEN", self.token())]
    }

    /// Vault's API with the root token: `request("GET", "secret/data/app", None)`.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> io::Result<Answer> {
        let url = format!("{}/v1/{path}", self.addr);
        let token = [("X-Vault-Token", self.token())];
        http::ask(method, &url, &token, body, self.ca())
    }

    /// Who signs the certificate of an address with https, in PEM.
    pub fn ca(&self) -> Option<&str> {
        self.server.ca()
    }

    /// The community's client, vaultrs, with the root token.
    #[cfg(feature = "vaultrs")]
    #[track_caller]
    pub fn client(&self) -> vaultrs::client::VaultClient {
        self.vaultrs_client().unwrap_or_else(|e| panic!("{e}"))
    }

    /// It knows no path in an address, so that a joined server's space is found by
    /// the token.
    #[cfg(feature = "vaultrs")]
    fn vaultrs_client(&self) -> Result<vaultrs::client::VaultClient, Box<dyn std::error::Error>> {
        // Whose cryptography is the application's to choose; this is for one that
        // has not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut settings = vaultrs::client::VaultClientSettingsBuilder::default();
        match url_path(&self.addr) {
            "" => settings.address(&self.addr).token(self.token()),
            _ => settings.address(self.server.main()).token(format!(
                "{}{}",
                self.token_prefix,
                self.token()
            )),
        };
        let file = std::env::temp_dir().join(format!("mockvault-ca-{}.pem", std::process::id()));
        if let Some(ca) = self.ca() {
            fs::write(&file, ca)?;
            settings.ca_certs(vec![file.display().to_string()]);
        }
        Ok(vaultrs::client::VaultClient::new(settings.build()?)?)
    }

    /// The control API of this Vault alone: `control("GET", "/inventory", None)`.
    pub fn control(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ControlError> {
        self.control.call(method, path, body)
    }

    /// The vault's time.
    pub fn clock(&self) -> Clock<'_> {
        Clock(&self.control)
    }

    /// Puts a document of fixtures in force: a value, JSON, or the name of its file.
    #[track_caller]
    pub fn populate(&self, fixtures: impl Into<Value>) {
        let body = json!({ "fixtures": document(fixtures.into()) });
        self.control.insist("POST", "/populate", Some(body));
    }

    /// Keeps the state under this name.
    #[track_caller]
    pub fn snapshot(&self, name: &str) {
        self.control
            .insist("PUT", &format!("/snapshots/{name}"), None);
    }

    /// Puts the state back to a snapshot.
    #[track_caller]
    pub fn restore(&self, name: &str) {
        self.control
            .insist("POST", &format!("/snapshots/{name}/restore"), None);
    }

    /// All as it was at the start: state, rules, clock and journal.
    #[track_caller]
    pub fn reset(&self) {
        self.control.insist("POST", "/reset", None);
    }

    /// Turns an outage on.
    #[track_caller]
    pub fn outage(&self, name: &str, how: Outage) -> Ending<'_> {
        let path = format!("/outages/{name}");
        let run = self.control.insist("PUT", &path, Some(how.into()));
        if run["active"] != true {
            return Ending { end: None }; // final: it is done
        }
        self.ending("/outages/", &run)
    }

    /// Adds a rule.
    #[track_caller]
    pub fn rule(&self, rule: Rule) -> Ending<'_> {
        let made = self.control.insist("POST", "/faults", Some(rule.into()));
        self.ending("/faults/", &made)
    }

    fn ending(&self, folder: &str, made: &Value) -> Ending<'_> {
        let path = format!("{folder}{}", made["id"].as_str().unwrap_or_default());
        Ending::new(move || match self.control.call("DELETE", &path, None) {
            Err(e) if e.status != 404 => panic!("mockvault: {e}"),
            _ => {} // it has ended by itself
        })
    }

    /// Starts a scenario: the name of a shipped one, its file, JSON, or a value.
    /// The end of what it returns ends it and judges its expectations; judge(), or
    /// else the Vault's end, judges what was kept.
    #[track_caller]
    pub fn scenario(&self, scenario: impl Into<Value>, how: ScenarioStart) -> Ending<'_> {
        let scenario = scenario.into();
        let mut path = "/scenarios/test".to_string();
        match scenario.as_str().map(|name| format!("/scenarios/{name}")) {
            Some(shipped) if self.control.call("GET", &shipped, None).is_ok() => path = shipped,
            _ => {
                let body = document(scenario);
                self.control.insist("PUT", &path, Some(body));
            }
        }
        self.control
            .insist("POST", &format!("{path}/start"), Some(how.into()));
        self.scenarios.borrow_mut().push(path.clone());
        Ending::new(move || self.judge_one(&path))
    }

    /// Judges the scenarios that were not yet.
    #[track_caller]
    pub fn judge(&self) {
        let failed = self.judge_rest();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    fn judge_rest(&self) -> Vec<String> {
        let paths = self.scenarios.take();
        paths.iter().flat_map(|path| self.failures(path)).collect()
    }

    #[track_caller]
    fn judge_one(&self, path: &str) {
        self.scenarios.borrow_mut().retain(|other| other != path);
        let failed = self.failures(path);
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    /// What was expected of a scenario that has ended now, and did not hold.
    fn failures(&self, path: &str) -> Vec<String> {
        let story = self.control.call("GET", path, None).and_then(|story| {
            if story["state"] == "running" || story["state"] == "waiting" {
                return self.control.call("POST", &format!("{path}/stop"), None);
            }
            Ok(story)
        });
        match story {
            Err(e) => vec![e.to_string()],
            Ok(story) => items(&story["expect"])
                .filter(|x| x["ok"] != true)
                .map(|x| format!("{}: {}", x["name"], x["reason"]))
                .collect(),
        }
    }

    /// Panics unless the journal shows what is claimed.
    #[track_caller]
    pub fn verify(&self, claim: Verify) {
        let said = match self
            .control
            .call("POST", "/requests/verify", Some(claim.into()))
        {
            Ok(_) => return,
            Err(e) if e.status != 422 => panic!("mockvault: {e}"),
            Err(e) => e.body,
        };
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_string();
        panic!(
            "{}\nnearest:\n{}to see them: {}",
            text("reason"),
            table(&said["nearest"]),
            text("curl")
        );
    }

    /// Those of the journal that match, the oldest first, with the fields of
    /// docs/journal.md.
    #[track_caller]
    pub fn requests(&self, which: Find) -> Vec<Value> {
        let found = self
            .control
            .insist("POST", "/requests/find", Some(which.into()));
        items(&found["requests"]).cloned().collect()
    }

    /// As soon as n requests (1) have come.
    #[track_caller]
    pub fn wait(&self, which: Wait) -> Vec<Value> {
        let found = self
            .control
            .insist("POST", "/requests/wait", Some(which.into()));
        items(&found["requests"]).cloned().collect()
    }

    /// The last requests, and what is in force.
    pub fn report(&self) -> String {
        self.try_report().unwrap_or_else(|e| {
            let log = self.server.log();
            format!("mockvault at {}, no journal: {e}\n{log}", self.addr)
        })
    }

    fn try_report(&self) -> Result<String, ControlError> {
        let get = |path: &str| self.control.call("GET", path, None);
        let journal = get(&format!("/requests?limit={SHOWN}"))?;
        let mut text = format!("mockvault at {}, last requests:\n", self.addr);
        text += &table(&journal["requests"]);
        for rule in items(&get("/faults")?["faults"]) {
            text += &format!(
                "rule {} matched {} acted {}: {} {}\n",
                rule["id"], rule["matched"], rule["acted"], rule["match"], rule["then"]
            );
        }
        for outage in items(&get("/outages")?["outages"]) {
            for run in items(&outage["runs"]) {
                text += &format!("outage {run}\n");
            }
        }
        Ok(text)
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn table(requests: &Value) -> String {
    let mut text = String::new();
    let mut line = |cells: [String; 7]| {
        let [seq, method, path, status, ms, rule, error] = cells;
        text +=
            &format!("{seq:<5} {method:<6} {path:<30} {status:<6} {ms:<8} {rule:<16} {error}\n");
    };
    line(["SEQ", "METHOD", "PATH", "STATUS", "MS", "RULE", "ERROR"].map(String::from));
    for request in items(requests) {
        let columns = [
            "seq",
            "method",
            "path",
            "status",
            "duration_ms",
            "rule",
            "error",
        ];
        line(columns.map(|name| match &request[name] {
            Value::Null => "-".into(),
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        }));
    }
    text
}

/// The vault's time, by which everything that ends ends.
pub struct Clock<'a>(&'a Control);

impl Clock<'_> {
    /// Goes forward; what has ended on the way.
    #[track_caller]
    pub fn advance(&self, by: impl Into<Duration>) -> Vec<Value> {
        let body = json!({ "by": Value::from(by.into()) });
        let moved = self.0.insist("POST", "/clock/advance", Some(body));
        items(&moved["expired"]).cloned().collect()
    }

    /// Stops it.
    #[track_caller]
    pub fn freeze(&self) {
        self.set(ClockMode::new().mode("frozen"));
    }

    /// Changes how it goes.
    #[track_caller]
    pub fn set(&self, how: ClockMode) {
        self.0.insist("PUT", "/clock", Some(how.into()));
    }

    /// What it says, as RFC 3339.
    #[track_caller]
    pub fn now(&self) -> String {
        let clock = self.0.insist("GET", "/clock", None);
        clock["now"].as_str().unwrap_or_default().to_string()
    }
}
