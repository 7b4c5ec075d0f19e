const { spawn } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const readline = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');
const { findBinary } = require('./binary.js');
const { Control, ControlError } = require('./control.js');
const { Vault } = require('./vault.js');

/** How long a server may take until it is ready; a service of a pipeline starts
 * beside the tests. */
const PATIENCE_MS = 30_000;
const LOG_KEPT = 64 * 1024;

let shared;

/** A server: started by this process, with which it ends, or joined. */
class Server {
  constructor(main, admin, child) {
    Object.assign(this, { main, admin, child, log: '', borrowed: false });
    this.token = (!child && process.env.VAULT_TOKEN) || 'root';
  }

  /** Starts one, with flags of mockvault server. */
  static async start(flags = []) {
    const path = findBinary();
    if (!path)
      throw new Error(
        'no mockvault: it is not on PATH, and MOCKVAULT_BIN does not name it',
      );
    const child = spawn(path, [
      'server',
      '-dev',
      '-dev-root-token-id=root',
      '-dev-listen-address=127.0.0.1:0',
      '-dev-no-store-token',
      '-admin-addr=127.0.0.1:0',
      '-exit-on-stdin-eof',
      ...flags,
    ]);
    const server = new Server('', '', child);
    child.stderr.on('data', (text) => {
      server.log = (server.log + text).slice(-LOG_KEPT);
    });
    // The pipe to its standard input closes with this process.
    child.stdin.on('error', () => {});
    await Promise.race([
      once(child, 'spawn'),
      once(child, 'error').then(([e]) => {
        throw e;
      }),
    ]);
    const lines = readline.createInterface({ input: child.stdout });
    for await (const line of lines) {
      if (line[0] !== '{') continue;
      const bound = JSON.parse(line);
      server.main = bound.api_addr;
      server.admin = bound.admin_addr;
      break;
    }
    if (!server.main) {
      if (child.exitCode === null && child.signalCode === null)
        await once(child, 'exit');
      throw new Error(`mockvault did not start: ${server.log}`);
    }
    child.stdout.resume();
    // A test runner ends without waiting for it.
    for (const part of [child, child.stdin, child.stdout, child.stderr]) part.unref();
    await server.awaitReady();
    return server;
  }

  /** Takes one that runs, by Vault's address or the control API's. */
  static async join(url) {
    const at = url.replace(/\/+$/, '');
    const server = new Server(at, at, null);
    await server.awaitReady();
    const answer = await fetch(`${at}/v1/sys/seal-status`);
    await answer.arrayBuffer();
    if (answer.status !== 404) return server;
    const info = await new Control(at).call('GET', '/info');
    const main = new URL(info.addresses.main[0]);
    main.hostname = new URL(at).hostname;
    server.main = main.origin;
    return server;
  }

  /** The one at MOCKVAULT_URL, or one for all tests of this process. */
  static shared() {
    const url = process.env.MOCKVAULT_URL;
    shared ??= url ? Server.join(url) : Server.start();
    return shared;
  }

  /** Waits until it is, and asks whether it has spaces. */
  async awaitReady() {
    const control = new Control(this.admin);
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(20)) {
      try {
        await control.call('GET', '/ready');
        break;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
    try {
      await control.call('GET', '/spaces');
      this.hasSpaces = true;
    } catch (error) {
      // An old one; a cluster, or a proxy.
      if (![404, 409].includes(error.status)) throw error;
      this.hasSpaces = false;
    }
  }

  /**
   * A Vault of the caller's own: a space where the server has them. Flags, and
   * what is to be alone, take another server; so does everything on a server of
   * ours without spaces.
   */
  async vault(options = {}) {
    const vault = await this.make(options);
    try {
      await vault.prepare(options);
    } catch (error) {
      await vault.close();
      throw error;
    }
    return vault;
  }

  async make({ flags = [], alone = false, seed, from }) {
    const own = alone || flags.length > 0;
    if (!this.child && own)
      throw new Error(`${this.admin} runs already: it takes no flags`);
    if (this.hasSpaces && !own) return this.space(seed, from);
    if (from !== undefined || (!this.child && seed !== undefined))
      throw new Error(`${this.admin} has no spaces`);
    if (!this.child) return this.borrow();
    const seeds = seed === undefined ? [] : [`-seed=${seed}`];
    const server = await Server.start([...seeds, ...flags]);
    return new Vault(server, '', () => server.stop());
  }

  async space(seed, from) {
    const id = `node-${randomBytes(6).toString('hex')}`;
    const control = new Control(this.admin);
    // A joined server goes on when this process is killed.
    const expires = this.child ? undefined : '1h';
    await control.call('PUT', `/spaces/${id}`, { seed, from, expires_in: expires });
    return new Vault(this, `/s/${id}`, () => control.call('DELETE', `/spaces/${id}`));
  }

  /** The whole of a joined server without spaces, as it was at its start. */
  async borrow() {
    if (this.borrowed)
      throw new Error(`${this.admin} has no spaces: run one test after the other`);
    this.borrowed = true;
    const control = new Control(this.admin);
    await control.call('POST', '/reset');
    return new Vault(this, '', async () => {
      this.borrowed = false;
      await control.call('POST', '/reset');
    });
  }

  /** Ends a server of ours. */
  async stop() {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
}

module.exports = { ControlError, Server };
