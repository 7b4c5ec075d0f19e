# Tests. A unit test is tests/unit/FOLDER/NAME_test.c with a line below; it ends with
# UNIT_MAIN (tests/support/unit.h) and links against the whole library.
UNIT_TESTS = tests/unit/api/api_test
UNIT_TESTS += tests/unit/api/metrics_test
UNIT_TESTS += tests/unit/api/quota_test
UNIT_TESTS += tests/unit/api/state_test
UNIT_TESTS += tests/unit/api/time_test
UNIT_TESTS += tests/unit/base/buf_test
UNIT_TESTS += tests/unit/clock/clock_test
UNIT_TESTS += tests/unit/secrets/database_test
UNIT_TESTS += tests/unit/base/error_test
UNIT_TESTS += tests/unit/fault/fault_test
UNIT_TESTS += tests/unit/cli/flags_test
UNIT_TESTS += tests/unit/base/duration_test
UNIT_TESTS += tests/unit/http/accept_test
UNIT_TESTS += tests/unit/base/go_text_test
UNIT_TESTS += tests/unit/base/hcl_test
UNIT_TESTS += tests/unit/http/parse_test
UNIT_TESTS += tests/unit/journal/journal_test
UNIT_TESTS += tests/unit/base/jsontext_test
UNIT_TESTS += tests/unit/base/log_test
UNIT_TESTS += tests/unit/base/map_test
UNIT_TESTS += tests/unit/base/pem_test
UNIT_TESTS += tests/unit/journal/match_test
UNIT_TESTS += tests/unit/base/mem_test
UNIT_TESTS += tests/unit/secrets/merge_patch_test
UNIT_TESTS += tests/unit/cluster/forward_test
UNIT_TESTS += tests/unit/cluster/guard_test
UNIT_TESTS += tests/unit/cluster/join_test
UNIT_TESTS += tests/unit/cluster/message_test
UNIT_TESTS += tests/unit/cluster/tcp_network_test
UNIT_TESTS += tests/unit/core/challenge_test
UNIT_TESTS += tests/unit/core/digest_test
UNIT_TESTS += tests/unit/core/keypair_test
UNIT_TESTS += tests/unit/core/metrics_test
UNIT_TESTS += tests/unit/secrets/username_template_test
UNIT_TESTS += tests/unit/server/audit_lookup_test
UNIT_TESTS += tests/unit/server/options_test
UNIT_TESTS += tests/unit/server/host_test
UNIT_TESTS += tests/unit/api/param_test
UNIT_TESTS += tests/unit/proxy/standin_test
UNIT_TESTS += tests/unit/core/object_cache_test
UNIT_TESTS += tests/unit/core/password_policy_test
UNIT_TESTS += tests/unit/core/policy_test
UNIT_TESTS += tests/unit/core/quota_test
UNIT_TESTS += tests/unit/clock/random_test
UNIT_TESTS += tests/unit/api/route_test
UNIT_TESTS += tests/unit/fault/rule_test
UNIT_TESTS += tests/unit/core/role_test
UNIT_TESTS += tests/unit/core/shamir_test
UNIT_TESTS += tests/unit/core/version_test
UNIT_TESTS += tests/unit/http/throttle_test
UNIT_TESTS += tests/unit/store/capture_test
UNIT_TESTS += tests/unit/store/storage_fault_test
UNIT_TESTS += tests/unit/store/store_test
UNIT_TESTS += tests/unit/http/settings_test
UNIT_TESTS += tests/unit/http/slow_client_test
UNIT_TESTS += tests/unit/http/storm_test
UNIT_TESTS += tests/unit/base/strs_test
UNIT_TESTS += tests/unit/base/text_test
UNIT_TESTS += tests/unit/server/embed_test
include tests/unit/cli/vault.mk

LDADD = libmockvault.a $(CHECK_LIBS) $(MOCKVAULT_LIBS)
AM_CPPFLAGS += -I$(srcdir)/tests
AM_CFLAGS += $(CHECK_CFLAGS)

WIRE_SUPPORT = tests/support/http_site.c tests/support/http_site.h
tests_unit_http_accept_test_SOURCES = tests/unit/http/accept_test.c $(WIRE_SUPPORT)
tests_unit_http_throttle_test_SOURCES = tests/unit/http/throttle_test.c $(WIRE_SUPPORT)
tests_unit_http_settings_test_SOURCES = tests/unit/http/settings_test.c $(WIRE_SUPPORT)
tests_unit_http_slow_client_test_SOURCES = tests/unit/http/slow_client_test.c $(WIRE_SUPPORT)
tests_unit_http_storm_test_SOURCES = tests/unit/http/storm_test.c $(WIRE_SUPPORT)

tests_unit_cluster_guard_test_SOURCES = \
	tests/unit/cluster/guard_test.c \
	tests/stress/raftsim/memory_disk.c
if HAVE_CHECK
check_PROGRAMS += $(UNIT_TESTS)
endif

# A cluster under a simulation.
if RAFT
UNIT_TESTS += tests/unit/cluster/cluster_test
UNIT_TESTS += tests/unit/cluster/member_test
UNIT_TESTS += tests/unit/cluster/tcp_cluster_test
check_PROGRAMS += tests/stress/raftsim/raftsim
tests_stress_raftsim_raftsim_SOURCES = \
	tests/stress/raftsim/memory_disk.c \
	tests/stress/raftsim/raftsim.c \
	tests/stress/raftsim/sim.c \
	tests/stress/raftsim/sim.h \
	tests/stress/raftsim/sqlite_disk.c
check_PROGRAMS += tests/stress/nodesim/nodesim
tests_stress_nodesim_nodesim_SOURCES = \
	tests/stress/nodesim/clients.c \
	tests/stress/nodesim/main.c \
	tests/stress/nodesim/nodesim.c \
	tests/stress/nodesim/nodesim.h
endif

# make check: the fast suites, as scripts/test runs them.
check-local: mockvault$(EXEEXT) $(check_PROGRAMS)
	python3 $(srcdir)/tests/suites.py --build .

check-programs: $(check_PROGRAMS)
.PHONY: check-programs

# What suites.py leaves of every suite.
distclean-local:
	rm -rf log

EXTRA_DIST += Containerfile packaging debian scripts .ci docs fixtures \
	examples tests/examples clients \
	tests/support tests/cases tests/image tests/package \
	tests/cluster tests/server tests/mock tests/panel tests/cli tests/clients tests/docs tests/stress \
	tests/suites.py
# Those folders as they are in the source, without what was made in them.
dist-hook:
	find "$(distdir)" -depth \( -name .deps -o -name __pycache__ -o \
		-name node_modules -o -name target -o -name .dirstamp -o -name '*.o' -o \
		-name mockvault.pc \) \
		-exec rm -rf {} +

# make bench: mockvault against a bare libevent reply, under wrk.
EXTRA_PROGRAMS = tests/stress/bench/bare tests/stress/bench/leaf
tests_stress_bench_bare_SOURCES = tests/stress/bench/bare.c
tests_stress_bench_bare_LDADD = $(EVENT_LIBS)
tests_stress_bench_leaf_SOURCES = tests/stress/bench/leaf.c
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/stress/bench/bench.py

bench: mockvault tests/stress/bench/bare tests/stress/bench/leaf
	$(srcdir)/scripts/packages wrk python3
	python3 $(srcdir)/tests/stress/bench/bench.py ./mockvault tests/stress/bench/bare \
		tests/stress/bench/leaf

# Every call of a flow that can fail, failed in turn: the suite failing-calls builds
# it. Linked with the libraries' archives, so that their calls can fail, too.
EXTRA_PROGRAMS += tests/stress/failing/failing_calls
tests_stress_failing_failing_calls_SOURCES = \
	tests/stress/failing/calls.h \
	tests/stress/failing/failing.c \
	tests/stress/failing/failing.h \
	tests/stress/failing/failing_calls.c \
	tests/stress/failing/flow.c \
	tests/stress/failing/flow.h \
	tests/stress/failing/own_end.h
FAILING_WRAPS = tests/stress/failing/wraps
FAILING_OWN_END = tests/stress/failing/own_end.o
tests_stress_failing_failing_calls_LDFLAGS = $(AM_LDFLAGS) @$(FAILING_WRAPS)
tests_stress_failing_failing_calls_LDADD = libmockvault.a $(FAILING_OWN_END) \
	-l:libevent_openssl.a -l:libevent.a -l:libjansson.a -l:libssl.a \
	-l:libcrypto.a -l:libpcre2-8.a $(RAFT_LIBS) -l:libsqlite3.a -l:libyaml.a \
	-l:libz.a -lm
tests_stress_failing_failing_calls_DEPENDENCIES = libmockvault.a \
	$(FAILING_OWN_END) $(FAILING_WRAPS)
$(FAILING_WRAPS): tests/stress/failing/calls.h
	$(AM_V_GEN)mkdir -p tests/stress/failing && \
		sed -n 's/^CALL([A-Z]*, \([^,]*\),.*/-Wl,--wrap=\1/p' \
			$(srcdir)/tests/stress/failing/calls.h >$@
$(FAILING_OWN_END): $(srcdir)/tests/stress/failing/own_end.c
	$(AM_V_CC)mkdir -p tests/stress/failing && \
		$(COMPILE) -c -o $@ $(srcdir)/tests/stress/failing/own_end.c
CLEANFILES += $(FAILING_WRAPS) $(FAILING_OWN_END)

# make bench-instructions: what a request costs, counted by callgrind.
EXTRA_DIST += tests/stress/bench/instructions.py
bench-instructions: mockvault
	$(srcdir)/scripts/packages valgrind python3
	python3 $(srcdir)/tests/stress/bench/instructions.py ./mockvault

# make bench-nodes: start and memory of three nodes in one process.
EXTRA_DIST += tests/stress/bench/nodes.py
bench-nodes: mockvault
	python3 $(srcdir)/tests/stress/bench/nodes.py ./mockvault

# make bench-spaces: processor time and memory of a space, 1,000 at once.
EXTRA_DIST += tests/stress/bench/spaces.py
bench-spaces: mockvault
	python3 $(srcdir)/tests/stress/bench/spaces.py ./mockvault 1000
# make bench-holds: how long one operation holds the others up.
EXTRA_DIST += tests/stress/bench/holds.py
bench-holds: mockvault
	python3 $(srcdir)/tests/stress/bench/holds.py ./mockvault
# make bench-helpers: what a test costs in each language.
bench-helpers: mockvault
	python3 $(srcdir)/tests/clients/cost.py ./mockvault
.PHONY: bench bench-instructions bench-nodes bench-spaces bench-holds bench-helpers

# Fuzzing: ./configure --enable-fuzzing CC=clang, then make fuzz. Every target
# first takes its corpus, then searches FUZZ_SECONDS for more; with FUZZ_LIMITS
# set otherwise it can end after a number of runs from a given seed. Without
# clang, NAME_replay takes the corpus alone.
FUZZ_SECONDS = 60
FUZZ_LIMITS = -max_total_time=$(FUZZ_SECONDS)
FUZZ_NAMES = changes cluster_frame cluster_message csr database duration hcl http json match \
	name_template password rule shamir transit transit_key
# Not searched long enough to be part of the round: make fuzz-request.
FUZZ_BY_NAME = archive config proxy_header recording request
FUZZ_TARGETS =
FUZZ_REPLAYS =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
EXTRA_PROGRAMS += $(FUZZ_TARGETS)
check_PROGRAMS += $(FUZZ_REPLAYS)

FUZZ_TARGETS += tests/stress/fuzz/archive_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/archive_replay
tests_stress_fuzz_archive_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_archive_replay_SOURCES = tests/stress/fuzz/archive_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/config_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/config_replay
tests_stress_fuzz_config_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_config_replay_SOURCES = tests/stress/fuzz/config_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/proxy_header_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/proxy_header_replay
tests_stress_fuzz_proxy_header_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_proxy_header_replay_SOURCES = tests/stress/fuzz/proxy_header_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/recording_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/recording_replay
tests_stress_fuzz_recording_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_recording_replay_SOURCES = tests/stress/fuzz/recording_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/request_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/request_replay
tests_stress_fuzz_request_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_request_replay_SOURCES = tests/stress/fuzz/request_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/changes_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/changes_replay
tests_stress_fuzz_changes_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_changes_replay_SOURCES = tests/stress/fuzz/changes_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/cluster_frame_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/cluster_frame_replay
tests_stress_fuzz_cluster_frame_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_cluster_frame_replay_SOURCES = tests/stress/fuzz/cluster_frame_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/cluster_message_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/cluster_message_replay
tests_stress_fuzz_cluster_message_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_cluster_message_replay_SOURCES = tests/stress/fuzz/cluster_message_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/csr_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/csr_replay
tests_stress_fuzz_csr_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_csr_replay_SOURCES = tests/stress/fuzz/csr_fuzz.c tests/stress/fuzz/replay.c
FUZZ_TARGETS += tests/stress/fuzz/database_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/database_replay
tests_stress_fuzz_database_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_database_replay_SOURCES = tests/stress/fuzz/database_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/duration_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/duration_replay
tests_stress_fuzz_duration_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_duration_replay_SOURCES = tests/stress/fuzz/duration_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/hcl_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/hcl_replay
tests_stress_fuzz_hcl_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_hcl_replay_SOURCES = tests/stress/fuzz/hcl_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/http_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/http_replay
tests_stress_fuzz_http_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_http_replay_SOURCES = tests/stress/fuzz/http_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/json_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/json_replay
tests_stress_fuzz_json_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_json_replay_SOURCES = tests/stress/fuzz/json_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/match_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/match_replay
tests_stress_fuzz_match_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_match_replay_SOURCES = tests/stress/fuzz/match_fuzz.c tests/stress/fuzz/replay.c
FUZZ_TARGETS += tests/stress/fuzz/name_template_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/name_template_replay
tests_stress_fuzz_name_template_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_name_template_replay_SOURCES = tests/stress/fuzz/name_template_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/password_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/password_replay
tests_stress_fuzz_password_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_password_replay_SOURCES = tests/stress/fuzz/password_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/rule_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/rule_replay
tests_stress_fuzz_rule_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_rule_replay_SOURCES = tests/stress/fuzz/rule_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/shamir_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/shamir_replay
tests_stress_fuzz_shamir_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_shamir_replay_SOURCES = tests/stress/fuzz/shamir_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/transit_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/transit_replay
tests_stress_fuzz_transit_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_transit_replay_SOURCES = tests/stress/fuzz/transit_fuzz.c tests/stress/fuzz/replay.c

FUZZ_TARGETS += tests/stress/fuzz/transit_key_fuzz
FUZZ_REPLAYS += tests/stress/fuzz/transit_key_replay
tests_stress_fuzz_transit_key_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_stress_fuzz_transit_key_replay_SOURCES = tests/stress/fuzz/transit_key_fuzz.c tests/stress/fuzz/replay.c \
	tests/stress/fuzz/openssl.h

fuzz: $(FUZZ_NAMES:%=fuzz-%)
fuzz-archive: tests/stress/fuzz/archive_fuzz
fuzz-config: tests/stress/fuzz/config_fuzz
fuzz-proxy_header: tests/stress/fuzz/proxy_header_fuzz
fuzz-recording: tests/stress/fuzz/recording_fuzz
fuzz-request: tests/stress/fuzz/request_fuzz
fuzz-changes: tests/stress/fuzz/changes_fuzz
fuzz-cluster_frame: tests/stress/fuzz/cluster_frame_fuzz
fuzz-cluster_message: tests/stress/fuzz/cluster_message_fuzz
fuzz-csr: tests/stress/fuzz/csr_fuzz
fuzz-database: tests/stress/fuzz/database_fuzz
fuzz-duration: tests/stress/fuzz/duration_fuzz
fuzz-hcl: tests/stress/fuzz/hcl_fuzz
fuzz-http: tests/stress/fuzz/http_fuzz
fuzz-json: tests/stress/fuzz/json_fuzz
fuzz-match: tests/stress/fuzz/match_fuzz
fuzz-name_template: tests/stress/fuzz/name_template_fuzz
fuzz-password: tests/stress/fuzz/password_fuzz
fuzz-rule: tests/stress/fuzz/rule_fuzz
fuzz-shamir: tests/stress/fuzz/shamir_fuzz
fuzz-transit: tests/stress/fuzz/transit_fuzz
fuzz-transit_key: tests/stress/fuzz/transit_key_fuzz
$(FUZZ_NAMES:%=fuzz-%) $(FUZZ_BY_NAME:%=fuzz-%):
	name=$(@:fuzz-%=%); \
		mkdir -p fuzz-found/$$name; \
		tests/stress/fuzz/$${name}_fuzz $(FUZZ_LIMITS) \
			-max_len=65536 -timeout=30 -print_final_stats=1 fuzz-found/$$name \
			$(srcdir)/tests/stress/fuzz/corpus/$$name
.PHONY: fuzz $(FUZZ_NAMES:%=fuzz-%) $(FUZZ_BY_NAME:%=fuzz-%)
