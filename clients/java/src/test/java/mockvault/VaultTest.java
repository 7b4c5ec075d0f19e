package mockvault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import mockvault.Api.Clock;
import mockvault.Api.Expectation;
import mockvault.Api.Find;
import mockvault.Api.Match;
import mockvault.Api.Outage;
import mockvault.Api.Rule;
import mockvault.Api.Scenario;
import mockvault.Api.ScenarioStart;
import mockvault.Api.ScenarioStep;
import mockvault.Api.Verify;
import mockvault.Api.VerifyTimes;
import mockvault.Api.Wait;
import mockvault.Api.When;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@MockVault(fixtures = VaultTest.SECRET)
class VaultTest {
  static final String SECRET = "{\"kv\": {\"secret/app\": {\"k\": \"v\"}}}";
  static final Match SECRETS = new Match().path("secret/**");

  static int status(Vault vault, String path) {
    return vault.send("GET", path, null).statusCode();
  }

  static int status(Vault vault) {
    return status(vault, "secret/data/app");
  }

  static void contains(String text, String... parts) {
    for (var part : parts) {
      assertTrue(text.contains(part), () -> part + " is not in: " + text);
    }
  }

  @RepeatedTest(3)
  void eachTestHasItsOwn(Vault vault) {
    var once = "{\"data\": {\"k\": \"w\"}, \"options\": {\"cas\": 1}}";
    assertEquals(200, vault.send("POST", "secret/data/app", once).statusCode());
    assertEquals(1, vault.requests().size());
  }

  @Test
  void fixtures(Vault vault, @TempDir Path folder) throws IOException {
    var file = folder.resolve("vault.json");
    Files.writeString(file, "{\"kv\": {\"secret/file\": {\"k\": \"v\"}}}");
    vault.populate(file);
    vault.populate(file.toString());
    vault.populate(Map.of("kv", Map.of("secret/map", Map.of("k", List.of(1, true)))));
    assertEquals(200, status(vault, "secret/data/file"));
    contains(vault.send("GET", "secret/data/map", null).body(), "[1,true]");
    var refused = assertThrows(ControlException.class, () -> vault.populate("{\"zork\": 1}"));
    assertEquals(400, refused.status());
    contains(refused.getMessage(), "zork");
    assertThrows(UncheckedIOException.class, () -> vault.populate("zork.json"));
  }

  @Test
  @MockVault(outages = "sealed")
  void outage(Vault vault) {
    assertEquals(503, status(vault));
    vault.outage("sealed").close();
    assertEquals(200, status(vault));
    try (var page = vault.outage("lb-html", new Outage().match(SECRETS).for_("1h"))) {
      assertEquals(502, status(vault));
      page.close();
      assertEquals(200, status(vault));
    }
    vault.outage("clock-jump", new Outage().params(Map.of("by", "1h"))).close();
    assertThrows(ControlException.class, () -> vault.outage("seeled"));
  }

  @Test
  void rule(Vault vault) {
    vault.rule(
        new Rule()
            .id("once")
            .match(SECRETS)
            .when(new When().times(1))
            .then(Map.of("respond", Map.of("status", 418, "errors", List.of("tea \"\n\u00e9")))));
    contains(vault.send("GET", "secret/data/app", null).body(), "tea \\\"\\n\u00e9");
    assertEquals(200, status(vault));
    vault.verify(new Verify().rule("once").times(1));
  }

  @Test
  @MockVault(clock = "frozen")
  void clock(Vault vault) {
    vault.populate("{\"tokens\": [{\"id\": \"x\", \"ttl\": \"1h\", \"policies\": [\"default\"]}]}");
    var before = vault.clock().now();
    assertEquals(List.of(), vault.clock().advance(Duration.ofMinutes(30)));
    var ended = vault.clock().advance(Duration.ofHours(1));
    assertEquals("token", ended.get(0).get("kind"));
    assertEquals(Duration.ofMinutes(90), Duration.between(before, vault.clock().now()));
    vault.clock().set(new Clock().mode("real"));
    vault.clock().freeze();
  }

  @Test
  void verify(Vault vault) {
    status(vault);
    vault.verify(
        new Verify().match(SECRETS).times(1), new Verify().match(SECRETS).endsWith("success"));
    var none = new Verify().match(SECRETS).times(new VerifyTimes().max(0));
    var failed = assertThrows(AssertionError.class, () -> vault.verify(none));
    contains(failed.getMessage(), "at most 0 requests", "secret/data/app", "curl -s http");
  }

  @Test
  void await(Vault vault) {
    status(vault);
    var came = vault.await(new Wait().match(new Match().op("read", "list")));
    assertEquals("secret/data/app", came.get(0).get("path"));
    assertEquals(200L, came.get(0).get("status"));
    assertEquals(List.of(), vault.requests(new Find().match(new Match().op("login"))));
    var late = new Wait().n(9).timeout(Duration.ofMillis(1));
    assertEquals(408, assertThrows(ControlException.class, () -> vault.await(late)).status());
  }

  static final Scenario STORY =
      new Scenario()
          .timeline(new ScenarioStep().at("0ms").do_(Map.of("outage", "sealed")))
          .expect(
              new Expectation().name("it asks").match(SECRETS).times("some"),
              new Expectation().name("it asks twice").match(SECRETS).times(2));

  @Test
  void scenario(Vault vault) {
    try (var story = vault.scenario(STORY)) {
      assertEquals(503, status(vault));
      assertEquals(503, status(vault));
    }
    assertEquals(200, status(vault));
    vault.judge();
    var shipped = vault.scenario("seal-incident", new ScenarioStart().begin("now"));
    contains(
        assertThrows(AssertionError.class, shipped::close).getMessage(),
        "the client is there at the end");
    assertThrows(UncheckedIOException.class, () -> vault.scenario("zork"));
  }

  @Test
  void state(Vault vault) {
    vault.snapshot("before");
    vault.send("POST", "secret/data/b", "{\"data\": {}}");
    assertEquals(200, status(vault, "secret/data/b"));
    vault.restore("before");
    assertEquals(404, status(vault, "secret/data/b"));
    vault.reset();
    assertEquals(List.of(), vault.requests());
  }

  @Test
  @MockVault(alone = true)
  void aWholeServer(Vault vault) {
    try (var refused = vault.outage("refuse")) {
      assertThrows(UncheckedIOException.class, () -> status(vault));
      refused.close();
    }
    assertEquals(200, status(vault));
  }

  @Test
  @MockVault(flags = "-vault-version=2.0.0")
  void flags(Vault vault) {
    contains(vault.send("GET", "sys/health", null).body(), "\"version\":\"2.0.0\"");
    var zork = new Options().flags("-zork");
    contains(
        assertThrows(IllegalStateException.class, () -> Vault.start(zork)).getMessage(),
        "did not start",
        "zork");
  }

  static String token(Vault vault) {
    var body = vault.send("POST", "auth/token/create", "{}").body();
    return Json.object(Json.object(Json.read(body)).get("auth")).get("client_token").toString();
  }

  @Test
  void seed() {
    try (var one = Vault.start(new Options().seed(7));
        var two = Vault.start(new Options().seed(7))) {
      assertEquals(token(one), token(two));
    }
  }

  @Test
  void join() {
    var ours = Server.start();
    try {
      for (var url : List.of(ours.main, ours.admin + "/")) {
        var server = Server.join(url);
        try (var vault = server.vault(new Options().fixtures(SECRET))) {
          assertTrue(vault.addr().startsWith(ours.main), vault.addr());
          assertEquals(200, status(vault));
        }
        try (var vault = server.vault()) {
          assertEquals(404, status(vault));
        }
        var flags = new Options().flags("-seed=1");
        assertThrows(IllegalArgumentException.class, () -> server.vault(flags));
      }
    } finally {
      ours.stop();
    }
  }

  @Test
  void itEndsWithItsProcess() throws Exception {
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .start();
    var pid = Long.parseLong(child.inputReader().readLine());
    var server = ProcessHandle.of(pid).orElseThrow();
    assertTrue(server.isAlive());
    child.destroyForcibly().waitFor();
    var stat = Path.of("/proc/" + pid + "/stat");
    for (var end = System.nanoTime() + Duration.ofSeconds(30).toNanos(); ; Thread.onSpinWait()) {
      try {
        if (Files.readString(stat).contains(") Z ")) {
          break;
        }
      } catch (IOException e) {
        break; // it is gone
      }
      assertTrue(System.nanoTime() < end, "the server is there without its process");
    }
  }

  /** A process that has a server, and is killed. */
  static final class Child {
    public static void main(String[] args) throws InterruptedException {
      System.out.println(Server.start().process().pid());
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  @Test
  void environment(Vault vault) {
    assertEquals(Map.of("VAULT_ADDR", vault.addr(), "VAULT_TOKEN", "root"), vault.environment());
    var seen = new java.util.HashMap<String, Object>();
    vault.properties((name, value) -> seen.put(name, value.get()));
    assertEquals(vault.addr() + "/v1", seen.get("spring.cloud.vault.uri"));
    assertEquals("root", seen.get("vault.token"));
  }
}
