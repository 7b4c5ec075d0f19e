import mockvault
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy


class MockVaultContainer(DockerContainer):
    def __init__(self, image="mockvault"):
        super().__init__(image)
        self.with_exposed_ports(8200)
        self.with_env("VAULT_DEV_ROOT_TOKEN_ID", "root")
        self.waiting_for(HttpWaitStrategy(8200, "/_mock/ready"))

    def server(self):
        return mockvault.Server.join("http://%s:%s" % (
            self.get_container_host_ip(), self.get_exposed_port(8200)))
