import java.time.Duration;
import java.util.*;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.vault.VaultException;
import org.springframework.vault.authentication.*;
import org.springframework.vault.client.*;
import org.springframework.vault.core.*;
import org.springframework.vault.core.lease.SecretLeaseContainer;
import org.springframework.vault.core.lease.domain.RequestedSecret;
import org.springframework.vault.core.lease.event.*;
import org.springframework.vault.support.*;
import org.springframework.vault.support.Policy.*;

/**
 * SpringDriver ADDRESS ROOT_TOKEN: spring-vault-core's templates, logins, session manager and lease
 * container, as its own integration tests use them.
 */
public class SpringDriver {
	static int passed, failed;

	interface Body {
		void run() throws Exception;
	}

	static void test(String name, Body b) {
		try {
			b.run();
			passed++;
		} catch (Throwable t) {
			failed++;
			System.out.println("FAIL " + name + ": " + t);
			StackTraceElement[] s = t.getStackTrace();
			for (StackTraceElement e : s)
				if (e.getClassName().startsWith("SpringDriver")) System.out.println("   " + e);
		}
	}

	static void is(Object a, Object b) {
		if (!Objects.equals(a, b)) throw new AssertionError(a + " is not " + b);
	}

	static void yes(boolean b) {
		if (!b) throw new AssertionError("not so");
	}

	static VaultException no(Body b) throws Exception {
		try {
			b.run();
		} catch (VaultException e) {
			return e;
		}
		throw new AssertionError("no VaultException");
	}

	public static void main(String[] a) throws Exception {
		VaultEndpoint ep = VaultEndpoint.from(java.net.URI.create(a[0]));
		VaultTemplate t =
				new VaultTemplate(
						ep,
						new SimpleClientHttpRequestFactory(),
						new SimpleSessionManager(new TokenAuthentication(a[1])));
		VaultSysOperations sys = t.opsForSys();
		test(
				"sys",
				() -> {
					yes(sys.isInitialized());
					yes(!sys.getUnsealStatus().isSealed());
					is(sys.getUnsealStatus().getProgress(), 0);
					is(sys.getUnsealStatus().getSecretShares(), 1);
					VaultHealth h = sys.health();
					yes(h.isInitialized());
					yes(!h.isSealed());
					yes(!h.isStandby());
					yes(!h.isPerformanceStandby());
					yes(h.getServerTimeUtc() > 0);
					is(h.getVersion(), "1.19.5");
					yes(!h.isRecoveryReplicationSecondary());
					is(sys.getMounts().get("secret/").getType(), "kv");
					is(sys.getMounts().get("secret/").getOptions(), Map.of("version", "2"));
					sys.mount(
							"other",
							VaultMount.builder()
									.type("generic")
									.config(Map.of("default_lease_ttl", "1h"))
									.description("hello, world")
									.build());
					VaultMount m = sys.getMounts().get("other/");
					is(m.getDescription(), "hello, world");
					is(m.getConfig().get("default_lease_ttl"), 3600);
					is(m.getType(), "generic");
					sys.unmount("other");
					sys.unmount("other");
					sys.authMount("up", VaultMount.builder().type("userpass").description("d").build());
					is(sys.getAuthMounts().get("up/").getType(), "userpass");
					is(sys.getAuthMounts().get("token/").getDescription(), "token based credentials");
					sys.authUnmount("up");
					yes(sys.getPolicyNames().containsAll(List.of("root", "default")));
					is(sys.getPolicy("root"), Policy.empty());
					is(sys.getPolicy("absent"), null);
					Rule r =
							Rule.builder()
									.path("foo")
									.capabilities(BuiltinCapabilities.READ, BuiltinCapabilities.UPDATE)
									.minWrappingTtl(Duration.ofSeconds(100))
									.maxWrappingTtl(Duration.ofHours(2))
									.allowedParameter("a", "b")
									.deniedParameter("c")
									.build();
					sys.createOrUpdatePolicy("foo", Policy.of(r));
					yes(sys.getPolicyNames().contains("foo"));
					yes(sys.getPolicy("foo").getRules().contains(r));
					sys.deletePolicy("foo");
					yes(!sys.getPolicyNames().contains("foo"));
					try {
						sys.getPolicy("default");
						throw new AssertionError();
					} catch (UnsupportedOperationException e) {
					}
				});
		test(
				"kv1",
				() -> {
					sys.mount("v1", VaultMount.builder().type("kv").options(Map.of("version", "1")).build());
					VaultKeyValueOperations k =
							t.opsForKeyValue("v1", VaultKeyValueOperationsSupport.KeyValueBackend.KV_1);
					k.put("a/b", Map.of("k", "v"));
					is(k.get("a/b").getData(), Map.of("k", "v"));
					is(k.list("a"), List.of("b"));
					is(k.list("x"), List.of());
					is(k.get("x"), null);
					is(k.get("a/b", Map.class).getData(), Map.of("k", "v"));
					k.delete("a/b");
					is(k.get("a/b"), null);
					t.write("v1/g", Map.of("k", "v"));
					is(t.read("v1/g").getData().get("k"), "v");
					is(t.list("v1"), List.of("g"));
					is(t.list("v1/none"), List.of());
					t.delete("v1/g");
					is(t.read("v1/g"), null);
				});
		test(
				"kv2",
				() -> {
					VaultKeyValueOperations k =
							t.opsForKeyValue("secret", VaultKeyValueOperationsSupport.KeyValueBackend.KV_2);
					k.put("s/a", Map.of("k", "v"));
					is(k.get("s/a").getData(), Map.of("k", "v"));
					is(k.list("s"), List.of("a"));
					is(k.list("/"), List.of("s/"));
					yes(k.patch("s/a", Map.of("l", "w")));
					is(k.get("s/a").getData(), Map.of("k", "v", "l", "w"));
					try {
						yes(!k.patch("s/none", Map.of("l", "w")));
					} catch (SecretNotFoundException e) {
					}
					k.delete("s/a");
					is(k.get("s/a"), null);
					VaultVersionedKeyValueOperations v = t.opsForVersionedKeyValue("secret");
					Versioned.Metadata md = v.put("s/v", Map.of("k", "v"));
					is(md.getVersion().getVersion(), 1);
					yes(md.getCreatedAt() != null);
					yes(!md.isDestroyed());
					no(
							() ->
									v.put(
											"s/v", Versioned.create(Map.of("k", "w"), Versioned.Version.unversioned())));
					v.put("s/v", Versioned.create(Map.of("k", "w"), Versioned.Version.from(1)));
					is(v.get("s/v").getData(), Map.of("k", "w"));
					is(v.get("s/v", Versioned.Version.from(1)).getData(), Map.of("k", "v"));
					is(v.get("s/none"), null);
					v.delete("s/v");
					Versioned<Map<String, Object>> d = v.get("s/v");
					is(d.getData(), null);
					yes(d.getMetadata().isDeleted());
					yes(d.getMetadata().getDeletedAt() != null);
					v.undelete("s/v", Versioned.Version.from(2));
					yes(v.get("s/v").getData() != null);
					v.delete("s/v", Versioned.Version.from(1));
					v.destroy("s/v", Versioned.Version.from(2));
					yes(v.get("s/v").getMetadata().isDestroyed());
					VaultKeyValueMetadataOperations mo = v.opsForKeyValueMetadata();
					mo.put(
							"s/v",
							VaultMetadataRequest.builder()
									.casRequired(true)
									.maxVersions(5)
									.deleteVersionAfter(Duration.ofMinutes(90))
									.customMetadata(Map.of("a", "b"))
									.build());
					VaultMetadataResponse mr = mo.get("s/v");
					yes(mr.isCasRequired());
					is(mr.getMaxVersions(), 5);
					is(mr.getDeleteVersionAfter(), Duration.ofMinutes(90));
					is(
							((Map) t.read("secret/metadata/s/v").getData().get("custom_metadata")),
							Map.of("a", "b"));
					is(mr.getVersions().size(), 2);
					is(mr.getCurrentVersion(), 2);
					yes(mr.getUpdatedTime() != null);
					mo.delete("s/v");
					is(mo.get("s/v"), null);
				});
		test(
				"token",
				() -> {
					VaultTokenOperations o = t.opsForToken();
					VaultTokenResponse r = o.create();
					yes(r.getToken().getToken().startsWith("hvs."));
					VaultTokenResponse q =
							o.create(
									VaultTokenRequest.builder()
											.displayName("display")
											.explicitMaxTtl(Duration.ofHours(1))
											.ttl(Duration.ofMinutes(30))
											.policies(List.of("root"))
											.numUses(4)
											.renewable()
											.noParent()
											.meta(Map.of("a", "b"))
											.build());
					is(q.getAuth().get("lease_duration"), 1800);
					yes(q.getAuth().containsKey("client_token"));
					VaultTokenResponse n = o.createOrphan();
					o.createOrphan(
							VaultTokenRequest.builder().ttl(Duration.ofMinutes(30)).renewable().build());
					VaultTokenResponse rn =
							o.create(
									VaultTokenRequest.builder().ttl(Duration.ofMinutes(30)).renewable(true).build());
					o.renew(rn.getToken());
					o.revoke(rn.getToken());
					no(() -> o.renew(rn.getToken()));
					o.revokeOrphan(n.getToken());
					o.revoke(VaultToken.of("foo"));
				});
		test(
				"wrapping",
				() -> {
					VaultWrappingOperations w = t.opsForWrapping();
					WrappedMetadata m = w.wrap(Map.of("key", "value"), Duration.ofSeconds(100));
					is(m.getTtl(), Duration.ofSeconds(100));
					is(m.getPath(), "sys/wrapping/wrap");
					WrappedMetadata l = w.lookup(m.getToken());
					is(l.getTtl(), Duration.ofSeconds(100));
					WrappedMetadata re = w.rewrap(m.getToken());
					is(re.getTtl(), Duration.ofSeconds(100));
					is(w.read(re.getToken()).getData(), Map.of("key", "value"));
					is(w.read(VaultToken.of("foo")), null);
					is(w.read(VaultToken.of("foo"), Map.class), null);
					is(w.lookup(VaultToken.of("foo")), null);
					no(() -> w.rewrap(VaultToken.of("foo")));
				});
		test(
				"transit",
				() -> {
					sys.mount("transit", VaultMount.create("transit"));
					VaultTransitOperations o = t.opsForTransit();
					is(o.getKeys(), List.of());
					o.createKey("mykey");
					VaultTransitKey k = o.getKey("mykey");
					yes(k.getType().startsWith("aes"));
					is(k.getName(), "mykey");
					yes(!k.isDeletionAllowed());
					yes(!k.isDerived());
					is(k.getMinDecryptionVersion(), 1);
					is(k.getLatestVersion(), 1);
					yes(
							k.supportsDecryption()
									&& k.supportsEncryption()
									&& k.supportsDerivation()
									&& !k.supportsSigning());
					o.rotate("mykey");
					o.rotate("mykey");
					o.configureKey(
							"mykey",
							VaultTransitKeyConfiguration.builder()
									.deletionAllowed(true)
									.minDecryptionVersion(1)
									.minEncryptionVersion(2)
									.build());
					is(o.getKey("mykey").getMinEncryptionVersion(), 2);
					is(o.getKeys(), List.of("mykey"));
					is(o.getKey("none"), null);
					yes(no(() -> o.deleteKey("none")).getMessage().contains("Status 400"));
					String c = o.encrypt("mykey", "hello-world");
					yes(c.startsWith("vault:v3"));
					is(o.decrypt("mykey", c), "hello-world");
					o.rotate("mykey");
					yes(o.rewrap("mykey", c).startsWith("vault:v4:"));
					List<VaultEncryptionResult> e =
							o.encrypt("mykey", List.of(Plaintext.of("one"), Plaintext.of("two")));
					List<VaultDecryptionResult> d =
							o.decrypt("mykey", List.of(e.get(0).get(), e.get(1).get()));
					is(d.get(1).getAsString(), "two");
					Ciphertext em = o.encrypt("mykey", Plaintext.of(""));
					is(o.decrypt("mykey", em).asString(), "");
					o.createKey(
							"conv",
							VaultTransitKeyCreationRequest.builder()
									.convergentEncryption(true)
									.derived(true)
									.build());
					VaultTransitContext x = VaultTransitContext.builder().context("blubb".getBytes()).build();
					String cc = o.encrypt("conv", "hello".getBytes(), x);
					is(new String(o.decrypt("conv", cc, x)), "hello");
					o.rotate("conv");
					yes(o.rewrap("conv", cc, x).startsWith("vault:v2"));
					o.createKey(
							"export",
							VaultTransitKeyCreationRequest.builder().exportable(true).derived(true).build());
					RawTransitKey rk = o.exportKey("export", TransitKeyType.ENCRYPTION_KEY);
					is(rk.getName(), "export");
					yes(rk.getKeys().get("1") != null);
					yes(o.exportKey("export", TransitKeyType.HMAC_KEY).getKeys().size() == 1);
					no(() -> o.exportKey("export", TransitKeyType.SIGNING_KEY));
					no(() -> o.exportKey("mykey", TransitKeyType.ENCRYPTION_KEY));
					for (String ty : List.of("ecdsa-p256", "ed25519", "rsa-2048")) {
						o.createKey(ty, VaultTransitKeyCreationRequest.ofKeyType(ty));
						yes(!o.getKey(ty).getKeys().isEmpty());
						Plaintext p = Plaintext.of("x");
						Signature s = o.sign(ty, p);
						yes(o.verify(ty, p, s));
						yes(!o.verify(ty, Plaintext.of("y"), s));
						yes(o.verify(ty, VaultSignatureVerificationRequest.create(p, s)).isValid());
						Hmac h = o.getHmac(ty, p);
						yes(h.getHmac().startsWith("vault:v1:"));
						yes(o.verify(ty, VaultSignatureVerificationRequest.create(p, h)).isValid());
					}
					o.sign(
							"rsa-2048",
							VaultSignRequest.builder()
									.plaintext(Plaintext.of("x"))
									.hashAlgorithm("sha2-512")
									.signatureAlgorithm("pss")
									.build());
					o.getHmac(
							"mykey",
							VaultHmacRequest.builder()
									.plaintext(Plaintext.of("x"))
									.algorithm("sha2-512")
									.keyVersion(2)
									.build());
					o.deleteKey("mykey");
					is(o.getKey("mykey"), null);
				});
		test(
				"pki",
				() -> {
					sys.mount(
							"pki",
							VaultMount.builder().type("pki").config(Map.of("max_lease_ttl", "87600h")).build());
					t.write("pki/root/generate/internal", Map.of("common_name", "root", "ttl", "8760h"));
					t.write(
							"pki/roles/testrole",
							Map.of(
									"allowed_domains",
									"localhost,example.com",
									"allow_subdomains",
									"true",
									"allow_localhost",
									"true",
									"allow_ip_sans",
									"true",
									"max_ttl",
									"72h"));
					VaultPkiOperations p = t.opsForPki();
					CertificateBundle b =
							p.issueCertificate("testrole", VaultCertificateRequest.create("hello.example.com"))
									.getRequiredData();
					is(b.getPrivateKeyType(), "rsa");
					is(b.getX509Certificate().getSubjectX500Principal().getName(), "CN=hello.example.com");
					b.createKeyStore("vault");
					b.createKeyStore("vault", true);
					b.getX509IssuerCertificates();
					b.getPrivateKeySpec();
					p.issueCertificate(
									"testrole",
									VaultCertificateRequest.builder()
											.ttl(Duration.ofHours(48))
											.commonName("hello.example.com")
											.withAltName("a.example.com")
											.withIpSubjectAltName("1.2.3.4")
											.format("der")
											.build())
							.getRequiredData()
							.getX509Certificate();
					p.issueCertificate(
									"testrole",
									VaultCertificateRequest.builder()
											.commonName("hello.example.com")
											.privateKeyFormat("pkcs8")
											.build())
							.getRequiredData()
							.getPrivateKeySpec();
					no(() -> p.issueCertificate("testrole", VaultCertificateRequest.create("not.supported")));
					p.revoke(b.getSerialNumber());
					java.security.cert.X509CRL crl =
							(java.security.cert.X509CRL)
									java.security.cert.CertificateFactory.getInstance("X.509")
											.generateCRL(p.getCrl(VaultPkiOperations.Encoding.DER));
					yes(
							crl.getRevokedCertificate(
											new java.math.BigInteger(b.getSerialNumber().replaceAll(":", ""), 16))
									!= null);
					yes(p.getCrl(VaultPkiOperations.Encoding.PEM).readAllBytes().length > 0);
					p.getIssuerCertificate("default").getRequiredData().getX509Certificate();
				});
		test(
				"approle",
				() -> {
					sys.authMount("approle", VaultMount.create("approle"));
					sys.createOrUpdatePolicy(
							"dummy",
							Policy.of(Rule.builder().path("sys/*").capability(BuiltinCapabilities.READ).build()));
					t.write(
							"auth/approle/role/with-secret-id",
							Map.of(
									"policies",
									"dummy",
									"bound_cidr_list",
									"0.0.0.0/0",
									"bind_secret_id",
									"true",
									"token_ttl",
									"60s",
									"token_max_ttl",
									"60s"));
					t.write(
							"auth/approle/role/no-secret-id",
							Map.of(
									"policies", "dummy", "bound_cidr_list", "0.0.0.0/0", "bind_secret_id", "false"));
					String
							role =
									(String)
											t.read("auth/approle/role/with-secret-id/role-id").getData().get("role_id"),
							nos =
									(String)
											t.read("auth/approle/role/no-secret-id/role-id").getData().get("role_id"),
							sid =
									(String)
											t.write("auth/approle/role/with-secret-id/secret-id", Map.of())
													.getData()
													.get("secret_id");
					org.springframework.web.client.RestTemplate rt =
							VaultClients.createRestTemplate(
									SimpleVaultEndpointProvider.of(ep), new SimpleClientHttpRequestFactory());
					login(
							rt,
							AppRoleAuthenticationOptions.builder()
									.roleId(AppRoleAuthenticationOptions.RoleId.provided(role))
									.secretId(AppRoleAuthenticationOptions.SecretId.provided(sid)));
					login(
							rt,
							AppRoleAuthenticationOptions.builder()
									.roleId(AppRoleAuthenticationOptions.RoleId.provided(nos)));
					login(
							rt,
							AppRoleAuthenticationOptions.builder()
									.appRole("with-secret-id")
									.roleId(AppRoleAuthenticationOptions.RoleId.pull(VaultToken.of(a[1])))
									.secretId(AppRoleAuthenticationOptions.SecretId.pull(VaultToken.of(a[1]))));
					VaultResponse wr =
							t.doWithSession(
									r ->
											r.postForEntity(
															"auth/approle/role/with-secret-id/secret-id",
															new org.springframework.http.HttpEntity<>(Map.of(), wrapHeader()),
															VaultResponse.class)
													.getBody());
					VaultResponse wi =
							t.doWithSession(
									r ->
											r.exchange(
															"auth/approle/role/with-secret-id/role-id",
															org.springframework.http.HttpMethod.GET,
															new org.springframework.http.HttpEntity<>(wrapHeader()),
															VaultResponse.class)
													.getBody());
					login(
							rt,
							AppRoleAuthenticationOptions.builder()
									.roleId(
											AppRoleAuthenticationOptions.RoleId.wrapped(
													VaultToken.of(wi.getWrapInfo().get("token"))))
									.secretId(
											AppRoleAuthenticationOptions.SecretId.wrapped(
													VaultToken.of(wr.getWrapInfo().get("token"))))
									.unwrappingEndpoints(UnwrappingEndpoints.SysWrapping));
					try {
						login(
								rt,
								AppRoleAuthenticationOptions.builder()
										.roleId(AppRoleAuthenticationOptions.RoleId.provided(role))
										.secretId(AppRoleAuthenticationOptions.SecretId.provided("wrong")));
						throw new AssertionError();
					} catch (VaultLoginException e) {
					}
					
					ThreadPoolTaskScheduler s = new ThreadPoolTaskScheduler();
					s.setDaemon(true);
					s.afterPropertiesSet();
					LifecycleAwareSessionManager lm =
							new LifecycleAwareSessionManager(
									new AppRoleAuthentication(
											AppRoleAuthenticationOptions.builder()
													.roleId(AppRoleAuthenticationOptions.RoleId.provided(role))
													.secretId(AppRoleAuthenticationOptions.SecretId.provided(sid))
													.build(),
											rt),
									s,
									rt);
					VaultToken tok = lm.getSessionToken();
					yes(tok instanceof LoginToken);
					yes(((LoginToken) tok).isRenewable());
					is(((LoginToken) tok).getLeaseDuration(), Duration.ofSeconds(60));
					yes(lm.renewToken());
					lm.destroy();
					VaultTokenResponse ct =
							t.opsForToken()
									.create(
											VaultTokenRequest.builder().ttl(Duration.ofMinutes(1)).renewable().build());
					LoginToken l2 =
							(LoginToken)
									new LoginTokenAdapter(new TokenAuthentication(ct.getToken()), rt).login();
					is(l2.getType(), "service");
					yes(l2.isRenewable());
					yes(l2.getAccessor() != null);

					VaultResponse wt =
							t.doWithSession(
									r ->
											r.postForEntity(
															"auth/token/create",
															new org.springframework.http.HttpEntity<>(Map.of(), wrapHeader()),
															VaultResponse.class)
													.getBody());
					VaultToken cub =
							new CubbyholeAuthentication(
											CubbyholeAuthenticationOptions.builder()
													.unwrappingEndpoints(UnwrappingEndpoints.SysWrapping)
													.initialToken(VaultToken.of(wt.getWrapInfo().get("token")))
													.wrapped()
													.build(),
											rt)
									.login();
					yes(cub.getToken().startsWith("hvs."));
				});
		test(
				"leases",
				() -> {
					sys.mount("db", VaultMount.create("database"));
					t.write(
							"db/config/pg",
							Map.of(
									"plugin_name",
									"postgresql-database-plugin",
									"connection_url",
									"postgresql://{{username}}:{{password}}@h/x",
									"username",
									"u",
									"password",
									"p",
									"allowed_roles",
									"*",
									"verify_connection",
									false));
					t.write(
							"db/roles/r",
							Map.of(
									"db_name",
									"pg",
									"creation_statements",
									"CREATE ROLE \"{{name}}\"",
									"default_ttl",
									"60",
									"max_ttl",
									"600"));
					ThreadPoolTaskScheduler s = new ThreadPoolTaskScheduler();
					s.setDaemon(true);
					s.afterPropertiesSet();
					SecretLeaseContainer c = new SecretLeaseContainer(t, s);
					c.setMinRenewal(Duration.ofSeconds(1));
					List<Object> ev = Collections.synchronizedList(new ArrayList<>());
					java.util.concurrent.CountDownLatch got = new java.util.concurrent.CountDownLatch(1);
					c.addLeaseListener(
							e -> {
								ev.add(e.getClass().getSimpleName());
								got.countDown();
							});
					c.addErrorListener((e, x) -> ev.add(x.toString()));
					c.setLeaseEndpoints(org.springframework.vault.core.lease.LeaseEndpoints.Leases);
					RequestedSecret rs = RequestedSecret.renewable("db/creds/r");
					c.addRequestedSecret(rs);
					c.afterPropertiesSet();
					c.start();
					got.await(5, java.util.concurrent.TimeUnit.SECONDS);
					yes(c.renew(rs));
					c.stop();
					c.destroy();
					yes(ev.contains("SecretLeaseCreatedEvent"));
					yes(ev.contains("AfterSecretLeaseRenewedEvent"));
				});
		System.out.println(passed + " passed, " + failed + " failed");
		System.exit(failed > 0 ? 1 : 0);
	}

	static org.springframework.http.HttpHeaders wrapHeader() {
		org.springframework.http.HttpHeaders h = new org.springframework.http.HttpHeaders();
		h.add("X-Vault-Wrap-TTL", "3600");
		return h;
	}

	static void login(
			org.springframework.web.client.RestTemplate rt,
			AppRoleAuthenticationOptions.AppRoleAuthenticationOptionsBuilder b) {
		VaultToken t = new AppRoleAuthentication(b.build(), rt).login();
		yes(t instanceof LoginToken);
		yes(t.getToken().startsWith("hvs."));
	}
}
