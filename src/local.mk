# Every source of the program, room by room, one a line and in order.
# libmockvault.a here is the parts of the program; src/library.mk makes what
# other programs link with.
noinst_LIBRARIES += libmockvault.a
bin_PROGRAMS += mockvault
mockvault_SOURCES = src/cli/main.c
MOCKVAULT_LIBS = $(EVENT_LIBS) $(JANSSON_LIBS) \
	$(OPENSSL_LIBS) $(PCRE2_LIBS) $(RAFT_LIBS) $(SQLITE_LIBS) $(YAML_LIBS) $(ZLIB_LIBS) \
	-lm
mockvault_LDADD = libmockvault.a $(LOAD_ORDER_LIBS) $(MOCKVAULT_LIBS)
mockvault_LDFLAGS = $(AM_LDFLAGS) $(HARDEN_LDFLAGS) $(STATIC_LDFLAGS)
if STATIC_BINARY
mockvault_SOURCES += src/cli/static_trim.c
endif

# The program as Vault's command, by its other name: --enable-vault-link.
if VAULT_LINK
install-exec-hook:
	cd "$(DESTDIR)$(bindir)" && rm -f vault$(EXEEXT) && \
		$(LN_S) mockvault$(EXEEXT) vault$(EXEEXT)
install-data-hook:
	cd "$(DESTDIR)$(bashcompletiondir)" && rm -f vault && \
		$(LN_S) mockvault vault
uninstall-hook:
	rm -f "$(DESTDIR)$(bindir)/vault$(EXEEXT)" \
		"$(DESTDIR)$(bashcompletiondir)/vault"
endif

# What the program's tables say: manual pages and completions. One that is built
# for another machine leaves that to RUN_MOCKVAULT of this one.
RUN_MOCKVAULT = ./mockvault$(EXEEXT)
man1_MANS = mockvault.1
mockvault.1: mockvault$(EXEEXT)
	$(AM_V_GEN)$(RUN_MOCKVAULT) man >$@.new && mv $@.new $@
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
nodist_bashcompletion_DATA = completions/mockvault
nodist_zshcompletion_DATA = completions/_mockvault
nodist_fishcompletion_DATA = completions/mockvault.fish
completions/mockvault: mockvault$(EXEEXT)
	$(AM_V_GEN)mkdir -p completions && \
		$(RUN_MOCKVAULT) completion bash >$@.new && mv $@.new $@
completions/_mockvault: mockvault$(EXEEXT)
	$(AM_V_GEN)mkdir -p completions && \
		$(RUN_MOCKVAULT) completion zsh >$@.new && mv $@.new $@
completions/mockvault.fish: mockvault$(EXEEXT)
	$(AM_V_GEN)mkdir -p completions && \
		$(RUN_MOCKVAULT) completion fish >$@.new && mv $@.new $@
CLEANFILES += $(man1_MANS) $(nodist_bashcompletion_DATA) \
	$(nodist_zshcompletion_DATA) $(nodist_fishcompletion_DATA)

# Examples and documents.
fixturesdir = $(pkgdatadir)/fixtures
dist_fixtures_DATA = fixtures/platform-kernel.json
scenariosdir = $(pkgdatadir)/scenarios
dist_scenarios_DATA = $(SCENARIOS:%=fixtures/scenarios/%.json)
dist_doc_DATA = README.md CHANGELOG.md LICENSE
install-data-local:
	for folder in docs docs/tutorials; do \
		$(MKDIR_P) "$(DESTDIR)$(docdir)/$$folder" && \
		$(INSTALL_DATA) $(srcdir)/$$folder/*.md \
			"$(DESTDIR)$(docdir)/$$folder" || exit 1; \
	done
uninstall-local:
	rm -rf "$(DESTDIR)$(docdir)/docs"
	for name in $(LIBRARY_FILES); do \
		rm -f "$(DESTDIR)$(libdir)/$$name"; \
	done

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


# The sources, a local.mk for each folder, from the bottom up.
# What is made beside the programs.
ALL_LOCAL =
all-local: $(ALL_LOCAL)

include src/library.mk
include src/base/local.mk
include src/base/hcl/local.mk
include src/base/http/local.mk
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
include src/cluster/local.mk
include src/journal/local.mk
include src/journal/match/local.mk
include src/journal/verify/local.mk
include src/fault/local.mk
include src/fault/outage/local.mk
include src/fault/rule/local.mk
include src/fault/scenario/local.mk
include src/api/local.mk
include src/api/docs/local.mk
include src/api/phases/local.mk
include src/sys/local.mk
include src/sys/mounts/local.mk
include src/sys/raft/local.mk
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
include src/proxy/local.mk
include src/server/local.mk
include src/server/dev/local.mk
include src/server/embed/local.mk
include src/server/nodes/local.mk
include src/server/process/local.mk
include src/server/config/local.mk
include src/server/fixtures/local.mk
include src/cli/local.mk
include src/cli/ctl/local.mk
include src/cli/import/local.mk
include src/cli/vault/local.mk
include src/cli/vault/client/local.mk
include src/cli/vault/commands/local.mk
include src/cli/vault/output/local.mk
