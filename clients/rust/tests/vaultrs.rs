//! With the feature vaultrs: the community's client.
#![cfg(feature = "vaultrs")]

use std::collections::HashMap;

use mockvault::{Match, Options, Outage, Server, Vault, Verify};
use serde_json::json;
use vaultrs::client::Client;
use vaultrs::{kv2, token};

fn seeded(value: &str) -> Options {
    Options::new().fixtures(json!({"kv": {"secret/app": {"k": value}}}))
}

async fn read(client: &impl Client) -> Option<String> {
    let found: HashMap<String, String> = kv2::read(client, "secret", "app").await.ok()?;
    found.get("k").cloned()
}

async fn uses(vault: &Vault, value: &str) {
    let mut client = vault.client();
    assert_eq!(read(&client).await.as_deref(), Some(value));
    {
        let _sealed = vault.outage("sealed", Outage::new());
        assert_eq!(read(&client).await, None);
    }
    assert_eq!(read(&client).await.as_deref(), Some(value));
    vault.verify(
        Verify::new()
            .match_(Match::new().path("secret/**"))
            .times(3)
            .ends_with("success"),
    );
    if !vault.addr().contains("/s/") {
        // What a login gives is used as it is.
        let made = token::new(&client, None).await.unwrap();
        client.set_token(&made.client_token);
        assert_eq!(read(&client).await.as_deref(), Some(value));
    }
}

#[tokio::test]
async fn two_spaces() {
    let (a, b) = (seeded("a").start(), seeded("b").start());
    assert_ne!(a.addr(), b.addr());
    uses(&a, "a").await;
    uses(&b, "b").await;
}

#[tokio::test]
async fn a_joined_server() {
    let ours = Server::start(&[]);
    let joined = Server::join(ours.main());
    let (a, b) = (joined.vault(seeded("a")), joined.vault(seeded("b")));
    uses(&a, "a").await;
    uses(&b, "b").await;
}
