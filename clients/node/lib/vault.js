const fs = require('node:fs/promises');
const { Control } = require('./control.js');

const SHOWN = 20; // requests that a report has

/** The journal does not show what was claimed. */
class ClaimError extends Error {
  constructor(message) {
    super(message);
    this.name = 'ClaimError';
  }
}

/** Text that begins as JSON is JSON, other text a file's name. */
async function readDocument(value) {
  if (typeof value !== 'string') return value;
  return JSON.parse(value.startsWith('{') ? value : await fs.readFile(value, 'utf8'));
}

function table(requests) {
  const rows = [['SEQ', 'METHOD', 'PATH', 'STATUS', 'MS', 'RULE', 'ACTION', 'ERROR']];
  for (const r of requests) {
    const cells = [r.seq, r.method, r.path, r.status, r.duration_ms];
    cells.push(r.rule, r.action, r.error);
    rows.push(
      cells.map((x) =>
        String(x ?? '-')
          .trim()
          .replace(/\s+/g, ' '),
      ),
    );
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row) =>
    row
      .map((x, i) => x.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** The vault's time, by which everything that ends ends. */
class Clock {
  constructor(control) {
    this.control = control;
  }

  /** Goes forward, by milliseconds or text; what has ended on the way. */
  async advance(by) {
    return (await this.control.call('POST', '/clock/advance', { by })).expired;
  }

  freeze() {
    return this.set({ mode: 'frozen' });
  }

  async set(clock) {
    await this.control.call('PUT', '/clock', clock);
  }

  async now() {
    return new Date((await this.control.call('GET', '/clock')).now);
  }
}

/** A Vault that a test has for itself: addr and token are what VAULT_ADDR and
 * VAULT_TOKEN would say. */
class Vault {
  #release;
  #scenarios = [];

  constructor(server, prefix, release) {
    this.server = server;
    this.addr = server.main + prefix;
    this.token = server.token;
    this.control = new Control(server.admin + prefix);
    this.clock = new Clock(this.control);
    this.#release = release;
  }

  /** The environment of an application that uses it. */
  get environ() {
    return { VAULT_ADDR: this.addr, VAULT_TOKEN: this.token };
  }

  /** A client of node-vault, with the root token. */
  client(options = {}) {
    const make = require('node-vault');
    return make({ endpoint: this.addr, token: this.token, ...options });
  }

  /** Vault's API by fetch: fetch('secret/data/app'), with the root token. */
  fetch(path, init = {}) {
    const headers = new Headers(init.headers);
    if (!headers.has('X-Vault-Token')) headers.set('X-Vault-Token', this.token);
    return fetch(`${this.addr}/v1/${path}`, { ...init, headers });
  }

  async prepare({ fixtures, clock, rules = [], outages = [], scenario }) {
    if (fixtures !== undefined) await this.populate(fixtures);
    for (const rule of rules) await this.rule(rule);
    if (clock) await this.clock.set(clock);
    for (const outage of outages) {
      const [name, how] = typeof outage === 'string' ? [outage] : outage;
      await this.outage(name, how);
    }
    if (scenario !== undefined) await this.scenario(scenario);
  }

  /** Gives it up. */
  async close() {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }

  // ---- what is in it ----

  /** Puts a document of fixtures in force: a value, JSON, or its file. */
  async populate(fixtures) {
    const body = { fixtures: await readDocument(fixtures) };
    await this.control.call('POST', '/populate', body);
  }

  async snapshot(name) {
    await this.control.call('PUT', `/snapshots/${name}`);
  }

  async restore(name) {
    await this.control.call('POST', `/snapshots/${name}/restore`);
  }

  /** All as it was at the start: state, rules, clock and journal. */
  async reset() {
    await this.control.call('POST', '/reset');
  }

  // ---- what goes wrong ----

  /** Turns an outage on; what it resolves to ends it. */
  async outage(name, how = {}) {
    const run = await this.control.call('PUT', `/outages/${name}`, how);
    // A final one is done.
    return run.active ? this.#ender(`/outages/${run.id}`) : async () => {};
  }

  /** Adds a rule; what it resolves to takes it away. */
  async rule(rule) {
    const made = await this.control.call('POST', '/faults', rule);
    return this.#ender(`/faults/${made.id}`);
  }

  #ender(path) {
    return async () => {
      try {
        await this.control.call('DELETE', path);
      } catch (error) {
        if (error.status !== 404) throw error; // it has ended by itself
      }
    };
  }

  /** Starts a scenario: the name of a shipped one, its file, or a value. What it
   * resolves to ends it and judges its expectations; judge() does at the latest. */
  async scenario(scenario, how = {}) {
    let path = `/scenarios/${scenario}`;
    if (typeof scenario !== 'string' || !(await this.#has(path))) {
      path = '/scenarios/test';
      await this.control.call('PUT', path, await readDocument(scenario));
    }
    await this.control.call('POST', `${path}/start`, how);
    this.#scenarios.push(path);
    return () => this.#judge(path);
  }

  async #has(path) {
    try {
      await this.control.call('GET', path);
      return true;
    } catch {
      return false;
    }
  }

  /** Judges the scenarios that were not yet. */
  async judge() {
    while (this.#scenarios.length > 0) await this.#judge(this.#scenarios[0]);
  }

  async #judge(path) {
    this.#scenarios = this.#scenarios.filter((other) => other !== path);
    let story = await this.control.call('GET', path);
    if (story.state === 'running' || story.state === 'waiting')
      story = await this.control.call('POST', `${path}/stop`);
    const failed = (story.expect ?? []).filter((x) => !x.ok);
    if (failed.length > 0)
      throw new ClaimError(failed.map((x) => `${x.name}: ${x.reason}`).join('\n'));
  }

  // ---- what came ----

  /** Throws a ClaimError unless the journal shows what is claimed. */
  async verify(...claims) {
    for (const claim of claims) {
      try {
        await this.control.call('POST', '/requests/verify', claim);
      } catch (error) {
        if (error.status !== 422) throw error;
        const { reason, nearest = [], curl = '' } = error.body;
        const near = nearest.length > 0 ? `\nnearest:\n${table(nearest)}` : '';
        throw new ClaimError(`${reason}${near}\nto see them: ${curl}`);
      }
    }
  }

  /** Those of the journal that match, the oldest first. */
  async requests(which = {}) {
    return (await this.control.call('POST', '/requests/find', which)).requests;
  }

  /** As soon as n requests (1) have come. */
  async wait(which = {}) {
    return (await this.control.call('POST', '/requests/wait', which)).requests;
  }

  /** The last requests, and what is in force. */
  async report() {
    try {
      const { requests } = await this.control.call('GET', `/requests?limit=${SHOWN}`);
      const { faults } = await this.control.call('GET', '/faults');
      const { outages } = await this.control.call('GET', '/outages');
      const lines = [`mockvault at ${this.addr}, last requests:`, table(requests)];
      for (const { id, matched, acted, match, then } of faults)
        lines.push(
          `rule ${id} matched ${matched} acted ${acted}: ` +
            `${JSON.stringify(match)} ${JSON.stringify(then)}`,
        );
      for (const { runs } of outages)
        for (const run of runs) lines.push(`outage ${JSON.stringify(run)}`);
      return lines.join('\n');
    } catch (error) {
      return `mockvault at ${this.addr}, no journal: ${error}\n${this.server.log}`;
    }
  }
}

if (Symbol.asyncDispose) Vault.prototype[Symbol.asyncDispose] = Vault.prototype.close;

module.exports = { ClaimError, Clock, Vault };
