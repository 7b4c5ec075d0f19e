import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { VaultContainer } from '@testcontainers/vault';

// The one line that differs from a test with Vault's image.
const image = 'mockvault';

let vault;
before(async () => {
  vault = await new VaultContainer(image)
    .withVaultToken('root')
    .withInitCommands(
      'secrets enable transit',
      'write -f transit/keys/orders',
      'kv put secret/app password=hunter2')
    .start();
});
after(() => vault?.stop());

const read = (path) => fetch(`${vault.getAddress()}/v1/${path}`,
  { headers: { 'X-Vault-Token': vault.getRootToken() } });

test('init commands were run', async () => {
  const answer = await (await read('secret/data/app')).json();
  assert.deepEqual(answer.data.data, { password: 'hunter2' });
  assert.equal((await read('transit/keys/orders')).status, 200);
});

test('sealed for the length of a test', async () => {
  await vault.exec(['mockvault', 'ctl', 'outage', 'sealed']);
  assert.equal((await read('secret/data/app')).status, 503);
  await vault.exec(['mockvault', 'ctl', 'outage', 'off', 'sealed']);
  assert.equal((await read('secret/data/app')).status, 200);
});
