use serde_json::Value;

use crate::{Clock, Outage, Rule, ScenarioStart, Server, Vault};

type Step = Box<dyn FnOnce(&Vault)>;

/// What a Vault is like from its first request on.
#[derive(Default)]
#[must_use]
pub struct Options {
    pub(crate) flags: Vec<String>,
    pub(crate) alone: bool,
    pub(crate) seed: Option<u64>,
    pub(crate) from: Option<String>,
    steps: Vec<Step>,
}

impl Options {
    /// As the server begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Secrets, policies, roles: a value, JSON, or the name of its file.
    pub fn fixtures(self, document: impl Into<Value>) -> Self {
        let document = document.into();
        self.step(|vault| vault.populate(document))
    }

    /// Begins in this outage.
    pub fn outage(self, name: &str, how: Outage) -> Self {
        let name = name.to_string();
        self.step(move |vault| vault.outage(&name, how).keep())
    }

    /// Begins with this rule.
    pub fn rule(self, rule: Rule) -> Self {
        self.step(|vault| vault.rule(rule).keep())
    }

    /// Plays a scenario: the name of a shipped one, its file, JSON, or a value.
    pub fn scenario(self, scenario: impl Into<Value>, how: ScenarioStart) -> Self {
        let scenario = scenario.into();
        self.step(|vault| vault.scenario(scenario, how).keep())
    }

    /// Begins with the vault's time, as this changes it.
    pub fn clock(self, set: impl FnOnce(&Clock<'_>) + 'static) -> Self {
        self.step(|vault| set(&vault.clock()))
    }

    /// Makes every id, token and chance from this number.
    pub fn seed(mut self, number: u64) -> Self {
        self.seed = Some(number);
        self
    }

    /// What a space begins as: start, empty, or a snapshot's name.
    pub fn from(mut self, state: &str) -> Self {
        self.from = Some(state.to_string());
        self
    }

    /// A flag of mockvault server, for a server of its own.
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_string());
        self
    }

    /// A server of its own, for outages of a whole server.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// A Vault of the process's server.
    #[track_caller]
    pub fn start(self) -> Vault {
        Server::shared().vault(self)
    }

    fn step(mut self, step: impl FnOnce(&Vault) + 'static) -> Self {
        self.steps.push(Box::new(step));
        self
    }

    pub(crate) fn prepare(self, vault: &Vault) {
        for step in self.steps {
            step(vault);
        }
    }
}
