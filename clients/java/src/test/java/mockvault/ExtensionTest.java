package mockvault;

import static mockvault.VaultTest.contains;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

class ExtensionTest {
  @Tag("played")
  static class Played {
    @Test
    @MockVault(outages = "sealed", fixtures = VaultTest.SECRET)
    void fails(Vault vault) {
      vault.outage("storage-error", new Api.Outage().match(VaultTest.SECRETS));
      VaultTest.status(vault);
      fail("it went wrong");
    }

    @Test
    @MockVault(scenario = "{\"expect\": [{\"name\": \"it asks\", \"times\": \"some\"}]}")
    void isJudged(Vault vault) {}
  }

  @Test
  void aFailedTestShowsWhatCame() {
    var said = new ByteArrayOutputStream();
    var before = System.err;
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      var tests =
          EngineTestKit.engine("junit-jupiter")
              .selectors(selectClass(Played.class))
              .execute()
              .testEvents();
      assertEquals(2, tests.failed().count());
      var reasons = tests.failed().list().toString();
      contains(reasons, "it went wrong", "it asks: expected at least 1 request");
    } finally {
      System.setErr(before);
    }
    contains(
        said.toString(StandardCharsets.UTF_8),
        "last requests",
        "secret/data/app",
        "storage-error",
        "rule storage-error matched 1",
        "\"outage\":\"sealed\"");
  }

  @Test
  void json() {
    var text = "{\"a\":[1,-2.5,true,false,null,\"\\\"\\\\\\n\\u00e9\\/\"],\"b\":{}}";
    var tree = Json.read(text);
    assertEquals(Json.write(tree), Json.write(Json.read(Json.write(tree))));
    var string = Json.list(Json.object(tree).get("a")).get(5).toString();
    assertEquals("\"\n\u00e9/", string.replace("\\", ""));
    assertEquals("{\"k\":\"\\u0001\"}", Json.write(Map.of("k", "\u0001")));
    for (var wrong :
        new String[] {"", "{", "[1", "{\"a\"}", "1 2", "zork", "\"x", "[".repeat(999)}) {
      assertThrows(IllegalArgumentException.class, () -> Json.read(wrong), wrong);
    }
  }
}
