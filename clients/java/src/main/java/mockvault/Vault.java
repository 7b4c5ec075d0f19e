package mockvault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** A Vault that a test has for itself. */
public final class Vault implements AutoCloseable {
  private static final int SHOWN = 20; // requests that a report has

  private final Server server;
  private final String addr;
  private final Control control;
  private final Clock clock = new Clock();
  private final List<String> scenarios = new ArrayList<>();
  private Runnable release;

  Vault(Server server, String prefix, Runnable release) {
    this.server = server;
    this.addr = server.main + prefix;
    this.control = new Control(server.admin + prefix);
    this.release = release;
  }

  /** One of the process's server, until its close(). */
  public static Vault start() {
    return start(new Options());
  }

  /** One as the options want it. */
  public static Vault start(Options options) {
    return Server.shared().vault(options);
  }

  /** What VAULT_ADDR would say. */
  public String addr() {
    return addr;
  }

  /** A root token, what VAULT_TOKEN would say. */
  public String token() {
    return server.token;
  }

  /** The environment of an application that uses it. */
  public Map<String, String> environment() {
    return Map.of("VAULT_ADDR", addr, "VAULT_TOKEN", token());
  }

  /**
   * Spring's properties of it, for a method with @DynamicPropertySource: {@code
   * vault.properties(registry::add)}. Spring takes a path for the whole one, v1 with it.
   */
  public void properties(BiConsumer<String, Supplier<Object>> registry) {
    for (var prefix : List.of("spring.cloud.vault", "vault")) {
      registry.accept(prefix + ".uri", () -> addr + "/v1");
      registry.accept(prefix + ".token", this::token);
    }
  }

  /** Vault's API with the root token: send("GET", "secret/data/app", null). */
  public HttpResponse<String> send(String method, String path, String body) {
    return Control.send(
        HttpRequest.newBuilder(URI.create(addr + "/v1/" + path))
            .header("X-Vault-Token", token())
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  /** The vault's time. */
  public Clock clock() {
    return clock;
  }

  /** Gives it up. */
  @Override
  public void close() {
    var last = release;
    release = null;
    if (last != null) {
      last.run();
    }
  }

  // ---- what is in it ----

  /** Puts a document of fixtures in force: a Map, JSON, or the name of its file. */
  public void populate(Object fixtures) {
    control.call("POST", "/populate", Map.of("fixtures", document(fixtures)));
  }

  /** Keeps the state under this name. */
  public void snapshot(String name) {
    control.call("PUT", "/snapshots/" + name);
  }

  /** Puts the state back to a snapshot. */
  public void restore(String name) {
    control.call("POST", "/snapshots/" + name + "/restore");
  }

  /** All as it was at the start: state, rules, clock and journal. */
  public void reset() {
    control.call("POST", "/reset");
  }

  /** Text that begins as JSON is JSON, other text a file's name. */
  private static Object document(Object value) {
    try {
      if (value instanceof Path path) {
        return Json.read(Files.readString(path));
      }
      if (value instanceof String text) {
        return Json.read(text.startsWith("{") ? text : Files.readString(Path.of(text)));
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- what goes wrong ----

  /** What goes on until its close(). */
  public interface Ending extends AutoCloseable {
    @Override
    void close();
  }

  /** Turns an outage on, until the close() of what it returns. */
  public Ending outage(String name, Api.Outage... how) {
    var run = control.call("PUT", "/outages/" + name, how.length > 0 ? how[0] : Map.of());
    if (!Boolean.TRUE.equals(run.get("active"))) {
      return () -> {}; // final: it is done
    }
    return ending("/outages/" + run.get("id"));
  }

  /** Adds a rule, until the close() of what it returns. */
  public Ending rule(Api.Rule rule) {
    return ending("/faults/" + control.call("POST", "/faults", rule).get("id"));
  }

  private Ending ending(String path) {
    return () -> {
      try {
        control.call("DELETE", path);
      } catch (ControlException e) {
        if (e.status() != 404) {
          throw e; // else it has ended by itself
        }
      }
    };
  }

  /**
   * Starts a scenario: the name of a shipped one, its file, JSON, or an Api.Scenario. The close()
   * of what it returns ends it and judges its expectations, judge() does at the latest.
   */
  public Ending scenario(Object scenario, Api.ScenarioStart... how) {
    var path = "/scenarios/" + scenario;
    if (!(scenario instanceof String) || ((String) scenario).startsWith("{") || !has(path)) {
      path = "/scenarios/test";
      control.call("PUT", path, document(scenario));
    }
    control.call("POST", path + "/start", how.length > 0 ? how[0] : Map.of());
    scenarios.add(path);
    var started = path;
    return () -> judge(started);
  }

  private boolean has(String path) {
    try {
      control.call("GET", path);
      return true;
    } catch (ControlException e) {
      return false;
    }
  }

  /** Judges the scenarios that were not yet. */
  public void judge() {
    while (!scenarios.isEmpty()) {
      judge(scenarios.get(0));
    }
  }

  private void judge(String path) {
    scenarios.remove(path);
    var story = control.call("GET", path);
    var state = String.valueOf(story.get("state"));
    if (state.equals("running") || state.equals("waiting")) {
      story = control.call("POST", path + "/stop");
    }
    var failed =
        Json.list(story.get("expect")).stream()
            .map(Json::object)
            .filter(x -> !Boolean.TRUE.equals(x.get("ok")))
            .map(x -> x.get("name") + ": " + x.get("reason"))
            .collect(Collectors.joining("\n"));
    if (!failed.isEmpty()) {
      throw new AssertionError(failed);
    }
  }

  // ---- what came ----

  /** Throws an AssertionError unless the journal shows what is claimed. */
  public void verify(Api.Verify... claims) {
    for (var claim : claims) {
      try {
        control.call("POST", "/requests/verify", claim);
      } catch (ControlException e) {
        if (e.status() != 422) {
          throw e;
        }
        var nearest = Json.list(e.body().get("nearest"));
        throw new AssertionError(
            e.body().get("reason")
                + (nearest.isEmpty() ? "" : "\nnearest:\n" + table(nearest))
                + "\nto see them: "
                + e.body().get("curl"),
            e);
      }
    }
  }

  /** Those of the journal that match, the oldest first, with the fields of docs/journal.md. */
  public List<Map<String, Object>> requests(Api.Find... which) {
    return found("/requests/find", which.length > 0 ? which[0] : Map.of());
  }

  /** As soon as n requests (1) have come; a ControlException with 408 when they do not. */
  public List<Map<String, Object>> await(Api.Wait which) {
    return found("/requests/wait", which);
  }

  private List<Map<String, Object>> found(String path, Object body) {
    var answer = control.call("POST", path, body);
    return Json.list(answer.get("requests")).stream().map(Json::object).toList();
  }

  /** The last requests, and what is in force. */
  public String report() {
    try {
      var out = new StringBuilder("mockvault at " + addr + ", last requests:\n");
      out.append(table(Json.list(control.call("GET", "/requests?limit=" + SHOWN).get("requests"))));
      for (var item : Json.list(control.call("GET", "/faults").get("faults"))) {
        var rule = Json.object(item);
        out.append("rule ").append(rule.get("id"));
        out.append(" matched ").append(rule.get("matched"));
        out.append(" acted ").append(rule.get("acted")).append(": ");
        out.append(Json.write(rule.get("match"))).append(' ');
        out.append(Json.write(rule.get("then"))).append('\n');
      }
      for (var outage : Json.list(control.call("GET", "/outages").get("outages"))) {
        for (var run : Json.list(Json.object(outage).get("runs"))) {
          out.append("outage ").append(Json.write(run)).append('\n');
        }
      }
      return out.toString();
    } catch (ControlException | UncheckedIOException e) {
      return "mockvault at " + addr + ", no journal: " + e + "\n" + server.log();
    }
  }

  private static String table(List<?> requests) {
    var columns = List.of("seq", "method", "path", "status", "duration_ms", "rule", "error");
    var out = new StringBuilder(line("SEQ", "METHOD", "PATH", "STATUS", "MS", "RULE", "ERROR"));
    for (var request : requests) {
      var fields = Json.object(request);
      out.append(
          line(
              columns.stream()
                  .map(c -> fields.get(c) == null ? "-" : fields.get(c).toString())
                  .map(x -> x.trim().replaceAll("\\s+", " "))
                  .toArray()));
    }
    return out.toString();
  }

  private static String line(Object... cells) {
    return String.format("%-5s %-6s %-30s %-6s %-8s %-16s %s%n", cells);
  }

  /** The vault's time, by which everything that ends ends. */
  public final class Clock {
    private Clock() {}

    /** Goes forward; what has ended on the way. */
    public List<Map<String, Object>> advance(Duration by) {
      var moved = control.call("POST", "/clock/advance", Map.of("by", by.toMillis()));
      return Json.list(moved.get("expired")).stream().map(Json::object).toList();
    }

    /** Stops it. */
    public void freeze() {
      set(new Api.Clock().mode("frozen"));
    }

    /** Changes how it goes. */
    public void set(Api.Clock how) {
      control.call("PUT", "/clock", how);
    }

    /** What it says. */
    public Instant now() {
      return Instant.parse(control.call("GET", "/clock").get("now").toString());
    }
  }
}
