import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import mockvault.Api.Outage;
import mockvault.Api.Verify;
import mockvault.Options;
import mockvault.Server;
import org.junit.jupiter.api.Test;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

@Testcontainers
class MockVaultContainerTest {
    static final String SECRET = "{\"kv\": {\"secret/app\": {\"password\": \"hunter2\"}}}";

    @Container
    static final MockVaultContainer container = new MockVaultContainer();

    @Test
    void eachTestHasASpaceOfIt() {
        var server = Server.join(container.address());
        try (var vault = server.vault(new Options().fixtures(SECRET));
             var other = server.vault()) {
            try (var sealed = vault.outage("sealed", new Outage())) {
                var all = List.of(vault, other);
                assertEquals(List.of(503, 404), all.stream().map(v ->
                    v.send("GET", "secret/data/app", null).statusCode()).toList());
            }
            assertEquals(200, vault.send("GET", "secret/data/app", null).statusCode());
            vault.verify(new Verify().times(2).endsWith("success"));
        }
    }
}
