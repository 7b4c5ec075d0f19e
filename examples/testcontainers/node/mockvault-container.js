import { Server } from 'mockvault';
import { GenericContainer, Wait } from 'testcontainers';

export class MockVaultContainer extends GenericContainer {
  constructor(image = 'mockvault') {
    super(image);
    this.withExposedPorts(8200)
      .withEnvironment({ VAULT_DEV_ROOT_TOKEN_ID: 'root' })
      .withWaitStrategy(Wait.forHttp('/_mock/ready', 8200));
  }
}

export const join = (started) =>
  Server.join(`http://${started.getHost()}:${started.getMappedPort(8200)}`);
