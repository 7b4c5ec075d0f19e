// node_client.js ADDRESS - CACERT: initialise, unseal, AppRole, policies,
// leases and wrapping through node-vault, behind TLS.
'use strict';
const assert = require('assert');
const fs = require('fs');
const vaultClient = require('node-vault');

const [endpoint, , caFile] = process.argv.slice(2);
const requestOptions = { ca: fs.readFileSync(caFile) };

function client(token) {
	return vaultClient({ endpoint, token, requestOptions });
}

async function refused(promise, status) {
	try {
		await promise;
	} catch (e) {
		assert.strictEqual(e.response && e.response.statusCode, status);
		return;
	}
	assert.fail('not refused');
}

const root = client();
let app;

const checks = {
	async 'initialise and unseal'() {
		assert.strictEqual((await root.initialized()).initialized, false);
		const made = await root.init({ secret_shares: 2,
			secret_threshold: 2 });
		root.token = made.root_token;
		for (const key of made.keys)
			await root.unseal({ key });
		assert.strictEqual((await root.status()).sealed, false);
	},
	async AppRole() {
		await root.addPolicy({ name: 'app',
			rules: 'path "secret/data/app" { capabilities = ["read"] }' });
		await root.mount({ mount_point: 'secret', type: 'kv',
			options: { version: '2' } });
		await root.write('secret/data/app', { data: { pw: 'x' } });
		await root.enableAuth({ mount_point: 'approle', type: 'approle' });
		await root.write('auth/approle/role/app',
			{ token_policies: 'app', token_ttl: '1h' });
		const role = await root.getApproleRoleId({ role_name: 'app' });
		const made = await root.getApproleRoleSecret({ role_name: 'app' });
		app = client();
		const login = await app.approleLogin({
			role_id: role.data.role_id,
			secret_id: made.data.secret_id });
		assert.strictEqual(login.auth.lease_duration, 3600);
		await refused(app.approleLogin({ role_id: role.data.role_id,
			secret_id: 'wrong' }), 400);
		app.token = login.auth.client_token;
	},
	async policies() {
		const read = await app.read('secret/data/app');
		assert.deepStrictEqual(read.data.data, { pw: 'x' });
		await refused(app.write('secret/data/app', { data: {} }), 403);
		assert.strictEqual((await app.tokenLookupSelf()).data.display_name,
			'approle');
	},
	async leases() {
		await root.mount({ mount_point: 'gl', type: 'generic-leased' });
		await root.write('gl/a', { v: '1', ttl: '1h' });
		const lease = await root.read('gl/a');
		const renewed = await root.write('sys/leases/renew',
			{ lease_id: lease.lease_id, increment: 60 });
		assert.strictEqual(renewed.lease_duration, 60);
		await root.write('sys/leases/revoke', { lease_id: lease.lease_id });
		await refused(root.write('sys/leases/lookup',
			{ lease_id: lease.lease_id }), 400);
	},
	async wrapping() {
		const wrapped = await root.write('sys/wrapping/wrap', { a: 'b' },
			{ headers: { 'X-Vault-Wrap-TTL': '60s' } });
		const token = wrapped.wrap_info.token;
		const inner = await client(token).unwrap({});
		assert.deepStrictEqual(inner.data, { a: 'b' });
		await refused(client(token).unwrap({}), 400);
		// Vault 1.19: the token is spent by the request itself.
		const twice = (await root.write('sys/wrapping/wrap', { a: 'b' },
			{ headers: { 'X-Vault-Wrap-TTL': '60s' } })).wrap_info.token;
		await refused(client(twice).unwrap({ token: twice }), 500);
	},
};

(async () => {
	let passed = 0, failed = 0;
	for (const [name, check] of Object.entries(checks)) {
		try {
			await check();
			passed++;
		} catch (e) {
			failed++;
			console.log('FAIL node: ' + name + ': ' + (e.stack || e));
		}
	}
	console.log(passed + ' passed, ' + failed + ' failed');
	process.exitCode = failed ? 1 : 0;
})();
