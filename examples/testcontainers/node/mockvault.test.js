import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { MockVaultContainer, join } from './mockvault-container.js';

let container;
before(async () => { container = await new MockVaultContainer().start(); });
after(() => container?.stop());

test('each test has a space of it', async () => {
  const server = await join(container);
  const fixtures = { kv: { 'secret/app': { password: 'hunter2' } } };
  const [vault, other] = [await server.vault({ fixtures }), await server.vault()];
  const status = async (of) => (await of.fetch('secret/data/app')).status;

  const end = await vault.outage('sealed');
  assert.deepEqual([await status(vault), await status(other)], [503, 404]);
  await end();
  assert.equal(await status(vault), 200);
  await vault.verify({ times: 2, ends_with: 'success' });
  for (const one of [vault, other]) await one.close();
});
