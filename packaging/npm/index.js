'use strict';

/** The path of the program, for child_process. */
exports.path = require('node:path').join(__dirname, 'bin', 'mockvault');
