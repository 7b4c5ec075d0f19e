/**
 * mockvault, a Vault that tests can command: starts the program, and gives each
 * test a Vault of its own.
 */
const { findBinary } = require('./lib/binary.js');
const { ControlError } = require('./lib/control.js');
const { Server } = require('./lib/server.js');
const { ClaimError, Vault } = require('./lib/vault.js');

/** The path of the program, for child_process; null where there is none. */
exports.path = findBinary();
/** For a runner's adapter: (vault, passed). */
exports.finish = finish;
exports.ClaimError = ClaimError;
exports.ControlError = ControlError;
exports.Server = Server;
exports.Vault = Vault;

/**
 * start(t, options): a Vault that ends with node:test's t, and shows what came to
 * it when that fails; start(options): one for which the caller calls close().
 */
exports.start = async function start(test, options) {
  const t = typeof test?.after === 'function' ? test : null;
  const server = await Server.shared();
  const vault = await server.vault((t ? options : test) ?? {});
  t?.after(() => finish(vault, t.passed !== false));
  return vault;
};

/** Judges what a test played, shows what came when it fails, and gives it up. */
async function finish(vault, passed) {
  try {
    if (passed) await vault.judge();
    else console.error(await vault.report());
  } catch (error) {
    console.error(await vault.report());
    throw error;
  } finally {
    await vault.close();
  }
}

/**
 * withVault(options, test): a function for any runner's test(), which calls
 * test(vault, ...) and shows what came to the Vault when that fails.
 */
exports.withVault = function withVault(options, test) {
  const body = test ?? options;
  // Its length is 0: runners would take a parameter for a callback.
  return async (...more) => {
    const vault = await exports.start(test ? options : {});
    let passed = false;
    try {
      await body(vault, ...more);
      passed = true;
    } finally {
      await finish(vault, passed);
    }
  };
};
