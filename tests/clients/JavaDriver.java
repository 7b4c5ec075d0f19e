import io.github.jopenlibs.vault.SslConfig;
import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.response.AuthResponse;
import io.github.jopenlibs.vault.response.LogicalResponse;
import java.io.File;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * JavaDriver ADDRESS ROOT_TOKEN CACERT KEY: unseal, AppRole, policies, leases
 * and wrapping through vault-java-driver, behind TLS.
 */
public class JavaDriver {
	interface Check {
		void run() throws Exception;
	}

	static String address;
	static File ca;
	static Vault root;
	static Vault app;

	static Vault client(String token) throws VaultException {
		VaultConfig config = new VaultConfig().address(address)
			.engineVersion(1).token(token)
			.sslConfig(new SslConfig().pemFile(ca).build()).build();
		return Vault.create(config);
	}

	static void same(Object want, Object got) {
		if (!want.equals(got))
			throw new AssertionError("want " + want + ", got " + got);
	}

	static Map<String, Object> map(Object... pairs) {
		Map<String, Object> out = new LinkedHashMap<>();
		for (int i = 0; i < pairs.length; i += 2)
			out.put((String) pairs[i], pairs[i + 1]);
		return out;
	}

	static void appRole() throws Exception {
		root.logical().write("sys/policies/acl/app", map("policy",
			"path \"kv/app\" { capabilities = [\"read\"] }"));
		root.logical().write("sys/mounts/kv", map("type", "kv"));
		root.logical().write("kv/app", map("pw", "x"));
		root.logical().write("sys/auth/approle", map("type", "approle"));
		root.logical().write("auth/approle/role/app",
			map("token_policies", "app", "token_ttl", "1h"));
		String role = root.logical().read("auth/approle/role/app/role-id")
			.getData().get("role_id");
		String secret = root.logical()
			.write("auth/approle/role/app/secret-id", map())
			.getData().get("secret_id");
		AuthResponse login = client("").auth().loginByAppRole(role, secret);
		same(3600L, login.getAuthLeaseDuration());
		app = client(login.getAuthClientToken());
		same(3600L, app.auth().renewSelf().getAuthLeaseDuration());
	}

	static void policies() throws Exception {
		same("x", app.logical().read("kv/app").getData().get("pw"));
		LogicalResponse refused =
			app.logical().write("kv/app", map("pw", "y"));
		same(403, refused.getRestResponse().getStatus());
	}

	static void leases() throws Exception {
		root.logical().write("sys/mounts/gl",
			map("type", "generic-leased"));
		root.logical().write("gl/a", map("v", "1", "ttl", "1h"));
		LogicalResponse lease = root.logical().read("gl/a");
		same(3600L, lease.getLeaseDuration());
		same(200, root.leases().renew(lease.getLeaseId(), 60)
			.getRestResponse().getStatus());
		root.leases().revoke(lease.getLeaseId());
		same(400, root.logical().write("sys/leases/lookup",
			map("lease_id", lease.getLeaseId()))
			.getRestResponse().getStatus());
	}

	static void wrapping() throws Exception {
		String token = root.auth().wrap(
			new io.github.jopenlibs.vault.json.JsonObject()
				.add("a", "b"), 60).getToken();
		/* the driver hands texts over as JSON */
		same("\"b\"", String.valueOf(client(token).auth().unwrap()
			.getData().get("a")));
	}

	public static void main(String[] args) throws Exception {
		Map<String, Check> checks = new LinkedHashMap<>();
		int failed = 0;

		address = args[0];
		ca = new File(args[2]);
		root = client(args[1]);
		checks.put("unseal", () -> same(false,
			root.seal().unseal(args[3]).getSealed()));
		checks.put("AppRole", JavaDriver::appRole);
		checks.put("policies", JavaDriver::policies);
		checks.put("leases", JavaDriver::leases);
		checks.put("wrapping", JavaDriver::wrapping);
		for (Map.Entry<String, Check> one : checks.entrySet()) {
			try {
				one.getValue().run();
			} catch (Throwable e) {
				failed++;
				System.out.println("FAIL java: " + one.getKey() + ": " + e);
			}
		}
		System.out.println((checks.size() - failed) + " passed, " +
			failed + " failed");
		System.exit(failed > 0 ? 1 : 0);
	}
}
