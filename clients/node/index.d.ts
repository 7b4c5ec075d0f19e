import type {
  Clock as ClockBody,
  Find,
  Outage,
  Rule,
  Scenario,
  ScenarioStart,
  Verify,
  Wait,
} from './types';

export * as types from './types';

/** The path of the program, for child_process; null where there is none. */
export declare const path: string | null;

/** A document of fixtures: a value, JSON, or its file's name. */
export type Fixtures = object | string;

/** What a Vault is like from its first request on. */
export interface Options {
  fixtures?: Fixtures;
  rules?: Rule[];
  /** Names, or a name with what it takes. */
  outages?: (string | [name: string, how: Outage])[];
  scenario?: Scenario | string;
  clock?: ClockBody;
  /** Makes every id, token and chance from this number. */
  seed?: number;
  /** What a space begins as: 'start', 'empty', or a snapshot's name. */
  from?: string;
  /** Flags of mockvault server, for a server of this test alone. */
  flags?: string[];
  /** A server of this test alone, for outages of a whole server. */
  alone?: boolean;
}

/** An entry of the journal. */
export interface Request {
  seq: number;
  time: string;
  open: boolean;
  method: string;
  path: string;
  query: string | null;
  op: string;
  mount: string | null;
  status: number;
  duration_ms: number;
  rule: string | null;
  action: string | null;
  committed: boolean;
  error: string | null;
  user_agent: string | null;
  token: { accessor: string; role: string | null; policies: string[] } | null;
}

/** What ended while the clock went forward. */
export interface Ended {
  kind: 'token' | 'lease' | 'secret_id' | 'version';
  [field: string]: unknown;
}

/** The journal does not show what was claimed. */
export declare class ClaimError extends Error {}

/** What the control API refused. */
export declare class ControlError extends Error {
  readonly status: number;
  readonly errors: string[];
  readonly field?: string;
  readonly allowed: string[];
}

export declare class Clock {
  /** By milliseconds or text, '90m'. */
  advance(by: number | string): Promise<Ended[]>;
  freeze(): Promise<void>;
  set(clock: ClockBody): Promise<void>;
  now(): Promise<Date>;
}

/** A Vault that a test has for itself. */
export declare class Vault implements AsyncDisposable {
  readonly addr: string;
  readonly token: string;
  readonly environ: { VAULT_ADDR: string; VAULT_TOKEN: string };
  readonly clock: Clock;
  readonly control: {
    call(method: string, path: string, body?: unknown): Promise<unknown>;
  };
  /** A client of node-vault, with the root token. */
  // biome-ignore lint/suspicious/noExplicitAny: node-vault need not be there
  client(options?: object): any;
  /** Vault's API by fetch: fetch('secret/data/app'), with the root token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  populate(fixtures: Fixtures): Promise<void>;
  snapshot(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  reset(): Promise<void>;
  /** Turns an outage on; what it resolves to ends it. */
  outage(name: string, how?: Outage): Promise<() => Promise<void>>;
  /** Adds a rule; what it resolves to takes it away. */
  rule(rule: Rule): Promise<() => Promise<void>>;
  /** Starts a scenario; what it resolves to ends it and judges it. */
  scenario(
    scenario: Scenario | string,
    how?: ScenarioStart,
  ): Promise<() => Promise<void>>;
  /** Judges the scenarios that were not yet. */
  judge(): Promise<void>;
  /** Throws a ClaimError unless the journal shows what is claimed. */
  verify(...claims: Verify[]): Promise<void>;
  requests(which?: Find): Promise<Request[]>;
  wait(which?: Wait): Promise<Request[]>;
  report(): Promise<string>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A server: started by this process, with which it ends, or joined. */
export declare class Server {
  readonly main: string;
  readonly admin: string;
  readonly hasSpaces: boolean;
  static start(flags?: string[]): Promise<Server>;
  static join(url: string): Promise<Server>;
  static shared(): Promise<Server>;
  vault(options?: Options): Promise<Vault>;
  stop(): Promise<void>;
}

/** What node:test gives to a test. */
interface TestContext {
  after(end: () => Promise<void>): void;
}

/** A Vault that ends with node:test's t. */
export declare function start(t: TestContext, options?: Options): Promise<Vault>;
/** A Vault for which the caller calls close(). */
export declare function start(options?: Options): Promise<Vault>;

/** For a runner's adapter: judges what a test played, shows what came when it
 * failed, and gives the Vault up. */
export declare function finish(vault: Vault, passed: boolean): Promise<void>;

/** A function for any runner's test(). */
export declare function withVault<A extends unknown[]>(
  test: (vault: Vault, ...more: A) => unknown,
): (...more: A) => Promise<void>;
export declare function withVault<A extends unknown[]>(
  options: Options,
  test: (vault: Vault, ...more: A) => unknown,
): (...more: A) => Promise<void>;
