# Every source of the program, room by room, one a line and in order.
noinst_LIBRARIES += libmockvault.a
bin_PROGRAMS += mockvault
mockvault_SOURCES = src/cli/main.c
mockvault_LDADD = libmockvault.a $(EVENT_LIBS) $(JANSSON_LIBS) \
	$(OPENSSL_LIBS) $(SQLITE_LIBS) -lm
if STATIC_BINARY
mockvault_LDFLAGS = $(AM_LDFLAGS) -static
endif

# The manual page is what the option table says.
man1_MANS = mockvault.1
mockvault.1: mockvault$(EXEEXT)
	$(AM_V_GEN)./mockvault$(EXEEXT) man >$@
CLEANFILES += mockvault.1
dist_pkgdata_DATA = fixtures/platform-kernel.json

libmockvault_a_SOURCES =
include_HEADERS += include/mockvault.h
libmockvault_a_SOURCES += src/base/buf.c
libmockvault_a_SOURCES += src/base/buf.h
libmockvault_a_SOURCES += src/base/error.c
libmockvault_a_SOURCES += src/base/error.h
libmockvault_a_SOURCES += src/base/gotime.c
libmockvault_a_SOURCES += src/base/gotime.h
libmockvault_a_SOURCES += src/base/jtext.c
libmockvault_a_SOURCES += src/base/jtext.h
libmockvault_a_SOURCES += src/base/log.c
libmockvault_a_SOURCES += src/base/log.h
libmockvault_a_SOURCES += src/base/map.c
libmockvault_a_SOURCES += src/base/map.h
libmockvault_a_SOURCES += src/base/mem.c
libmockvault_a_SOURCES += src/base/mem.h
libmockvault_a_SOURCES += src/base/shape.c
libmockvault_a_SOURCES += src/base/shape.h
libmockvault_a_SOURCES += src/base/text.c
libmockvault_a_SOURCES += src/base/text.h
libmockvault_a_SOURCES += src/base/version.h

libmockvault_a_SOURCES += src/world/clock.c
libmockvault_a_SOURCES += src/world/clock.h
libmockvault_a_SOURCES += src/world/rng.c
libmockvault_a_SOURCES += src/world/rng.h

libmockvault_a_SOURCES += src/hcl/hcl.c
libmockvault_a_SOURCES += src/hcl/hcl.h

libmockvault_a_SOURCES += src/store/store.c
libmockvault_a_SOURCES += src/store/store.h

libmockvault_a_SOURCES += src/core/acl.c
libmockvault_a_SOURCES += src/core/acl.h
libmockvault_a_SOURCES += src/core/audit.c
libmockvault_a_SOURCES += src/core/audit.h
libmockvault_a_SOURCES += src/core/audit_sink.c
libmockvault_a_SOURCES += src/core/audit_sink.h
libmockvault_a_SOURCES += src/core/identity.c
libmockvault_a_SOURCES += src/core/identity.h
libmockvault_a_SOURCES += src/core/identity_template.c
libmockvault_a_SOURCES += src/core/lease.c
libmockvault_a_SOURCES += src/core/lease.h
libmockvault_a_SOURCES += src/core/lockout.c
libmockvault_a_SOURCES += src/core/lockout.h
libmockvault_a_SOURCES += src/core/mount.c
libmockvault_a_SOURCES += src/core/mount.h
libmockvault_a_SOURCES += src/core/passthrough.c
libmockvault_a_SOURCES += src/core/passthrough.h
libmockvault_a_SOURCES += src/core/policy.c
libmockvault_a_SOURCES += src/core/policy.h
libmockvault_a_SOURCES += src/core/rekey.c
libmockvault_a_SOURCES += src/core/rekey.h
libmockvault_a_SOURCES += src/core/rootgen.c
libmockvault_a_SOURCES += src/core/rootgen.h
libmockvault_a_SOURCES += src/core/seal.c
libmockvault_a_SOURCES += src/core/seal.h
libmockvault_a_SOURCES += src/core/setting.c
libmockvault_a_SOURCES += src/core/setting.h
libmockvault_a_SOURCES += src/core/shamir.c
libmockvault_a_SOURCES += src/core/shamir.h
libmockvault_a_SOURCES += src/core/shares.c
libmockvault_a_SOURCES += src/core/shares.h
libmockvault_a_SOURCES += src/core/sweep.c
libmockvault_a_SOURCES += src/core/sweep.h
libmockvault_a_SOURCES += src/core/token.c
libmockvault_a_SOURCES += src/core/token.h
libmockvault_a_SOURCES += src/core/token_form.c
libmockvault_a_SOURCES += src/core/token_form.h
libmockvault_a_SOURCES += src/core/vault.c
libmockvault_a_SOURCES += src/core/vault.h
libmockvault_a_SOURCES += src/core/wrap.c
libmockvault_a_SOURCES += src/core/wrap.h

libmockvault_a_SOURCES += src/api/access.c
libmockvault_a_SOURCES += src/api/api.c
libmockvault_a_SOURCES += src/api/api.h
libmockvault_a_SOURCES += src/api/api_internal.h
libmockvault_a_SOURCES += src/api/audit.c
libmockvault_a_SOURCES += src/api/cidr.c
libmockvault_a_SOURCES += src/api/cors.c
libmockvault_a_SOURCES += src/api/cors.h
libmockvault_a_SOURCES += src/api/engine.h
libmockvault_a_SOURCES += src/api/help.c
libmockvault_a_SOURCES += src/api/lockout.c
libmockvault_a_SOURCES += src/api/login.c
libmockvault_a_SOURCES += src/api/login.h
libmockvault_a_SOURCES += src/api/param.c
libmockvault_a_SOURCES += src/api/param.h
libmockvault_a_SOURCES += src/api/pipeline.c
libmockvault_a_SOURCES += src/api/reply.c
libmockvault_a_SOURCES += src/api/reply.h
libmockvault_a_SOURCES += src/api/request.c
libmockvault_a_SOURCES += src/api/request.h
libmockvault_a_SOURCES += src/api/route.c
libmockvault_a_SOURCES += src/api/route.h
libmockvault_a_SOURCES += src/api/target.c
libmockvault_a_SOURCES += src/api/wrapping.c

libmockvault_a_SOURCES += src/journal/journal.h
libmockvault_a_SOURCES += src/journal/match.h

libmockvault_a_SOURCES += src/fault/fault.h
libmockvault_a_SOURCES += src/fault/wire.h

libmockvault_a_SOURCES += src/control/control.c
libmockvault_a_SOURCES += src/control/control.h
libmockvault_a_SOURCES += src/control/info.c

libmockvault_a_SOURCES += src/sys/audit.c
libmockvault_a_SOURCES += src/sys/capabilities.c
libmockvault_a_SOURCES += src/sys/config.c
libmockvault_a_SOURCES += src/sys/counters.c
libmockvault_a_SOURCES += src/sys/dedicated.c
libmockvault_a_SOURCES += src/sys/dedicated.h
libmockvault_a_SOURCES += src/sys/generate_root.c
libmockvault_a_SOURCES += src/sys/health.c
libmockvault_a_SOURCES += src/sys/init.c
libmockvault_a_SOURCES += src/sys/internal_ui.c
libmockvault_a_SOURCES += src/sys/key_shares.c
libmockvault_a_SOURCES += src/sys/key_shares.h
libmockvault_a_SOURCES += src/sys/leader.c
libmockvault_a_SOURCES += src/sys/leases.c
libmockvault_a_SOURCES += src/sys/locked_users.c
libmockvault_a_SOURCES += src/sys/mount_info.c
libmockvault_a_SOURCES += src/sys/mount_info.h
libmockvault_a_SOURCES += src/sys/mounts.c
libmockvault_a_SOURCES += src/sys/mounts.h
libmockvault_a_SOURCES += src/sys/mounts_tune.c
libmockvault_a_SOURCES += src/sys/plugins.c
libmockvault_a_SOURCES += src/sys/policies.c
libmockvault_a_SOURCES += src/sys/raft.c
libmockvault_a_SOURCES += src/sys/rekey.c
libmockvault_a_SOURCES += src/sys/remount.c
libmockvault_a_SOURCES += src/sys/rotate.c
libmockvault_a_SOURCES += src/sys/seal.c
libmockvault_a_SOURCES += src/sys/tables.h
libmockvault_a_SOURCES += src/sys/tools.c
libmockvault_a_SOURCES += src/sys/wrapping.c

libmockvault_a_SOURCES += src/secrets/cubbyhole.c
libmockvault_a_SOURCES += src/secrets/identity.c
libmockvault_a_SOURCES += src/secrets/identity.h
libmockvault_a_SOURCES += src/secrets/identity_alias.c
libmockvault_a_SOURCES += src/secrets/identity_entity.c
libmockvault_a_SOURCES += src/secrets/identity_group.c
libmockvault_a_SOURCES += src/secrets/identity_lookup.c
libmockvault_a_SOURCES += src/secrets/kv1.c
libmockvault_a_SOURCES += src/secrets/kv2.c
libmockvault_a_SOURCES += src/secrets/kv2.h
libmockvault_a_SOURCES += src/secrets/kv2_data.c
libmockvault_a_SOURCES += src/secrets/kv2_metadata.c
libmockvault_a_SOURCES += src/secrets/kv2_store.c
libmockvault_a_SOURCES += src/secrets/kv2_store.h
libmockvault_a_SOURCES += src/secrets/kv2_versions.c

libmockvault_a_SOURCES += src/auth/approle.c
libmockvault_a_SOURCES += src/auth/approle.h
libmockvault_a_SOURCES += src/auth/approle_role.c
libmockvault_a_SOURCES += src/auth/approle_secret.c
libmockvault_a_SOURCES += src/auth/approle_store.c
libmockvault_a_SOURCES += src/auth/approle_store.h
libmockvault_a_SOURCES += src/auth/others.c
libmockvault_a_SOURCES += src/auth/token.c
libmockvault_a_SOURCES += src/auth/token_create.c
libmockvault_a_SOURCES += src/auth/token_endpoints.h
libmockvault_a_SOURCES += src/auth/token_roles.c
libmockvault_a_SOURCES += src/auth/userpass.c

libmockvault_a_SOURCES += src/http/answer.c
libmockvault_a_SOURCES += src/http/conn.c
libmockvault_a_SOURCES += src/http/greet.c
libmockvault_a_SOURCES += src/http/http.c
libmockvault_a_SOURCES += src/http/http.h
libmockvault_a_SOURCES += src/http/http_internal.h
libmockvault_a_SOURCES += src/http/listen.c
libmockvault_a_SOURCES += src/http/parse.c
libmockvault_a_SOURCES += src/http/parse.h
libmockvault_a_SOURCES += src/http/reader.c
libmockvault_a_SOURCES += src/http/shaper.c
libmockvault_a_SOURCES += src/http/status.c
libmockvault_a_SOURCES += src/http/status.h
libmockvault_a_SOURCES += src/http/tls.c
libmockvault_a_SOURCES += src/http/tls.h

libmockvault_a_SOURCES += src/server/banner.c
libmockvault_a_SOURCES += src/server/banner.h
libmockvault_a_SOURCES += src/server/cert_profiles.c
libmockvault_a_SOURCES += src/server/cert_profiles.h
libmockvault_a_SOURCES += src/server/config_file.c
libmockvault_a_SOURCES += src/server/config_file.h
libmockvault_a_SOURCES += src/server/control_host.c
libmockvault_a_SOURCES += src/server/control_host.h
libmockvault_a_SOURCES += src/server/dev.c
libmockvault_a_SOURCES += src/server/dev.h
libmockvault_a_SOURCES += src/server/dev_tls.c
libmockvault_a_SOURCES += src/server/dev_tls.h
libmockvault_a_SOURCES += src/server/embed.c
libmockvault_a_SOURCES += src/server/engines.c
libmockvault_a_SOURCES += src/server/engines.h
libmockvault_a_SOURCES += src/server/fixtures.c
libmockvault_a_SOURCES += src/server/fixtures.h
libmockvault_a_SOURCES += src/server/generators.c
libmockvault_a_SOURCES += src/server/generators.h
libmockvault_a_SOURCES += src/server/instance.c
libmockvault_a_SOURCES += src/server/instance.h
libmockvault_a_SOURCES += src/server/keygen.c
libmockvault_a_SOURCES += src/server/keygen.h
libmockvault_a_SOURCES += src/server/listeners.c
libmockvault_a_SOURCES += src/server/listeners.h
libmockvault_a_SOURCES += src/server/options.c
libmockvault_a_SOURCES += src/server/options.h
libmockvault_a_SOURCES += src/server/server.c
libmockvault_a_SOURCES += src/server/server.h

libmockvault_a_SOURCES += src/cli/commands.h
libmockvault_a_SOURCES += src/cli/man.c
libmockvault_a_SOURCES += src/cli/operator.c
libmockvault_a_SOURCES += src/cli/routes.c
libmockvault_a_SOURCES += src/cli/version.c

