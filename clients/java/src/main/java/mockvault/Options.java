package mockvault;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What a Vault is like from its first request on. */
public final class Options {
  final List<String> flags = new ArrayList<>();
  final List<Consumer<Vault>> steps = new ArrayList<>();
  boolean alone;
  Long seed;
  String from;

  /** Secrets, policies, roles: a Map, JSON, or the name of its file. */
  public Options fixtures(Object document) {
    return step(vault -> vault.populate(document));
  }

  /** Begins in this outage. */
  public Options outage(String name, Api.Outage... how) {
    return step(vault -> vault.outage(name, how));
  }

  /** Begins with this rule. */
  public Options rule(Api.Rule rule) {
    return step(vault -> vault.rule(rule));
  }

  /** Plays a scenario: the name of a shipped one, its file, JSON, or an Api.Scenario. */
  public Options scenario(Object scenario, Api.ScenarioStart... how) {
    return step(vault -> vault.scenario(scenario, how));
  }

  /** Begins with this clock. */
  public Options clock(Api.Clock clock) {
    return step(vault -> vault.clock().set(clock));
  }

  /** Makes every id, token and chance from this number. */
  public Options seed(long number) {
    seed = number;
    return this;
  }

  /** What a space begins as: start, empty, or a snapshot's name. */
  public Options from(String state) {
    from = state;
    return this;
  }

  /** Flags of mockvault server, for a server of its own. */
  public Options flags(String... more) {
    flags.addAll(List.of(more));
    return this;
  }

  /** A server of its own, for outages of a whole server. */
  public Options alone() {
    alone = true;
    return this;
  }

  private Options step(Consumer<Vault> step) {
    steps.add(step);
    return this;
  }

  void prepare(Vault vault) {
    steps.forEach(step -> step.accept(vault));
  }
}
