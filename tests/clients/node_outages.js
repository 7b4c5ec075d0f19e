// node_outages.js ADDRESS ROOT_TOKEN: how node-vault takes outages. It tries
// once, has no timeout of its own, and its error is errors[0]; sys/health is
// never an error.
'use strict';
const assert = require('assert');
const vaultClient = require('node-vault');

const [endpoint, token] = process.argv.slice(2);
const mock = process.env.MOCKVAULT_URL;
const path = 'secret/data/app';

async function control(method, call, body) {
	const answer = await fetch(`${mock}/_mock/${call}`, { method,
		body: body && JSON.stringify(body) });
	const text = await answer.text();
	assert.ok(answer.status < 300, `${call}: ${answer.status} ${text}`);
	return text ? JSON.parse(text) : {};
}

async function count() {
	return (await control('POST', 'requests/count',
		{ match: { path } })).count;
}

// outage, params, status of the answer (0: none), what the message holds
const reactions = [
	['sealed', {}, 503, 'Vault is sealed'],
	['no-leader', {}, 500, 'active cluster node not found'],
	['rate-limit', { rate: 0 }, 429, 'rate limit quota exceeded'],
	['permission-flap', { every: 1 }, 403, 'permission denied'],
	['kv-deleted', { path: 'secret/app' }, 404, 'Status 404'],
	['kv-upgrading', {}, 400, 'Upgrading from non-versioned'],
	['namespace', { as: 'locked' }, 503, 'locked by an administrator'],
	['lb-html', { status: 502 }, 502, 'Status 502'],
	['reset', {}, 0, /ECONNRESET|socket hang up/],
	['empty', {}, 0, /socket hang up|ECONNRESET/],
	['garbage', {}, 0, /Parse Error|HTTP\//],
	['refuse', {}, 0, /ECONNREFUSED/],
];

async function react([outage, params, status, text]) {
	await control('POST', 'reset', {});
	const client = vaultClient({ endpoint, token });
	await client.write(path, { data: { k: 'v' } });
	await control('PUT', `outages/${outage}`, { params });
	const before = await count();
	let error;
	try {
		await client.read(path);
	} catch (e) {
		error = e;
	}
	const tries = await count() - before;
	assert.ok(error, 'no error');
	assert.strictEqual((error.response && error.response.statusCode) || 0,
		status);
	const message = String(error.message) + String(error.cause || '') +
		String(error.code || '');
	if (text instanceof RegExp)
		assert.match(message, text);
	else
		assert.ok(message.includes(text), message);
	assert.strictEqual(tries, outage === 'refuse' ? 0 : 1);
}

// A page of HTML with 200 is a secret without data.
async function page() {
	await control('POST', 'reset', {});
	await control('PUT', 'outages/lb-200-html', {});
	const got = await vaultClient({ endpoint, token }).read(path);
	assert.strictEqual(typeof got, 'string');
}

async function health() {
	await control('POST', 'reset', {});
	await control('PUT', 'outages/sealed', {});
	assert.strictEqual((await vaultClient({ endpoint }).health()).sealed,
		true);
}

async function main() {
	const checks = reactions.map((r) => [r[0], () => react(r)]);
	let passed = 0, failed = 0;

	checks.push(['lb-200-html', page], ['health while sealed', health]);
	for (const [name, check] of checks) {
		try {
			await check();
			passed++;
		} catch (e) {
			failed++;
			console.log(`FAIL ${name}: ${e.stack}`);
		}
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

main();
