use testcontainers_modules::hashicorp_vault::HashicorpVault;
use testcontainers_modules::testcontainers::core::{ExecCommand, WaitFor};
use testcontainers_modules::testcontainers::runners::SyncRunner;
use testcontainers_modules::testcontainers::{Container, ImageExt};

fn start() -> Container<HashicorpVault> {
    HashicorpVault::default()
        // The two lines that differ from a test with Vault's image.
        .with_name("mockvault")
        .with_tag("latest")
        // The module's release 0.15.0 waits for /sys/health, without /v1, where
        // Vault 1.19 answers 404.
        .with_ready_conditions(vec![WaitFor::message_on_stdout(
            "Vault server started!",
        )])
        .with_env_var(
            "MOCKVAULT_FIXTURES",
            r#"{"kv": {"secret/app": {"password": "hunter2"}}}"#,
        )
        .start()
        .unwrap()
}

fn read(vault: &Container<HashicorpVault>) -> u16 {
    let port = vault.get_host_port_ipv4(8200).unwrap();
    let url = format!("http://127.0.0.1:{port}/v1/secret/data/app");
    let request = ureq::get(url).header("X-Vault-Token", "myroot");
    match request.call() {
        Ok(answer) => answer.status().as_u16(),
        Err(ureq::Error::StatusCode(status)) => status,
        Err(e) => panic!("{e}"),
    }
}

fn order(vault: &Container<HashicorpVault>, words: &[&str]) {
    let words = ["mockvault", "ctl"].iter().chain(words).copied();
    let mut done = vault.exec(ExecCommand::new(words)).unwrap();
    let said = done.stdout_to_vec().unwrap();
    assert_eq!(done.exit_code().unwrap(), Some(0), "{said:?}");
}

#[test]
fn sealed_for_a_while() {
    let vault = start();
    assert_eq!(read(&vault), 200);
    order(&vault, &["outage", "sealed"]);
    assert_eq!(read(&vault), 503);
    order(&vault, &["outage", "off", "sealed"]);
    assert_eq!(read(&vault), 200);
}
