// Made by clients/generate from the control API's OpenAPI document.
package mockvault;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the control API is sent: new Verify().match(new Match().op("login")).times(2). */
public final class Api {
  private Api() {}

  /** An object of named fields. */
  public abstract static class Body<T extends Body<T>> {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    Body() {}

    abstract T self();

    /** Sets a field by its name. */
    public T set(String name, Object value) {
      fields.put(name, value);
      return self();
    }

    Map<String, Object> fields() {
      return fields;
    }

    static Object oneOrMore(Object... values) {
      return values.length == 1 ? values[0] : List.of(values);
    }
  }

  /** The control API's object of that name. */
  public static final class Rule extends Body<Rule> {
    @Override
    Rule self() {
      return this;
    }

    public Rule id(String value) {
      return set("id", value);
    }

    public Rule priority(long value) {
      return set("priority", value);
    }

    public Rule enabled(boolean value) {
      return set("enabled", value);
    }

    public Rule expiresIn(String value) {
      return set("expires_in", value);
    }

    public Rule expiresIn(Duration value) {
      return set("expires_in", value.toMillis());
    }

    public Rule clock(String value) {
      return set("clock", value);
    }

    public Rule connections(String value) {
      return set("connections", value);
    }

    public Rule match(Match value) {
      return set("match", value);
    }

    public Rule when(When value) {
      return set("when", value);
    }

    public Rule then(Object... values) {
      return set("then", List.of(values));
    }

    public Rule commit(String value) {
      return set("commit", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Match extends Body<Match> {
    @Override
    Match self() {
      return this;
    }

    public Match method(String... values) {
      return set("method", oneOrMore((Object[]) values));
    }

    public Match path(Object value) {
      return set("path", value);
    }

    public Match op(String... values) {
      return set("op", oneOrMore((Object[]) values));
    }

    public Match mount(Object value) {
      return set("mount", value);
    }

    public Match token(MatchToken value) {
      return set("token", value);
    }

    public Match namespace(String... values) {
      return set("namespace", oneOrMore((Object[]) values));
    }

    public Match space(String... values) {
      return set("space", oneOrMore((Object[]) values));
    }

    public Match clientIp(String... values) {
      return set("client_ip", oneOrMore((Object[]) values));
    }

    public Match node(String... values) {
      return set("node", oneOrMore((Object[]) values));
    }

    public Match header(Map<String, ?> value) {
      return set("header", value);
    }

    public Match query(Map<String, ?> value) {
      return set("query", value);
    }

    public Match body(Map<String, ?> value) {
      return set("body", value);
    }

    public Match conn(MatchConnection value) {
      return set("conn", value);
    }

    public Match not(Match value) {
      return set("not", value);
    }
  }

  /** The control API's object of that name. */
  public static final class MatchToken extends Body<MatchToken> {
    @Override
    MatchToken self() {
      return this;
    }

    public MatchToken id(String... values) {
      return set("id", oneOrMore((Object[]) values));
    }

    public MatchToken accessor(String... values) {
      return set("accessor", oneOrMore((Object[]) values));
    }

    public MatchToken policy(String... values) {
      return set("policy", oneOrMore((Object[]) values));
    }

    public MatchToken role(String... values) {
      return set("role", oneOrMore((Object[]) values));
    }

    public MatchToken authMount(String... values) {
      return set("auth_mount", oneOrMore((Object[]) values));
    }

    public MatchToken none(Object value) {
      return set("none", value);
    }
  }

  /** The control API's object of that name. */
  public static final class MatchConnection extends Body<MatchConnection> {
    @Override
    MatchConnection self() {
      return this;
    }

    public MatchConnection tls(Object value) {
      return set("tls", value);
    }

    public MatchConnection reused(Object value) {
      return set("reused", value);
    }

    public MatchConnection nth(Object value) {
      return set("nth", value);
    }

    public MatchConnection idle(String value) {
      return set("idle", value);
    }

    public MatchConnection idle(Duration value) {
      return set("idle", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class When extends Body<When> {
    @Override
    When self() {
      return this;
    }

    public When skip(long value) {
      return set("skip", value);
    }

    public When times(long value) {
      return set("times", value);
    }

    public When every(long value) {
      return set("every", value);
    }

    public When nth(Object value) {
      return set("nth", value);
    }

    public When probability(double value) {
      return set("probability", value);
    }

    public When ramp(String value) {
      return set("ramp", value);
    }

    public When ramp(Duration value) {
      return set("ramp", value.toMillis());
    }

    public When seed(long value) {
      return set("seed", value);
    }

    public When after(String value) {
      return set("after", value);
    }

    public When after(Duration value) {
      return set("after", value.toMillis());
    }

    public When for_(String value) {
      return set("for", value);
    }

    public When for_(Duration value) {
      return set("for", value.toMillis());
    }

    public When clock(String value) {
      return set("clock", value);
    }

    public When on(String value) {
      return set("on", value);
    }

    public When until(String value) {
      return set("until", value);
    }

    public When maxActive(long value) {
      return set("max_active", value);
    }

    public When openOver(long value) {
      return set("open_over", value);
    }

    public When over(Over value) {
      return set("over", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Over extends Body<Over> {
    @Override
    Over self() {
      return this;
    }

    public Over rate(long value) {
      return set("rate", value);
    }

    public Over per(String value) {
      return set("per", value);
    }

    public Over per(Duration value) {
      return set("per", value.toMillis());
    }

    public Over block(String value) {
      return set("block", value);
    }

    public Over block(Duration value) {
      return set("block", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class Outage extends Body<Outage> {
    @Override
    Outage self() {
      return this;
    }

    public Outage params(Map<String, ?> value) {
      return set("params", value);
    }

    public Outage for_(String value) {
      return set("for", value);
    }

    public Outage for_(Duration value) {
      return set("for", value.toMillis());
    }

    public Outage match(Match value) {
      return set("match", value);
    }

    public Outage after(String value) {
      return set("after", value);
    }

    public Outage after(Duration value) {
      return set("after", value.toMillis());
    }

    public Outage clock(String value) {
      return set("clock", value);
    }

    public Outage id(String value) {
      return set("id", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Clock extends Body<Clock> {
    @Override
    Clock self() {
      return this;
    }

    public Clock mode(String value) {
      return set("mode", value);
    }

    public Clock now(String value) {
      return set("now", value);
    }

    public Clock offset(String value) {
      return set("offset", value);
    }

    public Clock offset(Duration value) {
      return set("offset", value.toMillis());
    }

    public Clock rate(double value) {
      return set("rate", value);
    }

    public Clock ttlScale(double value) {
      return set("ttl_scale", value);
    }

    public Clock skew(String value) {
      return set("skew", value);
    }

    public Clock skew(Duration value) {
      return set("skew", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class ClockAdvance extends Body<ClockAdvance> {
    @Override
    ClockAdvance self() {
      return this;
    }

    public ClockAdvance by(String value) {
      return set("by", value);
    }

    public ClockAdvance by(Duration value) {
      return set("by", value.toMillis());
    }

    public ClockAdvance to(String value) {
      return set("to", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Find extends Body<Find> {
    @Override
    Find self() {
      return this;
    }

    public Find match(Match value) {
      return set("match", value);
    }

    public Find status(Object value) {
      return set("status", value);
    }

    public Find rule(String value) {
      return set("rule", value);
    }

    public Find since(Object value) {
      return set("since", value);
    }

    public Find limit(long value) {
      return set("limit", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Wait extends Body<Wait> {
    @Override
    Wait self() {
      return this;
    }

    public Wait match(Match value) {
      return set("match", value);
    }

    public Wait status(Object value) {
      return set("status", value);
    }

    public Wait rule(String value) {
      return set("rule", value);
    }

    public Wait since(Object value) {
      return set("since", value);
    }

    public Wait limit(long value) {
      return set("limit", value);
    }

    public Wait n(long value) {
      return set("n", value);
    }

    public Wait timeout(String value) {
      return set("timeout", value);
    }

    public Wait timeout(Duration value) {
      return set("timeout", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class Verify extends Body<Verify> {
    @Override
    Verify self() {
      return this;
    }

    public Verify match(Match value) {
      return set("match", value);
    }

    public Verify status(Object value) {
      return set("status", value);
    }

    public Verify rule(Object value) {
      return set("rule", value);
    }

    public Verify since(Object value) {
      return set("since", value);
    }

    public Verify after(Object value) {
      return set("after", value);
    }

    public Verify before(Object value) {
      return set("before", value);
    }

    public Verify within(String value) {
      return set("within", value);
    }

    public Verify within(Duration value) {
      return set("within", value.toMillis());
    }

    public Verify times(Object value) {
      return set("times", value);
    }

    public Verify spacing(VerifySpacing value) {
      return set("spacing", value);
    }

    public Verify rate(VerifyRate value) {
      return set("rate", value);
    }

    public Verify concurrency(VerifyConcurrency value) {
      return set("concurrency", value);
    }

    public Verify noneAfter(VerifyNoneAfter value) {
      return set("none_after", value);
    }

    public Verify every(Object value) {
      return set("every", value);
    }

    public Verify endsWith(Object value) {
      return set("ends_with", value);
    }

    public Verify distinct(VerifyDistinct value) {
      return set("distinct", value);
    }

    public Verify tokens(VerifyTokens value) {
      return set("tokens", value);
    }

    public Verify secretsIn(String... values) {
      return set("secrets_in", oneOrMore((Object[]) values));
    }

    public Verify order(Match... values) {
      return set("order", List.of((Object[]) values));
    }

    public Verify strict(boolean value) {
      return set("strict", value);
    }

    public Verify clock(String value) {
      return set("clock", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyTimes extends Body<VerifyTimes> {
    @Override
    VerifyTimes self() {
      return this;
    }

    public VerifyTimes exact(long value) {
      return set("exact", value);
    }

    public VerifyTimes min(long value) {
      return set("min", value);
    }

    public VerifyTimes max(long value) {
      return set("max", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifySpacing extends Body<VerifySpacing> {
    @Override
    VerifySpacing self() {
      return this;
    }

    public VerifySpacing min(String value) {
      return set("min", value);
    }

    public VerifySpacing min(Duration value) {
      return set("min", value.toMillis());
    }

    public VerifySpacing max(String value) {
      return set("max", value);
    }

    public VerifySpacing max(Duration value) {
      return set("max", value.toMillis());
    }

    public VerifySpacing growing(double value) {
      return set("growing", value);
    }

    public VerifySpacing jitter(boolean value) {
      return set("jitter", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyRate extends Body<VerifyRate> {
    @Override
    VerifyRate self() {
      return this;
    }

    public VerifyRate max(long value) {
      return set("max", value);
    }

    public VerifyRate per(String value) {
      return set("per", value);
    }

    public VerifyRate per(Duration value) {
      return set("per", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyConcurrency extends Body<VerifyConcurrency> {
    @Override
    VerifyConcurrency self() {
      return this;
    }

    public VerifyConcurrency max(long value) {
      return set("max", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyNoneAfter extends Body<VerifyNoneAfter> {
    @Override
    VerifyNoneAfter self() {
      return this;
    }

    public VerifyNoneAfter event(String value) {
      return set("event", value);
    }

    public VerifyNoneAfter grace(String value) {
      return set("grace", value);
    }

    public VerifyNoneAfter grace(Duration value) {
      return set("grace", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyAfter extends Body<VerifyAfter> {
    @Override
    VerifyAfter self() {
      return this;
    }

    public VerifyAfter event(String value) {
      return set("event", value);
    }

    public VerifyAfter grace(String value) {
      return set("grace", value);
    }

    public VerifyAfter grace(Duration value) {
      return set("grace", value.toMillis());
    }

    public VerifyAfter which(String value) {
      return set("which", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyBefore extends Body<VerifyBefore> {
    @Override
    VerifyBefore self() {
      return this;
    }

    public VerifyBefore event(String value) {
      return set("event", value);
    }

    public VerifyBefore which(String value) {
      return set("which", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyDistinct extends Body<VerifyDistinct> {
    @Override
    VerifyDistinct self() {
      return this;
    }

    public VerifyDistinct by(String value) {
      return set("by", value);
    }

    public VerifyDistinct exact(long value) {
      return set("exact", value);
    }

    public VerifyDistinct min(long value) {
      return set("min", value);
    }

    public VerifyDistinct max(long value) {
      return set("max", value);
    }
  }

  /** The control API's object of that name. */
  public static final class VerifyTokens extends Body<VerifyTokens> {
    @Override
    VerifyTokens self() {
      return this;
    }

    public VerifyTokens leaked(long value) {
      return set("leaked", value);
    }

    public VerifyTokens unrevoked(long value) {
      return set("unrevoked", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Populate extends Body<Populate> {
    @Override
    Populate self() {
      return this;
    }

    public Populate faults(Rule... values) {
      return set("faults", List.of((Object[]) values));
    }

    public Populate nodes(Map<String, ?> value) {
      return set("nodes", value);
    }

    public Populate fixtures(Map<String, ?> value) {
      return set("fixtures", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Node extends Body<Node> {
    @Override
    Node self() {
      return this;
    }

    public Node state(String value) {
      return set("state", value);
    }

    public Node skew(String value) {
      return set("skew", value);
    }

    public Node skew(Duration value) {
      return set("skew", value.toMillis());
    }
  }

  /** The control API's object of that name. */
  public static final class Partition extends Body<Partition> {
    @Override
    Partition self() {
      return this;
    }

    public Partition groups(Object... values) {
      return set("groups", List.of(values));
    }
  }

  /** The control API's object of that name. */
  public static final class Network extends Body<Network> {
    @Override
    Network self() {
      return this;
    }

    public Network latency(String value) {
      return set("latency", value);
    }

    public Network latency(Duration value) {
      return set("latency", value.toMillis());
    }

    public Network loss(double value) {
      return set("loss", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Tls extends Body<Tls> {
    @Override
    Tls self() {
      return this;
    }

    public Tls cert(String value) {
      return set("cert", value);
    }

    public Tls min(String value) {
      return set("min", value);
    }

    public Tls max(String value) {
      return set("max", value);
    }

    public Tls alpn(String value) {
      return set("alpn", value);
    }

    public Tls requireClientCert(boolean value) {
      return set("require_client_cert", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Space extends Body<Space> {
    @Override
    Space self() {
      return this;
    }

    public Space from(String value) {
      return set("from", value);
    }

    public Space fixtures(Map<String, ?> value) {
      return set("fixtures", value);
    }

    public Space faults(Object... values) {
      return set("faults", List.of(values));
    }

    public Space clock(String value) {
      return set("clock", value);
    }

    public Space seed(long value) {
      return set("seed", value);
    }

    public Space expiresIn(String value) {
      return set("expires_in", value);
    }

    public Space expiresIn(Duration value) {
      return set("expires_in", value.toMillis());
    }

    public Space owner(String value) {
      return set("owner", value);
    }

    public Space listen(String value) {
      return set("listen", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Explain extends Body<Explain> {
    @Override
    Explain self() {
      return this;
    }

    public Explain request(Asked value) {
      return set("request", value);
    }

    public Explain seq(long value) {
      return set("seq", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Asked extends Body<Asked> {
    @Override
    Asked self() {
      return this;
    }

    public Asked method(String value) {
      return set("method", value);
    }

    public Asked path(String value) {
      return set("path", value);
    }

    public Asked token(String value) {
      return set("token", value);
    }

    public Asked headers(Map<String, ?> value) {
      return set("headers", value);
    }

    public Asked body(Object value) {
      return set("body", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Scenario extends Body<Scenario> {
    @Override
    Scenario self() {
      return this;
    }

    public Scenario version(long value) {
      return set("version", value);
    }

    public Scenario name(String value) {
      return set("name", value);
    }

    public Scenario description(String value) {
      return set("description", value);
    }

    public Scenario seed(long value) {
      return set("seed", value);
    }

    public Scenario start(String value) {
      return set("start", value);
    }

    public Scenario begin(Object value) {
      return set("begin", value);
    }

    public Scenario params(Map<String, ?> value) {
      return set("params", value);
    }

    public Scenario duration(String value) {
      return set("duration", value);
    }

    public Scenario duration(Duration value) {
      return set("duration", value.toMillis());
    }

    public Scenario nodes(Object... values) {
      return set("nodes", List.of(values));
    }

    public Scenario fixtures(Map<String, ?> value) {
      return set("fixtures", value);
    }

    public Scenario clock(Clock value) {
      return set("clock", value);
    }

    public Scenario keepState(boolean value) {
      return set("keep_state", value);
    }

    public Scenario timeline(ScenarioStep... values) {
      return set("timeline", List.of((Object[]) values));
    }

    public Scenario expect(Expectation... values) {
      return set("expect", List.of((Object[]) values));
    }

    public Scenario withNodes(Map<String, ?> value) {
      return set("with_nodes", value);
    }
  }

  /** The control API's object of that name. */
  public static final class ScenarioStep extends Body<ScenarioStep> {
    @Override
    ScenarioStep self() {
      return this;
    }

    public ScenarioStep at(String value) {
      return set("at", value);
    }

    public ScenarioStep at(Duration value) {
      return set("at", value.toMillis());
    }

    public ScenarioStep clock(String value) {
      return set("clock", value);
    }

    public ScenarioStep on(Object value) {
      return set("on", value);
    }

    public ScenarioStep after(String value) {
      return set("after", value);
    }

    public ScenarioStep after(Duration value) {
      return set("after", value.toMillis());
    }

    public ScenarioStep do_(Object value) {
      return set("do", value);
    }
  }

  /** The control API's object of that name. */
  public static final class ScenarioStart extends Body<ScenarioStart> {
    @Override
    ScenarioStart self() {
      return this;
    }

    public ScenarioStart set(Map<String, ?> value) {
      return set("set", value);
    }

    public ScenarioStart speed(double value) {
      return set("speed", value);
    }

    public ScenarioStart clock(String value) {
      return set("clock", value);
    }

    public ScenarioStart begin(String value) {
      return set("begin", value);
    }
  }

  /** The control API's object of that name. */
  public static final class Reset extends Body<Reset> {
    @Override
    Reset self() {
      return this;
    }

    public Reset scenarios(boolean value) {
      return set("scenarios", value);
    }

    public Reset faults(boolean value) {
      return set("faults", value);
    }

    public Reset clock(boolean value) {
      return set("clock", value);
    }

    public Reset state(boolean value) {
      return set("state", value);
    }

    public Reset journal(boolean value) {
      return set("journal", value);
    }

    public Reset counters(boolean value) {
      return set("counters", value);
    }
  }

  /** The control API's object of that name. */
  public static final class State extends Body<State> {
    @Override
    State self() {
      return this;
    }
  }

  /** The control API's object of that name. */
  public static final class Expectation extends Body<Expectation> {
    @Override
    Expectation self() {
      return this;
    }

    public Expectation match(Match value) {
      return set("match", value);
    }

    public Expectation status(Object value) {
      return set("status", value);
    }

    public Expectation rule(Object value) {
      return set("rule", value);
    }

    public Expectation since(Object value) {
      return set("since", value);
    }

    public Expectation after(Object value) {
      return set("after", value);
    }

    public Expectation before(Object value) {
      return set("before", value);
    }

    public Expectation within(String value) {
      return set("within", value);
    }

    public Expectation within(Duration value) {
      return set("within", value.toMillis());
    }

    public Expectation times(Object value) {
      return set("times", value);
    }

    public Expectation spacing(VerifySpacing value) {
      return set("spacing", value);
    }

    public Expectation rate(VerifyRate value) {
      return set("rate", value);
    }

    public Expectation concurrency(VerifyConcurrency value) {
      return set("concurrency", value);
    }

    public Expectation noneAfter(VerifyNoneAfter value) {
      return set("none_after", value);
    }

    public Expectation every(Object value) {
      return set("every", value);
    }

    public Expectation endsWith(Object value) {
      return set("ends_with", value);
    }

    public Expectation distinct(VerifyDistinct value) {
      return set("distinct", value);
    }

    public Expectation tokens(VerifyTokens value) {
      return set("tokens", value);
    }

    public Expectation secretsIn(String... values) {
      return set("secrets_in", oneOrMore((Object[]) values));
    }

    public Expectation order(Match... values) {
      return set("order", List.of((Object[]) values));
    }

    public Expectation strict(boolean value) {
      return set("strict", value);
    }

    public Expectation clock(String value) {
      return set("clock", value);
    }

    public Expectation name(String value) {
      return set("name", value);
    }
  }
}
