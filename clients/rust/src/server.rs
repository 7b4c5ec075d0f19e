use std::collections::hash_map::RandomState;
use std::env;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use crate::http;
use crate::vault::{Control, Release};
use crate::{Options, Vault};

/// How long a server may take until it is ready; a service of a pipeline starts
/// beside the tests.
const PATIENCE: Duration = Duration::from_secs(30);
const LOG_KEPT: usize = 64 << 10;

static COUNT: AtomicU64 = AtomicU64::new(1);
static SHARED: OnceLock<Server> = OnceLock::new();

/// A server: started by this process, with which it ends, or joined.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

pub(crate) struct Inner {
    main: String,
    admin: String,
    token: String,
    ca: Option<String>,
    has_spaces: bool,
    child: Option<Mutex<Child>>, // none: joined
    log: Arc<Mutex<String>>,
    borrowed: AtomicBool,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            let mut child = child.lock().unwrap();
            // It stops at the end of its standard input.
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The program: what MOCKVAULT_BIN names, or mockvault on PATH.
pub fn find_binary() -> Option<PathBuf> {
    find_in(
        variable("MOCKVAULT_BIN"),
        &variable("PATH").unwrap_or_default(),
    )
}

fn find_in(named: Option<String>, search: &str) -> Option<PathBuf> {
    if let Some(path) = named {
        return Some(path.into());
    }
    let mut places = env::split_paths(search).map(|folder| folder.join("mockvault"));
    places.find(|path| Path::is_file(path))
}

/// The rest of what it says, of which the end is kept.
fn drain(mut from: impl Read + Send + 'static, kept: Option<Arc<Mutex<String>>>) {
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            if let Some(kept) = &kept {
                let mut kept = kept.lock().unwrap();
                *kept += &String::from_utf8_lossy(&chunk[..n]);
                let over = kept.len().saturating_sub(LOG_KEPT);
                if let Some(cut) = (over..kept.len()).find(|&i| kept.is_char_boundary(i)) {
                    kept.drain(..cut);
                }
            }
        }
    });
}

impl Server {
    /// Starts one, with flags of mockvault server.
    #[track_caller]
    pub fn start(flags: &[String]) -> Server {
        let path = find_binary()
            .expect("no mockvault: it is not on PATH, and MOCKVAULT_BIN does not name it");
        let mut child = Command::new(&path)
            .args(["server", "-dev", "-dev-root-token-id=root"])
            .args(["-dev-listen-address=127.0.0.1:0", "-dev-no-store-token"])
            .args(["-admin-addr=127.0.0.1:0", "-exit-on-stdin-eof"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let log = Arc::new(Mutex::new(String::new()));
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        let bound = out.by_ref().lines().map_while(Result::ok);
        let Some(line) = bound.into_iter().find(|line| line.starts_with('{')) else {
            let mut said = String::new();
            let _ = errors.read_to_string(&mut said);
            let _ = child.wait();
            panic!("mockvault did not start: {said}");
        };
        drain(out, None);
        drain(errors, Some(log.clone()));
        let bound: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| bound[name].as_str().unwrap().to_string();
        let (main, admin) = (address("api_addr"), address("admin_addr"));
        Self::ready(main, admin, "root".into(), Some(Mutex::new(child)), log)
    }

    /// Takes one that runs, by Vault's address or the control API's.
    #[track_caller]
    pub fn join(url: &str) -> Server {
        let at = url.trim_end_matches('/');
        let token = variable("VAULT_TOKEN").unwrap_or_else(|| "root".into());
        let log = Arc::new(Mutex::new(String::new()));
        await_ready(&Control::new(at.into()));
        let asked = http::ask("GET", &format!("{at}/v1/sys/seal-status"), &[], None, None);
        let main = match asked.unwrap_or_else(|e| panic!("{at}: {e}")).status {
            404 => main_address(at),
            _ => at.to_string(),
        };
        Self::ready(main, at.into(), token, None, log)
    }

    /// The one at MOCKVAULT_URL, or one for all tests of this process.
    #[track_caller]
    pub fn shared() -> &'static Server {
        SHARED.get_or_init(|| match variable("MOCKVAULT_URL") {
            Some(url) => Server::join(&url),
            None => Server::start(&[]),
        })
    }

    #[track_caller]
    fn ready(
        main: String,
        admin: String,
        token: String,
        child: Option<Mutex<Child>>,
        log: Arc<Mutex<String>>,
    ) -> Server {
        let control = Control::new(admin.clone());
        await_ready(&control);
        let has_spaces = match control.call("GET", "/spaces", None) {
            Ok(_) => true,
            // An old one; a cluster, or a proxy.
            Err(e) if e.status == 404 || e.status == 409 => false,
            Err(e) => panic!("{e}"),
        };
        let ca = main.starts_with("https:").then(|| control.ca()).flatten();
        Server(Arc::new(Inner {
            main,
            admin,
            token,
            ca,
            has_spaces,
            child,
            log,
            borrowed: AtomicBool::new(false),
        }))
    }

    /// A Vault as the options want it: a space where the server has them. Flags,
    /// and what is to be alone, take another server; so does everything on a
    /// server of ours without spaces.
    #[track_caller]
    pub fn vault(&self, options: Options) -> Vault {
        let vault = self.make(&options);
        options.prepare(&vault);
        vault
    }

    #[track_caller]
    fn make(&self, options: &Options) -> Vault {
        let Inner { admin, child, .. } = &*self.0;
        let own = options.alone || !options.flags.is_empty();
        if child.is_none() && own {
            panic!("{admin} runs already: it takes no flags");
        }
        if self.0.has_spaces && !own {
            return self.space(options);
        }
        if options.from.is_some() || child.is_none() && options.seed.is_some() {
            panic!("{admin} has no spaces");
        }
        if child.is_none() {
            return self.borrow();
        }
        let seed = options.seed.map(|number| format!("-seed={number}"));
        let flags: Vec<_> = seed.into_iter().chain(options.flags.clone()).collect();
        Vault::new(Server::start(&flags), &Value::Null, Release::Nothing)
    }

    #[track_caller]
    fn space(&self, options: &Options) -> Vault {
        // Each has a number by chance: other machines have pids like ours.
        let chance = RandomState::new().build_hasher().finish();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("rust-{chance:x}-{count}");
        let mut body = json!({});
        if let Some(seed) = options.seed {
            body["seed"] = seed.into();
        }
        if let Some(from) = &options.from {
            body["from"] = from.as_str().into();
        }
        if self.0.child.is_none() {
            body["expires_in"] = "1h".into(); // this process may be killed
        } else if cfg!(feature = "vaultrs") {
            body["listen"] = "127.0.0.1:0".into(); // its addresses have no path
        }
        let made = self
            .control()
            .insist("PUT", &format!("/spaces/{id}"), Some(body));
        Vault::new(self.clone(), &made, Release::Space(id))
    }

    /// The whole of a joined server without spaces, as it was at its start.
    #[track_caller]
    fn borrow(&self) -> Vault {
        if self.0.borrowed.swap(true, Ordering::SeqCst) {
            panic!(
                "{} has no spaces: run one test after the other",
                self.0.admin
            );
        }
        self.control().insist("POST", "/reset", None);
        Vault::new(self.clone(), &Value::Null, Release::Borrowed)
    }

    pub(crate) fn give_back(&self) -> Result<(), crate::ControlError> {
        self.0.borrowed.store(false, Ordering::SeqCst);
        self.control().call("POST", "/reset", None).map(drop)
    }

    pub(crate) fn control(&self) -> Control {
        Control::new(self.0.admin.clone())
    }

    /// Vault's address of the whole server.
    pub fn main(&self) -> &str {
        &self.0.main
    }

    /// The address of its control API.
    pub fn admin(&self) -> &str {
        &self.0.admin
    }

    pub(crate) fn token(&self) -> &str {
        &self.0.token
    }

    pub(crate) fn ca(&self) -> Option<&str> {
        self.0.ca.as_deref()
    }

    pub(crate) fn log(&self) -> String {
        self.0.log.lock().unwrap().clone()
    }

    /// The process of one that was started.
    pub fn pid(&self) -> Option<u32> {
        self.0
            .child
            .as_ref()
            .map(|child| child.lock().unwrap().id())
    }
}

#[track_caller]
fn await_ready(control: &Control) {
    let end = Instant::now() + PATIENCE;
    while let Err(e) = control.call("GET", "/ready", None) {
        if Instant::now() > end {
            panic!("{e}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Where Vault is, at the host whose control API has an address of its own.
#[track_caller]
fn main_address(at: &str) -> String {
    let info = Control::new(at.into()).insist("GET", "/info", None);
    let main = info["addresses"]["main"][0].as_str().unwrap_or_default();
    let port = main.rsplit(':').next().unwrap_or_default();
    let host = at.rsplit_once(':').map_or(at, |(host, _)| host);
    format!("{host}:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary() {
        let named = Some("/x/mockvault".to_string());
        assert_eq!(find_in(named, "/y"), Some("/x/mockvault".into()));
        assert_eq!(find_in(None, "/nowhere:/nor/here"), None);
    }
}
