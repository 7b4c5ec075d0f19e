const fs = require('node:fs');
const path = require('node:path');

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * The program's path: what MOCKVAULT_BIN names, the one in this package, or
 * mockvault on PATH; null where there is none.
 */
exports.findBinary = function findBinary() {
  if (process.env.MOCKVAULT_BIN) return process.env.MOCKVAULT_BIN;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const places = [path.join(__dirname, '..', 'bin'), ...folders];
  return places.map((folder) => path.join(folder, 'mockvault')).find(isProgram) ?? null;
};
