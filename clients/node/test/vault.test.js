const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const mockvault = require('mockvault');

const { ClaimError, Server, start, withVault } = mockvault;
const fixtures = { kv: { 'secret/app': { k: 'v' } } };
const secret = { path: 'secret/**' };

async function status(vault, at = 'secret/data/app') {
  const answer = await vault.fetch(at);
  await answer.arrayBuffer();
  return answer.status;
}

for (let i = 0; i < 8; i++)
  test(`each test has its own ${i}`, { concurrency: true }, async (t) => {
    const vault = await start(t);
    const client = vault.client();
    await client.write('secret/data/app', { data: { i }, options: { cas: 0 } });
    assert.equal((await client.read('secret/data/app')).data.data.i, i);
    assert.equal((await vault.requests()).length, 2);
  });

test('fixtures', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mockvault-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'vault.json');
  fs.writeFileSync(file, JSON.stringify({ kv: { 'secret/file': { k: 'v' } } }));
  const vault = await start(t, { fixtures });
  await vault.populate(file);
  await vault.populate('{"kv": {"secret/text": {"k": "v"}}}');
  for (const name of ['app', 'file', 'text'])
    assert.equal(await status(vault, `secret/data/${name}`), 200);
  await assert.rejects(start(t, { fixtures: { zork: 1 } }), {
    name: 'ControlError',
    status: 400,
    message: /zork/,
  });
});

test('outage', async (t) => {
  const vault = await start(t, { fixtures, outages: ['sealed'] });
  assert.equal(await status(vault), 503);
  await (await vault.outage('sealed'))();
  assert.equal(await status(vault), 200);
  const end = await vault.outage('lb-html', { match: secret, for: '1h' });
  assert.equal(await status(vault), 502);
  await end();
  await end();
  assert.equal(await status(vault), 200);
  await assert.rejects(vault.outage('seeled'), /seeled/);
  await (await vault.outage('clock-jump', { params: { by: '1h' } }))();
});

test('rule', async (t) => {
  const tea = { respond: { status: 418, errors: ['tea'] } };
  const rule = { id: 'once', match: secret, when: { times: 1 }, then: [tea] };
  const vault = await start(t, { fixtures, rules: [rule] });
  assert.deepEqual([await status(vault), await status(vault)], [418, 200]);
  await vault.verify({ rule: 'once', times: 1 });
});

test('clock', async (t) => {
  const tokens = [{ id: 'x', ttl: '1h', policies: ['default'] }];
  const vault = await start(t, { fixtures: { tokens }, clock: { mode: 'frozen' } });
  const before = await vault.clock.now();
  assert.deepEqual(await vault.clock.advance('30m'), []);
  const ended = await vault.clock.advance(3600_000);
  assert.deepEqual(
    ended.map((x) => x.kind),
    ['token'],
  );
  assert.equal((await vault.clock.now()) - before, 90 * 60_000);
  await vault.clock.freeze();
});

test('verify', async (t) => {
  const vault = await start(t, { fixtures });
  await status(vault);
  await vault.verify(
    { match: secret, times: 1 },
    { match: secret, ends_with: 'success' },
  );
  await assert.rejects(vault.verify({ match: secret, times: { max: 0 } }), (error) => {
    assert(error instanceof ClaimError);
    assert.match(error.message, /at most 0 requests.*secret\/data\/app.*curl -s http/s);
    return true;
  });
});

test('wait', async (t) => {
  const vault = await start(t, { fixtures });
  const asked = status(vault);
  const [came] = await vault.wait({ match: { op: 'read' } });
  assert.deepEqual([came.path, came.status], ['secret/data/app', 200]);
  await asked;
  await assert.rejects(vault.wait({ n: 9, timeout: '1ms' }), { status: 408 });
});

const story = {
  timeline: [{ at: '0ms', do: { outage: 'sealed' } }],
  expect: [
    { name: 'it asks', match: secret, times: 'some' },
    { name: 'it asks twice', match: secret, times: 2 },
  ],
};

test('scenario', async (t) => {
  const vault = await start(t, { fixtures });
  const judge = await vault.scenario(story);
  assert.deepEqual([await status(vault), await status(vault)], [503, 503]);
  await judge();
  assert.equal(await status(vault), 200);
  const shipped = await vault.scenario('seal-incident', { begin: 'now' });
  await assert.rejects(shipped(), /the client is there at the end/);
  await assert.rejects(vault.scenario('zork'), /zork/);
});

test('state', async (t) => {
  const vault = await start(t, { fixtures });
  await vault.snapshot('before');
  await vault.fetch('secret/data/b', { method: 'POST', body: '{"data":{}}' });
  await vault.restore('before');
  assert.equal(await status(vault, 'secret/data/b'), 404);
  await vault.reset();
  assert.equal((await vault.requests()).length, 0);
});

test('a whole server', async (t) => {
  const vault = await start(t, { fixtures, alone: true });
  const end = await vault.outage('refuse');
  await assert.rejects(status(vault));
  await end();
  assert.equal(await status(vault), 200);
});

test('flags and seed', async (t) => {
  const vault = await start(t, { flags: ['-vault-version=2.0.0'] });
  assert.equal((await (await vault.fetch('sys/health')).json()).version, '2.0.0');
  const token = async () => {
    const seeded = await start(t, { seed: 7 });
    return (await seeded.client().tokenCreate()).auth.client_token;
  };
  assert.equal(await token(), await token());
  await assert.rejects(start(t, { flags: ['-zork'] }), /did not start.*zork/s);
});

test('a cluster has no spaces', async (t) => {
  const vault = await start(t, { flags: ['-nodes=3'] });
  assert.equal(await status(vault, 'secret/data/none'), 404);
});

test('join', async (t) => {
  const ours = await Server.start();
  t.after(() => ours.stop());
  for (const url of [ours.main, `${ours.admin}/`]) {
    const server = await Server.join(url);
    const vault = await server.vault({ fixtures });
    assert(vault.addr.startsWith(ours.main));
    assert.equal(await status(vault), 200);
    if (!server.hasSpaces) await assert.rejects(server.vault(), /one test after/);
    await vault.close();
    const next = await server.vault();
    assert.equal(await status(next), 404);
    await next.close();
    await assert.rejects(server.vault({ flags: ['-seed=1'] }), /no flags/);
  }
});

test('withVault', async () => {
  const seen = [];
  const run = withVault({ fixtures }, async (vault, more) => {
    seen.push(await status(vault), more);
  });
  assert.equal(run.length, 0);
  await run('more');
  assert.deepEqual(seen, [200, 'more']);
  await withVault(async (vault) => seen.push(await status(vault)))();
  assert.deepEqual(seen.slice(2), [404]);
});

/** What node's runner says of a test. */
function played(t, text) {
  const folder = fs.mkdtempSync(path.join(__dirname, 'played-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'app.js');
  fs.writeFileSync(
    file,
    `const test = require('node:test');
     const { start, withVault } = require('mockvault');
     const story = ${JSON.stringify(story)};
     ${text}`,
  );
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  const run = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  });
  assert.notEqual(run.status, 0, run.stdout);
  return run.stdout + run.stderr;
}

const shown =
  /last requests:\nSEQ +METHOD.*secret\/data\/app +500.*rule storage-error/s;

test('a failed test shows what came', (t) => {
  const body = `await vault.outage('storage-error', { match: { path: 'secret/**' } });
    await vault.fetch('secret/data/app'); throw new Error('it went wrong');`;
  const own = played(
    t,
    `test('x', async (t) => { const vault = await start(t); ${body} })`,
  );
  assert.match(own, shown);
  assert.match(own, /it went wrong/);
  const wrapped = played(t, `test('x', withVault(async (vault) => { ${body} }))`);
  assert.match(wrapped, shown);
});

test('a scenario that was not judged is, at the end', (t) => {
  const options = '{ scenario: story }';
  const end = /it asks: .*it asks twice: /s;
  assert.match(
    played(t, `test('x', async (t) => { await start(t, ${options}) })`),
    end,
  );
  assert.match(played(t, `test('x', withVault(${options}, async () => {}))`), end);
});

test('program', (t) => {
  const bin = process.env.MOCKVAULT_BIN;
  const search = process.env.PATH;
  t.after(() => {
    process.env.PATH = search;
    if (bin) process.env.MOCKVAULT_BIN = bin;
  });
  const { findBinary } = require('../lib/binary.js');
  process.env.MOCKVAULT_BIN = '/x/mockvault';
  assert.equal(findBinary(), '/x/mockvault');
  delete process.env.MOCKVAULT_BIN;
  process.env.PATH = '/nowhere';
  const carried = path.join(__dirname, '..', 'bin', 'mockvault');
  assert.equal(findBinary(), fs.existsSync(carried) ? carried : null);
});

test('it ends with its process', async () => {
  const child = spawn(process.execPath, [
    '-e',
    `require(${JSON.stringify(path.join(__dirname, '..'))}).Server.start().then((s) => {
       console.log(s.child.pid); setInterval(() => {}, 1000); })`,
  ]);
  const [line] = await once(child.stdout, 'data');
  const state = `/proc/${Number(line)}/stat`;
  assert(fs.existsSync(state));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const gone = () => {
    try {
      return fs.readFileSync(state, 'utf8').includes(') Z ');
    } catch {
      return true;
    }
  };
  for (const end = Date.now() + 30_000; !gone(); ) {
    assert(Date.now() < end);
    await new Promise(setImmediate);
  }
});
