import type { TestAPI } from 'vitest';
import type { Options, Vault } from './index.js';

/** Vitest's test with the fixture vault. */
export declare const test: TestAPI<{ vault: Vault }>;

/** The same, with a Vault as the options want it. */
export declare function testWith(options: Options): TestAPI<{ vault: Vault }>;
