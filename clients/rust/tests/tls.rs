//! With the feature tls: a server that is reached by https.
#![cfg(feature = "tls")]

use std::{env, fs};

use mockvault::{Options, Outage, Server};

#[test]
fn started_and_joined() {
    let vault = Options::new().flag("-dev-tls").start();
    assert!(vault.addr().starts_with("https://"), "{}", vault.addr());
    let health = |vault: &mockvault::Vault| vault.request("GET", "sys/health", None);
    assert_eq!(health(&vault).unwrap().status, 200);

    let file = env::temp_dir().join(format!("mockvault-test-{}.pem", std::process::id()));
    fs::write(&file, vault.ca().unwrap()).unwrap();
    env::set_var("VAULT_CACERT", &file);
    let server = Server::join(vault.addr());
    let joined = server.vault(Options::new().outage("sealed", Outage::new()));
    assert_eq!(health(&joined).unwrap().status, 503);
    assert_eq!(health(&vault).unwrap().status, 200);
    drop(joined);
    fs::remove_file(&file).unwrap();
}
