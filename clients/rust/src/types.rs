// Made by clients/generate from the control API's OpenAPI document.
use serde_json::{Map, Value};

use crate::Duration;

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Rule(Map<String, Value>);

impl Rule {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `id`.
    pub fn id(self, value: &str) -> Self {
        self.field("id", value)
    }

    /// Sets `priority`.
    pub fn priority(self, value: i64) -> Self {
        self.field("priority", value)
    }

    /// Sets `enabled`.
    pub fn enabled(self, value: bool) -> Self {
        self.field("enabled", value)
    }

    /// Sets `expires_in`.
    pub fn expires_in(self, value: impl Into<Duration>) -> Self {
        self.field("expires_in", value.into())
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `connections`.
    pub fn connections(self, value: &str) -> Self {
        self.field("connections", value)
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `when`.
    pub fn when(self, value: When) -> Self {
        self.field("when", value)
    }

    /// Sets `then`.
    pub fn then(self, value: impl Into<Value>) -> Self {
        self.field("then", value)
    }

    /// Sets `commit`.
    pub fn commit(self, value: &str) -> Self {
        self.field("commit", value)
    }
}

impl From<Rule> for Value {
    fn from(body: Rule) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Match(Map<String, Value>);

impl Match {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `method`.
    pub fn method(self, value: impl Into<Value>) -> Self {
        self.field("method", value)
    }

    /// Sets `path`.
    pub fn path(self, value: impl Into<Value>) -> Self {
        self.field("path", value)
    }

    /// Sets `op`.
    pub fn op(self, value: impl Into<Value>) -> Self {
        self.field("op", value)
    }

    /// Sets `mount`.
    pub fn mount(self, value: impl Into<Value>) -> Self {
        self.field("mount", value)
    }

    /// Sets `token`.
    pub fn token(self, value: MatchToken) -> Self {
        self.field("token", value)
    }

    /// Sets `namespace`.
    pub fn namespace(self, value: impl Into<Value>) -> Self {
        self.field("namespace", value)
    }

    /// Sets `space`.
    pub fn space(self, value: impl Into<Value>) -> Self {
        self.field("space", value)
    }

    /// Sets `client_ip`.
    pub fn client_ip(self, value: impl Into<Value>) -> Self {
        self.field("client_ip", value)
    }

    /// Sets `node`.
    pub fn node(self, value: impl Into<Value>) -> Self {
        self.field("node", value)
    }

    /// Sets `header`.
    pub fn header(self, value: impl Into<Value>) -> Self {
        self.field("header", value)
    }

    /// Sets `query`.
    pub fn query(self, value: impl Into<Value>) -> Self {
        self.field("query", value)
    }

    /// Sets `body`.
    pub fn body(self, value: impl Into<Value>) -> Self {
        self.field("body", value)
    }

    /// Sets `conn`.
    pub fn conn(self, value: MatchConnection) -> Self {
        self.field("conn", value)
    }

    /// Sets `not`.
    pub fn not(self, value: Match) -> Self {
        self.field("not", value)
    }
}

impl From<Match> for Value {
    fn from(body: Match) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct MatchToken(Map<String, Value>);

impl MatchToken {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `id`.
    pub fn id(self, value: impl Into<Value>) -> Self {
        self.field("id", value)
    }

    /// Sets `accessor`.
    pub fn accessor(self, value: impl Into<Value>) -> Self {
        self.field("accessor", value)
    }

    /// Sets `policy`.
    pub fn policy(self, value: impl Into<Value>) -> Self {
        self.field("policy", value)
    }

    /// Sets `role`.
    pub fn role(self, value: impl Into<Value>) -> Self {
        self.field("role", value)
    }

    /// Sets `auth_mount`.
    pub fn auth_mount(self, value: impl Into<Value>) -> Self {
        self.field("auth_mount", value)
    }

    /// Sets `none`.
    pub fn none(self, value: impl Into<Value>) -> Self {
        self.field("none", value)
    }
}

impl From<MatchToken> for Value {
    fn from(body: MatchToken) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct MatchConnection(Map<String, Value>);

impl MatchConnection {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `tls`.
    pub fn tls(self, value: impl Into<Value>) -> Self {
        self.field("tls", value)
    }

    /// Sets `reused`.
    pub fn reused(self, value: impl Into<Value>) -> Self {
        self.field("reused", value)
    }

    /// Sets `nth`.
    pub fn nth(self, value: impl Into<Value>) -> Self {
        self.field("nth", value)
    }

    /// Sets `idle`.
    pub fn idle(self, value: impl Into<Duration>) -> Self {
        self.field("idle", value.into())
    }
}

impl From<MatchConnection> for Value {
    fn from(body: MatchConnection) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct When(Map<String, Value>);

impl When {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `skip`.
    pub fn skip(self, value: i64) -> Self {
        self.field("skip", value)
    }

    /// Sets `times`.
    pub fn times(self, value: i64) -> Self {
        self.field("times", value)
    }

    /// Sets `every`.
    pub fn every(self, value: i64) -> Self {
        self.field("every", value)
    }

    /// Sets `nth`.
    pub fn nth(self, value: impl Into<Value>) -> Self {
        self.field("nth", value)
    }

    /// Sets `probability`.
    pub fn probability(self, value: f64) -> Self {
        self.field("probability", value)
    }

    /// Sets `ramp`.
    pub fn ramp(self, value: impl Into<Duration>) -> Self {
        self.field("ramp", value.into())
    }

    /// Sets `seed`.
    pub fn seed(self, value: i64) -> Self {
        self.field("seed", value)
    }

    /// Sets `after`.
    pub fn after(self, value: impl Into<Duration>) -> Self {
        self.field("after", value.into())
    }

    /// Sets `for`.
    pub fn for_(self, value: impl Into<Duration>) -> Self {
        self.field("for", value.into())
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `on`.
    pub fn on(self, value: &str) -> Self {
        self.field("on", value)
    }

    /// Sets `until`.
    pub fn until(self, value: &str) -> Self {
        self.field("until", value)
    }

    /// Sets `max_active`.
    pub fn max_active(self, value: i64) -> Self {
        self.field("max_active", value)
    }

    /// Sets `open_over`.
    pub fn open_over(self, value: i64) -> Self {
        self.field("open_over", value)
    }

    /// Sets `over`.
    pub fn over(self, value: Over) -> Self {
        self.field("over", value)
    }
}

impl From<When> for Value {
    fn from(body: When) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Over(Map<String, Value>);

impl Over {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `rate`.
    pub fn rate(self, value: i64) -> Self {
        self.field("rate", value)
    }

    /// Sets `per`.
    pub fn per(self, value: impl Into<Duration>) -> Self {
        self.field("per", value.into())
    }

    /// Sets `block`.
    pub fn block(self, value: impl Into<Duration>) -> Self {
        self.field("block", value.into())
    }
}

impl From<Over> for Value {
    fn from(body: Over) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Outage(Map<String, Value>);

impl Outage {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `params`.
    pub fn params(self, value: impl Into<Value>) -> Self {
        self.field("params", value)
    }

    /// Sets `for`.
    pub fn for_(self, value: impl Into<Duration>) -> Self {
        self.field("for", value.into())
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `after`.
    pub fn after(self, value: impl Into<Duration>) -> Self {
        self.field("after", value.into())
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `id`.
    pub fn id(self, value: &str) -> Self {
        self.field("id", value)
    }
}

impl From<Outage> for Value {
    fn from(body: Outage) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct ClockMode(Map<String, Value>);

impl ClockMode {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `mode`.
    pub fn mode(self, value: &str) -> Self {
        self.field("mode", value)
    }

    /// Sets `now`.
    pub fn now(self, value: &str) -> Self {
        self.field("now", value)
    }

    /// Sets `offset`.
    pub fn offset(self, value: impl Into<Duration>) -> Self {
        self.field("offset", value.into())
    }

    /// Sets `rate`.
    pub fn rate(self, value: f64) -> Self {
        self.field("rate", value)
    }

    /// Sets `ttl_scale`.
    pub fn ttl_scale(self, value: f64) -> Self {
        self.field("ttl_scale", value)
    }

    /// Sets `skew`.
    pub fn skew(self, value: impl Into<Duration>) -> Self {
        self.field("skew", value.into())
    }
}

impl From<ClockMode> for Value {
    fn from(body: ClockMode) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct ClockAdvance(Map<String, Value>);

impl ClockAdvance {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `by`.
    pub fn by(self, value: impl Into<Duration>) -> Self {
        self.field("by", value.into())
    }

    /// Sets `to`.
    pub fn to(self, value: &str) -> Self {
        self.field("to", value)
    }
}

impl From<ClockAdvance> for Value {
    fn from(body: ClockAdvance) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Find(Map<String, Value>);

impl Find {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `status`.
    pub fn status(self, value: impl Into<Value>) -> Self {
        self.field("status", value)
    }

    /// Sets `rule`.
    pub fn rule(self, value: &str) -> Self {
        self.field("rule", value)
    }

    /// Sets `since`.
    pub fn since(self, value: impl Into<Value>) -> Self {
        self.field("since", value)
    }

    /// Sets `limit`.
    pub fn limit(self, value: i64) -> Self {
        self.field("limit", value)
    }
}

impl From<Find> for Value {
    fn from(body: Find) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Wait(Map<String, Value>);

impl Wait {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `status`.
    pub fn status(self, value: impl Into<Value>) -> Self {
        self.field("status", value)
    }

    /// Sets `rule`.
    pub fn rule(self, value: &str) -> Self {
        self.field("rule", value)
    }

    /// Sets `since`.
    pub fn since(self, value: impl Into<Value>) -> Self {
        self.field("since", value)
    }

    /// Sets `limit`.
    pub fn limit(self, value: i64) -> Self {
        self.field("limit", value)
    }

    /// Sets `n`.
    pub fn n(self, value: i64) -> Self {
        self.field("n", value)
    }

    /// Sets `timeout`.
    pub fn timeout(self, value: impl Into<Duration>) -> Self {
        self.field("timeout", value.into())
    }
}

impl From<Wait> for Value {
    fn from(body: Wait) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Verify(Map<String, Value>);

impl Verify {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `status`.
    pub fn status(self, value: impl Into<Value>) -> Self {
        self.field("status", value)
    }

    /// Sets `rule`.
    pub fn rule(self, value: impl Into<Value>) -> Self {
        self.field("rule", value)
    }

    /// Sets `since`.
    pub fn since(self, value: impl Into<Value>) -> Self {
        self.field("since", value)
    }

    /// Sets `after`.
    pub fn after(self, value: impl Into<Value>) -> Self {
        self.field("after", value)
    }

    /// Sets `before`.
    pub fn before(self, value: impl Into<Value>) -> Self {
        self.field("before", value)
    }

    /// Sets `within`.
    pub fn within(self, value: impl Into<Duration>) -> Self {
        self.field("within", value.into())
    }

    /// Sets `times`.
    pub fn times(self, value: impl Into<Value>) -> Self {
        self.field("times", value)
    }

    /// Sets `spacing`.
    pub fn spacing(self, value: VerifySpacing) -> Self {
        self.field("spacing", value)
    }

    /// Sets `rate`.
    pub fn rate(self, value: VerifyRate) -> Self {
        self.field("rate", value)
    }

    /// Sets `concurrency`.
    pub fn concurrency(self, value: VerifyConcurrency) -> Self {
        self.field("concurrency", value)
    }

    /// Sets `none_after`.
    pub fn none_after(self, value: VerifyNoneAfter) -> Self {
        self.field("none_after", value)
    }

    /// Sets `every`.
    pub fn every(self, value: impl Into<Value>) -> Self {
        self.field("every", value)
    }

    /// Sets `ends_with`.
    pub fn ends_with(self, value: impl Into<Value>) -> Self {
        self.field("ends_with", value)
    }

    /// Sets `distinct`.
    pub fn distinct(self, value: VerifyDistinct) -> Self {
        self.field("distinct", value)
    }

    /// Sets `tokens`.
    pub fn tokens(self, value: VerifyTokens) -> Self {
        self.field("tokens", value)
    }

    /// Sets `secrets_in`.
    pub fn secrets_in(self, value: impl Into<Value>) -> Self {
        self.field("secrets_in", value)
    }

    /// Sets `order`.
    pub fn order(self, value: Vec<Match>) -> Self {
        self.field("order", value)
    }

    /// Sets `strict`.
    pub fn strict(self, value: bool) -> Self {
        self.field("strict", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }
}

impl From<Verify> for Value {
    fn from(body: Verify) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyTimes(Map<String, Value>);

impl VerifyTimes {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `exact`.
    pub fn exact(self, value: i64) -> Self {
        self.field("exact", value)
    }

    /// Sets `min`.
    pub fn min(self, value: i64) -> Self {
        self.field("min", value)
    }

    /// Sets `max`.
    pub fn max(self, value: i64) -> Self {
        self.field("max", value)
    }
}

impl From<VerifyTimes> for Value {
    fn from(body: VerifyTimes) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifySpacing(Map<String, Value>);

impl VerifySpacing {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `min`.
    pub fn min(self, value: impl Into<Duration>) -> Self {
        self.field("min", value.into())
    }

    /// Sets `max`.
    pub fn max(self, value: impl Into<Duration>) -> Self {
        self.field("max", value.into())
    }

    /// Sets `growing`.
    pub fn growing(self, value: f64) -> Self {
        self.field("growing", value)
    }

    /// Sets `jitter`.
    pub fn jitter(self, value: bool) -> Self {
        self.field("jitter", value)
    }
}

impl From<VerifySpacing> for Value {
    fn from(body: VerifySpacing) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyRate(Map<String, Value>);

impl VerifyRate {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `max`.
    pub fn max(self, value: i64) -> Self {
        self.field("max", value)
    }

    /// Sets `per`.
    pub fn per(self, value: impl Into<Duration>) -> Self {
        self.field("per", value.into())
    }
}

impl From<VerifyRate> for Value {
    fn from(body: VerifyRate) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyConcurrency(Map<String, Value>);

impl VerifyConcurrency {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `max`.
    pub fn max(self, value: i64) -> Self {
        self.field("max", value)
    }
}

impl From<VerifyConcurrency> for Value {
    fn from(body: VerifyConcurrency) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyNoneAfter(Map<String, Value>);

impl VerifyNoneAfter {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `event`.
    pub fn event(self, value: &str) -> Self {
        self.field("event", value)
    }

    /// Sets `grace`.
    pub fn grace(self, value: impl Into<Duration>) -> Self {
        self.field("grace", value.into())
    }
}

impl From<VerifyNoneAfter> for Value {
    fn from(body: VerifyNoneAfter) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyAfter(Map<String, Value>);

impl VerifyAfter {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `event`.
    pub fn event(self, value: &str) -> Self {
        self.field("event", value)
    }

    /// Sets `grace`.
    pub fn grace(self, value: impl Into<Duration>) -> Self {
        self.field("grace", value.into())
    }

    /// Sets `which`.
    pub fn which(self, value: &str) -> Self {
        self.field("which", value)
    }
}

impl From<VerifyAfter> for Value {
    fn from(body: VerifyAfter) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyBefore(Map<String, Value>);

impl VerifyBefore {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `event`.
    pub fn event(self, value: &str) -> Self {
        self.field("event", value)
    }

    /// Sets `which`.
    pub fn which(self, value: &str) -> Self {
        self.field("which", value)
    }
}

impl From<VerifyBefore> for Value {
    fn from(body: VerifyBefore) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyDistinct(Map<String, Value>);

impl VerifyDistinct {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `by`.
    pub fn by(self, value: &str) -> Self {
        self.field("by", value)
    }

    /// Sets `exact`.
    pub fn exact(self, value: i64) -> Self {
        self.field("exact", value)
    }

    /// Sets `min`.
    pub fn min(self, value: i64) -> Self {
        self.field("min", value)
    }

    /// Sets `max`.
    pub fn max(self, value: i64) -> Self {
        self.field("max", value)
    }
}

impl From<VerifyDistinct> for Value {
    fn from(body: VerifyDistinct) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct VerifyTokens(Map<String, Value>);

impl VerifyTokens {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `leaked`.
    pub fn leaked(self, value: i64) -> Self {
        self.field("leaked", value)
    }

    /// Sets `unrevoked`.
    pub fn unrevoked(self, value: i64) -> Self {
        self.field("unrevoked", value)
    }
}

impl From<VerifyTokens> for Value {
    fn from(body: VerifyTokens) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Populate(Map<String, Value>);

impl Populate {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `faults`.
    pub fn faults(self, value: Vec<Rule>) -> Self {
        self.field("faults", value)
    }

    /// Sets `nodes`.
    pub fn nodes(self, value: impl Into<Value>) -> Self {
        self.field("nodes", value)
    }

    /// Sets `fixtures`.
    pub fn fixtures(self, value: impl Into<Value>) -> Self {
        self.field("fixtures", value)
    }
}

impl From<Populate> for Value {
    fn from(body: Populate) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Node(Map<String, Value>);

impl Node {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `state`.
    pub fn state(self, value: &str) -> Self {
        self.field("state", value)
    }

    /// Sets `skew`.
    pub fn skew(self, value: impl Into<Duration>) -> Self {
        self.field("skew", value.into())
    }
}

impl From<Node> for Value {
    fn from(body: Node) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Partition(Map<String, Value>);

impl Partition {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `groups`.
    pub fn groups(self, value: impl Into<Value>) -> Self {
        self.field("groups", value)
    }
}

impl From<Partition> for Value {
    fn from(body: Partition) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Network(Map<String, Value>);

impl Network {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `latency`.
    pub fn latency(self, value: impl Into<Duration>) -> Self {
        self.field("latency", value.into())
    }

    /// Sets `loss`.
    pub fn loss(self, value: f64) -> Self {
        self.field("loss", value)
    }
}

impl From<Network> for Value {
    fn from(body: Network) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Tls(Map<String, Value>);

impl Tls {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `cert`.
    pub fn cert(self, value: &str) -> Self {
        self.field("cert", value)
    }

    /// Sets `min`.
    pub fn min(self, value: &str) -> Self {
        self.field("min", value)
    }

    /// Sets `max`.
    pub fn max(self, value: &str) -> Self {
        self.field("max", value)
    }

    /// Sets `alpn`.
    pub fn alpn(self, value: &str) -> Self {
        self.field("alpn", value)
    }

    /// Sets `require_client_cert`.
    pub fn require_client_cert(self, value: bool) -> Self {
        self.field("require_client_cert", value)
    }
}

impl From<Tls> for Value {
    fn from(body: Tls) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Space(Map<String, Value>);

impl Space {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `from`.
    pub fn from(self, value: &str) -> Self {
        self.field("from", value)
    }

    /// Sets `fixtures`.
    pub fn fixtures(self, value: impl Into<Value>) -> Self {
        self.field("fixtures", value)
    }

    /// Sets `faults`.
    pub fn faults(self, value: impl Into<Value>) -> Self {
        self.field("faults", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `seed`.
    pub fn seed(self, value: i64) -> Self {
        self.field("seed", value)
    }

    /// Sets `expires_in`.
    pub fn expires_in(self, value: impl Into<Duration>) -> Self {
        self.field("expires_in", value.into())
    }

    /// Sets `owner`.
    pub fn owner(self, value: &str) -> Self {
        self.field("owner", value)
    }

    /// Sets `listen`.
    pub fn listen(self, value: &str) -> Self {
        self.field("listen", value)
    }
}

impl From<Space> for Value {
    fn from(body: Space) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Explain(Map<String, Value>);

impl Explain {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `request`.
    pub fn request(self, value: Asked) -> Self {
        self.field("request", value)
    }

    /// Sets `seq`.
    pub fn seq(self, value: i64) -> Self {
        self.field("seq", value)
    }
}

impl From<Explain> for Value {
    fn from(body: Explain) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Asked(Map<String, Value>);

impl Asked {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `method`.
    pub fn method(self, value: &str) -> Self {
        self.field("method", value)
    }

    /// Sets `path`.
    pub fn path(self, value: &str) -> Self {
        self.field("path", value)
    }

    /// Sets `token`.
    pub fn token(self, value: &str) -> Self {
        self.field("token", value)
    }

    /// Sets `headers`.
    pub fn headers(self, value: impl Into<Value>) -> Self {
        self.field("headers", value)
    }

    /// Sets `body`.
    pub fn body(self, value: impl Into<Value>) -> Self {
        self.field("body", value)
    }
}

impl From<Asked> for Value {
    fn from(body: Asked) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Scenario(Map<String, Value>);

impl Scenario {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `version`.
    pub fn version(self, value: i64) -> Self {
        self.field("version", value)
    }

    /// Sets `name`.
    pub fn name(self, value: &str) -> Self {
        self.field("name", value)
    }

    /// Sets `description`.
    pub fn description(self, value: &str) -> Self {
        self.field("description", value)
    }

    /// Sets `seed`.
    pub fn seed(self, value: i64) -> Self {
        self.field("seed", value)
    }

    /// Sets `start`.
    pub fn start(self, value: &str) -> Self {
        self.field("start", value)
    }

    /// Sets `begin`.
    pub fn begin(self, value: impl Into<Value>) -> Self {
        self.field("begin", value)
    }

    /// Sets `params`.
    pub fn params(self, value: impl Into<Value>) -> Self {
        self.field("params", value)
    }

    /// Sets `duration`.
    pub fn duration(self, value: impl Into<Duration>) -> Self {
        self.field("duration", value.into())
    }

    /// Sets `nodes`.
    pub fn nodes(self, value: impl Into<Value>) -> Self {
        self.field("nodes", value)
    }

    /// Sets `fixtures`.
    pub fn fixtures(self, value: impl Into<Value>) -> Self {
        self.field("fixtures", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: ClockMode) -> Self {
        self.field("clock", value)
    }

    /// Sets `keep_state`.
    pub fn keep_state(self, value: bool) -> Self {
        self.field("keep_state", value)
    }

    /// Sets `timeline`.
    pub fn timeline(self, value: Vec<ScenarioStep>) -> Self {
        self.field("timeline", value)
    }

    /// Sets `expect`.
    pub fn expect(self, value: Vec<Expectation>) -> Self {
        self.field("expect", value)
    }

    /// Sets `with_nodes`.
    pub fn with_nodes(self, value: impl Into<Value>) -> Self {
        self.field("with_nodes", value)
    }
}

impl From<Scenario> for Value {
    fn from(body: Scenario) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct ScenarioStep(Map<String, Value>);

impl ScenarioStep {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `at`.
    pub fn at(self, value: impl Into<Duration>) -> Self {
        self.field("at", value.into())
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `on`.
    pub fn on(self, value: impl Into<Value>) -> Self {
        self.field("on", value)
    }

    /// Sets `after`.
    pub fn after(self, value: impl Into<Duration>) -> Self {
        self.field("after", value.into())
    }

    /// Sets `do`.
    pub fn do_(self, value: impl Into<Value>) -> Self {
        self.field("do", value)
    }
}

impl From<ScenarioStep> for Value {
    fn from(body: ScenarioStep) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct ScenarioStart(Map<String, Value>);

impl ScenarioStart {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `set`.
    pub fn set(self, value: impl Into<Value>) -> Self {
        self.field("set", value)
    }

    /// Sets `speed`.
    pub fn speed(self, value: f64) -> Self {
        self.field("speed", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `begin`.
    pub fn begin(self, value: &str) -> Self {
        self.field("begin", value)
    }
}

impl From<ScenarioStart> for Value {
    fn from(body: ScenarioStart) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Reset(Map<String, Value>);

impl Reset {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `scenarios`.
    pub fn scenarios(self, value: bool) -> Self {
        self.field("scenarios", value)
    }

    /// Sets `faults`.
    pub fn faults(self, value: bool) -> Self {
        self.field("faults", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: bool) -> Self {
        self.field("clock", value)
    }

    /// Sets `state`.
    pub fn state(self, value: bool) -> Self {
        self.field("state", value)
    }

    /// Sets `journal`.
    pub fn journal(self, value: bool) -> Self {
        self.field("journal", value)
    }

    /// Sets `counters`.
    pub fn counters(self, value: bool) -> Self {
        self.field("counters", value)
    }
}

impl From<Reset> for Value {
    fn from(body: Reset) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct State(Map<String, Value>);

impl State {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl From<State> for Value {
    fn from(body: State) -> Value {
        body.0.into()
    }
}

/// The control API's object of that name.
#[derive(Clone, Debug, Default)]
pub struct Expectation(Map<String, Value>);

impl Expectation {
    /// Without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field by its name.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Sets `match`.
    pub fn match_(self, value: Match) -> Self {
        self.field("match", value)
    }

    /// Sets `status`.
    pub fn status(self, value: impl Into<Value>) -> Self {
        self.field("status", value)
    }

    /// Sets `rule`.
    pub fn rule(self, value: impl Into<Value>) -> Self {
        self.field("rule", value)
    }

    /// Sets `since`.
    pub fn since(self, value: impl Into<Value>) -> Self {
        self.field("since", value)
    }

    /// Sets `after`.
    pub fn after(self, value: impl Into<Value>) -> Self {
        self.field("after", value)
    }

    /// Sets `before`.
    pub fn before(self, value: impl Into<Value>) -> Self {
        self.field("before", value)
    }

    /// Sets `within`.
    pub fn within(self, value: impl Into<Duration>) -> Self {
        self.field("within", value.into())
    }

    /// Sets `times`.
    pub fn times(self, value: impl Into<Value>) -> Self {
        self.field("times", value)
    }

    /// Sets `spacing`.
    pub fn spacing(self, value: VerifySpacing) -> Self {
        self.field("spacing", value)
    }

    /// Sets `rate`.
    pub fn rate(self, value: VerifyRate) -> Self {
        self.field("rate", value)
    }

    /// Sets `concurrency`.
    pub fn concurrency(self, value: VerifyConcurrency) -> Self {
        self.field("concurrency", value)
    }

    /// Sets `none_after`.
    pub fn none_after(self, value: VerifyNoneAfter) -> Self {
        self.field("none_after", value)
    }

    /// Sets `every`.
    pub fn every(self, value: impl Into<Value>) -> Self {
        self.field("every", value)
    }

    /// Sets `ends_with`.
    pub fn ends_with(self, value: impl Into<Value>) -> Self {
        self.field("ends_with", value)
    }

    /// Sets `distinct`.
    pub fn distinct(self, value: VerifyDistinct) -> Self {
        self.field("distinct", value)
    }

    /// Sets `tokens`.
    pub fn tokens(self, value: VerifyTokens) -> Self {
        self.field("tokens", value)
    }

    /// Sets `secrets_in`.
    pub fn secrets_in(self, value: impl Into<Value>) -> Self {
        self.field("secrets_in", value)
    }

    /// Sets `order`.
    pub fn order(self, value: Vec<Match>) -> Self {
        self.field("order", value)
    }

    /// Sets `strict`.
    pub fn strict(self, value: bool) -> Self {
        self.field("strict", value)
    }

    /// Sets `clock`.
    pub fn clock(self, value: &str) -> Self {
        self.field("clock", value)
    }

    /// Sets `name`.
    pub fn name(self, value: &str) -> Self {
        self.field("name", value)
    }
}

impl From<Expectation> for Value {
    fn from(body: Expectation) -> Value {
        body.0.into()
    }
}
