# Every source of the program, room by room, one a line and in order.
noinst_LIBRARIES += libmockvault.a
bin_PROGRAMS += mockvault
mockvault_SOURCES = src/cli/main.c
mockvault_LDADD = libmockvault.a $(EVENT_LIBS) $(JANSSON_LIBS) \
	$(OPENSSL_LIBS) $(PCRE2_LIBS) $(SQLITE_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) \
	-lm
if STATIC_BINARY
mockvault_SOURCES += src/cli/static_trim.c
mockvault_LDFLAGS = $(AM_LDFLAGS) $(STATIC_LDFLAGS)
endif

# The manual page is what the option table says.
man1_MANS = mockvault.1
mockvault.1: mockvault$(EXEEXT)
	$(AM_V_GEN)./mockvault$(EXEEXT) man >$@
CLEANFILES += mockvault.1
dist_pkgdata_DATA = fixtures/platform-kernel.json

libmockvault_a_SOURCES =

# The scenarios go with the program.
SCENARIOS = audit-after-effect cert-rotation leader-crash lb-meltdown \
	login-storm max-ttl-cliff policy-change renewal-blip rolling-restart \
	seal-incident
SCENARIO_FILES = $(SCENARIOS:%=$(srcdir)/fixtures/scenarios/%.json)
nodist_libmockvault_a_SOURCES = src/fault/scenario/shipped.c
src/fault/scenario/shipped.c: $(SCENARIO_FILES) $(srcdir)/scripts/embed-scenarios
	$(AM_V_GEN)mkdir -p src/fault/scenario && \
		$(srcdir)/scripts/embed-scenarios $(SCENARIO_FILES) >$@
CLEANFILES += src/fault/scenario/shipped.c

include_HEADERS += include/mockvault.h

# The sources, a local.mk for each folder, from the bottom up.
include src/base/local.mk
include src/base/hcl/local.mk
include src/base/json/local.mk
include src/clock/local.mk
include src/store/local.mk
include src/core/local.mk
include src/core/crypto/local.mk
include src/core/mount/local.mk
include src/core/policy/local.mk
include src/core/seal/local.mk
include src/core/state/local.mk
include src/core/token/local.mk
include src/journal/local.mk
include src/journal/match/local.mk
include src/journal/verify/local.mk
include src/fault/local.mk
include src/fault/outage/local.mk
include src/fault/rule/local.mk
include src/fault/scenario/local.mk
include src/api/local.mk
include src/api/phases/local.mk
include src/sys/local.mk
include src/sys/mounts/local.mk
include src/secrets/cubbyhole/local.mk
include src/secrets/database/local.mk
include src/secrets/identity/local.mk
include src/secrets/kv/local.mk
include src/secrets/pki/local.mk
include src/secrets/transit/local.mk
include src/auth/local.mk
include src/auth/approle/local.mk
include src/auth/config_only/local.mk
include src/auth/token/local.mk
include src/auth/userpass/local.mk
include src/control/local.mk
include src/http/local.mk
include src/server/local.mk
include src/server/dev/local.mk
include src/server/config/local.mk
include src/server/fixtures/local.mk
include src/cli/local.mk
include src/cli/ctl/local.mk
include src/cli/vault/local.mk
include src/cli/vault/client/local.mk
include src/cli/vault/commands/local.mk
include src/cli/vault/output/local.mk
