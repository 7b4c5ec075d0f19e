//! The helper against servers of its own.

use std::io::{BufRead, BufReader};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use mockvault::{
    Expectation, Find, Match, Options, Outage, Rule, Scenario, ScenarioStart, ScenarioStep, Server,
    Vault, Verify, VerifyTimes, Wait, When,
};
use serde_json::{json, Value};

fn seeded() -> Options {
    Options::new().fixtures(json!({"kv": {"secret/app": {"k": "v"}}}))
}

fn status_of(vault: &Vault, path: &str) -> u16 {
    vault.request("GET", path, None).unwrap().status
}

fn status(vault: &Vault) -> u16 {
    status_of(vault, "secret/data/app")
}

fn secrets() -> Match {
    Match::new().path("secret/**")
}

/// What it panics with.
fn failing(test: impl FnOnce()) -> String {
    let said = catch_unwind(AssertUnwindSafe(test)).expect_err("it did not fail");
    match said.downcast::<String>() {
        Ok(text) => *text,
        Err(said) => said.downcast::<&str>().unwrap().to_string(),
    }
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn each_test_has_its_own() {
    let run = |n: i32| {
        let vault = mockvault::start();
        let body = json!({"data": {"n": n}, "options": {"cas": 0}}).to_string();
        let made = vault.request("POST", "secret/data/app", Some(&body));
        assert_eq!(made.unwrap().status, 200);
        let read = vault.request("GET", "secret/data/app", None).unwrap().body;
        contains(&read, &[&format!("{{\"n\":{n}}}")]);
        assert_eq!(vault.requests(Find::new()).len(), 2);
    };
    let runs: Vec<_> = (0..8).map(|n| thread::spawn(move || run(n))).collect();
    runs.into_iter().for_each(|run| run.join().unwrap());
}

#[test]
fn fixtures() {
    let file = env::temp_dir().join(format!("mockvault-{}.json", std::process::id()));
    fs::write(&file, r#"{"kv": {"secret/file": {"k": "v"}}}"#).unwrap();
    let vault = seeded().fixtures(file.to_str().unwrap()).start();
    fs::remove_file(&file).unwrap();
    vault.populate(r#"{"kv": {"secret/text": {"k": "v"}}}"#);
    for name in ["app", "file", "text"] {
        assert_eq!(status_of(&vault, &format!("secret/data/{name}")), 200);
    }
    contains(
        &failing(|| vault.populate(json!({"zork": 1}))),
        &["400", "zork"],
    );
    contains(&failing(|| vault.populate("zork.json")), &["zork.json"]);
}

#[test]
fn outage() {
    let vault = seeded().outage("sealed", Outage::new()).start();
    assert_eq!(status(&vault), 503);
    vault.outage("sealed", Outage::new()).end();
    assert_eq!(status(&vault), 200);
    {
        let how = Outage::new().match_(secrets()).for_("1h");
        let _page = vault.outage("lb-html", how);
        assert_eq!(status(&vault), 502);
    }
    assert_eq!(status(&vault), 200);
    let by = Outage::new().params(json!({"by": "1h"}));
    vault.outage("clock-jump", by).end();
    contains(
        &failing(|| vault.outage("seeled", Outage::new()).end()),
        &["seeled"],
    );
}

#[test]
fn rule() {
    let tea = json!([{"respond": {"status": 418, "errors": ["tea"]}}]);
    let once = Rule::new().id("once").match_(secrets()).then(tea);
    let vault = seeded().rule(once.when(When::new().times(1))).start();
    assert_eq!([status(&vault), status(&vault)], [418, 200]);
    vault.verify(Verify::new().rule("once").times(1));
}

#[test]
fn clock() {
    let tokens = json!({"tokens": [{"id": "x", "ttl": "1h", "policies": ["default"]}]});
    let options = Options::new()
        .fixtures(tokens)
        .clock(|clock| clock.freeze());
    let vault = options.start();
    let before = vault.clock().now();
    assert!(vault.clock().advance("30m").is_empty());
    assert_ne!(before, vault.clock().now());
    assert_eq!(vault.clock().now(), vault.clock().now());
    let ended = vault.clock().advance(Duration::from_secs(3600));
    assert_eq!(ended[0]["kind"], "token");
}

#[test]
fn verify() {
    let vault = seeded().start();
    status(&vault);
    vault.verify(Verify::new().match_(secrets()).times(1));
    vault.verify(Verify::new().match_(secrets()).ends_with("success"));
    let none = Verify::new()
        .match_(secrets())
        .times(VerifyTimes::new().max(0));
    contains(
        &failing(|| vault.verify(none)),
        &["at most 0 requests", "secret/data/app", "curl -s http"],
    );
}

#[test]
fn wait() {
    let vault = seeded().start();
    status(&vault);
    let came = vault.wait(Wait::new().match_(Match::new().op(vec!["read", "list"])));
    assert_eq!(came[0]["path"], "secret/data/app");
    let late = Wait::new().n(9).timeout(Duration::from_millis(1));
    contains(&failing(|| drop(vault.wait(late))), &["408"]);
}

fn story() -> Scenario {
    let seal = ScenarioStep::new()
        .at("0ms")
        .do_(json!({"outage": "sealed"}));
    let asks = |name: &str| Expectation::new().name(name).match_(secrets());
    Scenario::new().timeline(vec![seal]).expect(vec![
        asks("it asks").times("some"),
        asks("it asks twice").times(2),
    ])
}

#[test]
fn scenario() {
    let vault = seeded().start();
    let playing = vault.scenario(story(), ScenarioStart::new());
    assert_eq!([status(&vault), status(&vault)], [503, 503]);
    playing.end();
    assert_eq!(status(&vault), 200);
    let now = ScenarioStart::new().begin("now");
    contains(
        &failing(|| vault.scenario("seal-incident", now).end()),
        &["the client is there at the end"],
    );
    vault.scenario(story(), ScenarioStart::new()).keep();
    contains(&failing(|| vault.judge()), &["it asks", "it asks twice"]);
    let kept = seeded().scenario(story(), ScenarioStart::new());
    contains(&failing(|| drop(kept.start())), &["it asks twice"]);
    contains(
        &failing(|| vault.scenario("zork", ScenarioStart::new()).end()),
        &["zork"],
    );
}

#[test]
fn state() {
    let vault = seeded().start();
    vault.snapshot("before");
    let made = vault.request("POST", "secret/data/b", Some(r#"{"data": {}}"#));
    assert_eq!(made.unwrap().status, 200);
    vault.restore("before");
    assert_eq!(status_of(&vault, "secret/data/b"), 404);
    vault.reset();
    assert!(vault.requests(Find::new()).is_empty());
}

#[test]
fn a_whole_server() {
    let vault = seeded().alone().start();
    let refused = vault.outage("refuse", Outage::new());
    assert!(vault.request("GET", "secret/data/app", None).is_err());
    refused.end();
    assert_eq!(status(&vault), 200);
}

#[test]
fn flags_and_seed() {
    let vault = Options::new().flag("-vault-version=2.0.0").start();
    let health = vault.request("GET", "sys/health", None).unwrap();
    contains(&health.body, &[r#""version":"2.0.0""#]);
    let token = || {
        let vault = Options::new().seed(7).start();
        let made = vault.request("POST", "auth/token/create", Some("{}"));
        let tree: Value = serde_json::from_str(&made.unwrap().body).unwrap();
        tree["auth"]["client_token"].clone()
    };
    assert_eq!(token(), token());
    contains(
        &failing(|| drop(Options::new().flag("-zork").start())),
        &["did not start", "zork"],
    );
}

#[test]
fn join() {
    let ours = Server::start(&[]);
    for url in [ours.main(), &format!("{}/", ours.admin())] {
        let server = Server::join(url);
        {
            let vault = server.vault(seeded());
            assert!(vault.addr().starts_with(ours.main()), "{}", vault.addr());
            // Another machine's process may have our number.
            let pid = format!("-{}-", std::process::id());
            assert!(!vault.addr().contains(&pid), "{}", vault.addr());
            assert_eq!(status(&vault), 200);
        }
        assert_eq!(status(&server.vault(Options::new())), 404);
        let flags = Options::new().flag("-seed=1");
        contains(&failing(|| drop(server.vault(flags))), &["no flags"]);
    }
}

#[test]
fn environment() {
    let vault = mockvault::start();
    assert_eq!(vault.environment()[0], ("VAULT_ADDR", vault.addr()));
    assert_eq!(vault.token(), "root");
}

/// Of this program, one test that is ignored otherwise.
fn played(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--ignored", "--exact", name, "--nocapture"]);
    command
}

#[test]
#[ignore = "it fails"]
fn played_fails() {
    let vault = seeded().start();
    let how = Outage::new().match_(secrets());
    let _error = vault.outage("storage-error", how);
    assert_eq!(status(&vault), 200, "it went wrong");
}

#[test]
fn a_failed_test_shows_what_came() {
    let done = played("played_fails").output().unwrap();
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr);
    let parts = [
        "it went wrong",
        "last requests",
        "secret/data/app",
        "rule \"storage-error\" matched 1",
        "\"outage\":\"storage-error\"",
    ];
    contains(&said, &parts);
}

#[test]
#[ignore = "it is killed"]
fn played_is_killed() {
    let server = Server::start(&[]);
    println!("\npid {}", server.pid().unwrap());
    thread::sleep(Duration::from_secs(600));
}

#[test]
fn it_ends_with_its_process() {
    let mut child = played("played_is_killed")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let pid = lines.find_map(|line| line.strip_prefix("pid ").map(String::from));
    child.kill().unwrap();
    child.wait().unwrap();
    let stat = format!("/proc/{}/stat", pid.unwrap());
    let end = Instant::now() + Duration::from_secs(30);
    while fs::read_to_string(&stat).is_ok_and(|text| !text.contains(") Z ")) {
        assert!(
            Instant::now() < end,
            "the server is there without its process"
        );
        thread::yield_now();
    }
}
