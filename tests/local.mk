# Tests. A unit test is tests/unit/NAME_test.c with a line below; it ends with
# UNIT_MAIN (tests/support/unit.h) and links against the whole library.
UNIT_TESTS = tests/api/api_test
UNIT_TESTS += tests/api/metrics_test
UNIT_TESTS += tests/api/quota_test
UNIT_TESTS += tests/api/state_test
UNIT_TESTS += tests/api/time_test
UNIT_TESTS += tests/unit/buf_test
UNIT_TESTS += tests/unit/clock_test
UNIT_TESTS += tests/unit/database_test
UNIT_TESTS += tests/unit/error_test
UNIT_TESTS += tests/unit/fault_test
UNIT_TESTS += tests/unit/flags_test
UNIT_TESTS += tests/unit/gotime_test
UNIT_TESTS += tests/unit/greet_test
UNIT_TESTS += tests/unit/hcl_test
UNIT_TESTS += tests/unit/http_parse_test
UNIT_TESTS += tests/unit/journal_test
UNIT_TESTS += tests/unit/jtext_test
UNIT_TESTS += tests/unit/log_test
UNIT_TESTS += tests/unit/map_test
UNIT_TESTS += tests/unit/match_test
UNIT_TESTS += tests/unit/mem_test
UNIT_TESTS += tests/unit/metrics_test
UNIT_TESTS += tests/unit/name_template_test
UNIT_TESTS += tests/unit/options_test
UNIT_TESTS += tests/unit/param_test
UNIT_TESTS += tests/unit/parsed_test
UNIT_TESTS += tests/unit/password_policy_test
UNIT_TESTS += tests/unit/policy_test
UNIT_TESTS += tests/unit/quota_test
UNIT_TESTS += tests/unit/rng_test
UNIT_TESTS += tests/unit/route_test
UNIT_TESTS += tests/unit/rule_test
UNIT_TESTS += tests/unit/shamir_test
UNIT_TESTS += tests/unit/shaper_test
UNIT_TESTS += tests/unit/store_test
UNIT_TESTS += tests/unit/storm_test
UNIT_TESTS += tests/unit/text_test

LDADD = libmockvault.a $(CHECK_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) \
	$(OPENSSL_LIBS) $(SQLITE_LIBS) -lm
AM_CPPFLAGS += -I$(srcdir)/tests
AM_CFLAGS += $(CHECK_CFLAGS)

WIRE_SUPPORT = tests/support/wire.c tests/support/wire.h
tests_unit_greet_test_SOURCES = tests/unit/greet_test.c $(WIRE_SUPPORT)
tests_unit_shaper_test_SOURCES = tests/unit/shaper_test.c $(WIRE_SUPPORT)
tests_unit_storm_test_SOURCES = tests/unit/storm_test.c $(WIRE_SUPPORT)

if HAVE_CHECK
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif

# The house rules read the sources and the library's symbols.
TESTS += scripts/check-house
AM_TESTS_ENVIRONMENT = \
	MV_SRCDIR='$(abs_srcdir)' MV_LIBRARY='$(abs_builddir)/libmockvault.a'; \
	export MV_SRCDIR MV_LIBRARY;

check-programs: $(check_PROGRAMS)
.PHONY: check-programs

EXTRA_DIST += LICENSE scripts .ci docs fixtures tests/support tests/cases \
	tests/http tests/cli tests/control tests/crash tests/clients \
	tests/fuzz tests/live tests/pki tests/torture
EXTRA_DIST += LICENSE scripts .ci fixtures tests/support tests/cases \
	tests/http tests/cli tests/control tests/crash tests/clients tests/fuzz \
	tests/pki tests/live
# Those folders as they are in the source, without what was made in them.
dist-hook:
	find "$(distdir)" -depth \( -name .deps -o -name __pycache__ -o \
		-name node_modules -o -name .dirstamp -o -name '*.o' \) \
		-exec rm -rf {} +

# make bench: mockvault against a bare libevent reply, under wrk.
EXTRA_PROGRAMS = tests/bench/bare tests/bench/leaf
tests_bench_bare_SOURCES = tests/bench/bare.c
tests_bench_bare_LDADD = $(EVENT_LIBS)
tests_bench_leaf_SOURCES = tests/bench/leaf.c
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/stress/bench/bench.py

bench: mockvault tests/bench/bare tests/bench/leaf
	$(srcdir)/scripts/packages wrk python3
	python3 $(srcdir)/tests/bench/bench.py ./mockvault tests/bench/bare \
		tests/bench/leaf
.PHONY: bench

# Fuzzing: ./configure --enable-fuzzing CC=clang, then make fuzz. Every target
# first takes its corpus, then searches FUZZ_SECONDS for more. Without clang,
# NAME_replay takes the corpus alone.
FUZZ_SECONDS = 60
FUZZ_NAMES = csr database duration hcl http json match name_template password \
	rule shamir transit transit_key
FUZZ_TARGETS =
FUZZ_REPLAYS =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
EXTRA_PROGRAMS += $(FUZZ_TARGETS)
check_PROGRAMS += $(FUZZ_REPLAYS)
TESTS += scripts/replay-corpus

FUZZ_TARGETS += tests/fuzz/csr_fuzz
FUZZ_REPLAYS += tests/fuzz/csr_replay
tests_fuzz_csr_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_csr_replay_SOURCES = tests/fuzz/csr_fuzz.c tests/fuzz/replay.c
FUZZ_TARGETS += tests/fuzz/database_fuzz
FUZZ_REPLAYS += tests/fuzz/database_replay
tests_fuzz_database_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_database_replay_SOURCES = tests/fuzz/database_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/duration_fuzz
FUZZ_REPLAYS += tests/fuzz/duration_replay
tests_fuzz_duration_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_duration_replay_SOURCES = tests/fuzz/duration_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/hcl_fuzz
FUZZ_REPLAYS += tests/fuzz/hcl_replay
tests_fuzz_hcl_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_hcl_replay_SOURCES = tests/fuzz/hcl_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/http_fuzz
FUZZ_REPLAYS += tests/fuzz/http_replay
tests_fuzz_http_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_http_replay_SOURCES = tests/fuzz/http_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/json_fuzz
FUZZ_REPLAYS += tests/fuzz/json_replay
tests_fuzz_json_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_json_replay_SOURCES = tests/fuzz/json_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/match_fuzz
FUZZ_REPLAYS += tests/fuzz/match_replay
tests_fuzz_match_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_match_replay_SOURCES = tests/fuzz/match_fuzz.c tests/fuzz/replay.c
FUZZ_TARGETS += tests/fuzz/name_template_fuzz
FUZZ_REPLAYS += tests/fuzz/name_template_replay
tests_fuzz_name_template_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_name_template_replay_SOURCES = tests/fuzz/name_template_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/password_fuzz
FUZZ_REPLAYS += tests/fuzz/password_replay
tests_fuzz_password_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_password_replay_SOURCES = tests/fuzz/password_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/rule_fuzz
FUZZ_REPLAYS += tests/fuzz/rule_replay
tests_fuzz_rule_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_rule_replay_SOURCES = tests/fuzz/rule_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/shamir_fuzz
FUZZ_REPLAYS += tests/fuzz/shamir_replay
tests_fuzz_shamir_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_shamir_replay_SOURCES = tests/fuzz/shamir_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/transit_fuzz
FUZZ_REPLAYS += tests/fuzz/transit_replay
tests_fuzz_transit_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_transit_replay_SOURCES = tests/fuzz/transit_fuzz.c tests/fuzz/replay.c

FUZZ_TARGETS += tests/fuzz/transit_key_fuzz
FUZZ_REPLAYS += tests/fuzz/transit_key_replay
tests_fuzz_transit_key_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_transit_key_replay_SOURCES = tests/fuzz/transit_key_fuzz.c tests/fuzz/replay.c

fuzz: $(FUZZ_NAMES:%=fuzz-%)
fuzz-csr: tests/fuzz/csr_fuzz
fuzz-database: tests/fuzz/database_fuzz
fuzz-duration: tests/fuzz/duration_fuzz
fuzz-hcl: tests/fuzz/hcl_fuzz
fuzz-http: tests/fuzz/http_fuzz
fuzz-json: tests/fuzz/json_fuzz
fuzz-match: tests/fuzz/match_fuzz
fuzz-name_template: tests/fuzz/name_template_fuzz
fuzz-password: tests/fuzz/password_fuzz
fuzz-rule: tests/fuzz/rule_fuzz
fuzz-shamir: tests/fuzz/shamir_fuzz
fuzz-transit: tests/fuzz/transit_fuzz
fuzz-transit_key: tests/fuzz/transit_key_fuzz
$(FUZZ_NAMES:%=fuzz-%):
	name=$(@:fuzz-%=%); \
		mkdir -p fuzz-found/$$name; \
		tests/fuzz/$${name}_fuzz -max_total_time=$(FUZZ_SECONDS) \
			-max_len=65536 -timeout=30 -print_final_stats=1 fuzz-found/$$name \
			$(srcdir)/tests/fuzz/corpus/$$name
.PHONY: fuzz $(FUZZ_NAMES:%=fuzz-%)
