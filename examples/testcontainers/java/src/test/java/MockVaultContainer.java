import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

class MockVaultContainer extends GenericContainer<MockVaultContainer> {
    MockVaultContainer() {
        super("mockvault");
        withExposedPorts(8200);
        withEnv("VAULT_DEV_ROOT_TOKEN_ID", "root");
        waitingFor(Wait.forHttp("/_mock/ready"));
    }

    String address() {
        return "http://" + getHost() + ":" + getMappedPort(8200);
    }
}
