import { test as base } from 'vitest';
import { finish, start } from './index.js';

/** Vitest's test with the fixture vault, as the options of start() want it. */
export const testWith = (options) =>
  base.extend({
    vault: async ({ task }, use) => {
      const vault = await start(options);
      let passed = false;
      try {
        await use(vault);
        passed = task.result?.state !== 'fail';
      } finally {
        await finish(vault, passed);
      }
    },
  });

export const test = testWith({});
