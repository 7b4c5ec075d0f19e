import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.vault.VaultContainer;

@Testcontainers
class VaultTest {
    /** The one line that differs from a test with Vault's image. */
    static final DockerImageName IMAGE = DockerImageName.parse("mockvault")
        .asCompatibleSubstituteFor("hashicorp/vault");

    @Container
    static final VaultContainer<?> vault = new VaultContainer<>(IMAGE)
        .withVaultToken("root")
        .withInitCommand(
            "secrets enable transit",
            "write -f transit/keys/orders",
            "kv put secret/app password=hunter2");

    HttpResponse<String> read(String path) throws Exception {
        return HttpClient.newHttpClient().send(
            HttpRequest.newBuilder(
                    URI.create(vault.getHttpHostAddress() + "/v1/" + path))
                .header("X-Vault-Token", "root").build(),
            HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void initCommandsWereRun() throws Exception {
        var answer = read("secret/data/app").body();
        assertTrue(answer.contains("\"password\":\"hunter2\""), answer);
        assertEquals(200, read("transit/keys/orders").statusCode());
    }

    @Test
    void sealedForTheLengthOfATest() throws Exception {
        vault.execInContainer("mockvault", "ctl", "outage", "sealed");
        assertEquals(503, read("secret/data/app").statusCode());
        vault.execInContainer("mockvault", "ctl", "outage", "off", "sealed");
        assertEquals(200, read("secret/data/app").statusCode());
    }
}
