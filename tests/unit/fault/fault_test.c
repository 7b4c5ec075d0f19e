/*
 * The engine of rules on clocks that the test moves: whose turn it is, when a
 * rule acts and how often, what ends it, and what explaining it leaves alone.
 */
#include "core/setting.h"
#include "tests/support/faults.h"

/* n requests: "1" where the rule acted, "0" where not. */
static void
pattern(const char *want)
{
	char got[200] = "";
	size_t n = strlen(want);

	for (size_t i = 0; i < n; i++)
		got[i] = faults_test_is_faulted("secret/data/a") ? '1' : '0';
	ck_assert_str_eq(got, want);
}

/* ---- whose turn ---- */

static void
decides(const char *want)
{
	struct arena *a = arena_new();
	struct fault_decision plan;
	struct request_info f = faults_test_request("GET", "secret/data/a");

	ck_assert_str_eq(faults_test_decide(&f, a, &plan), want);
	arena_free(a);
}

START_TEST(the_lowest_priority_then_the_newest)
{
	faults_test_open();
	faults_test_add_rule("{'id':'a','then':[{'reset':true}]}");
	decides("a");
	faults_test_add_rule("{'id':'b','then':[{'reset':true}]}");
	decides("b");
	faults_test_add_rule("{'id':'c','priority':1,'then':[{'reset':true}]}");
	faults_test_add_rule("{'id':'d','priority':9,'then':[{'reset':true}]}");
	decides("c");
	rule_enable(faults_find(faults, "c"), false);
	decides("b");
	faults_remove(faults, "b");
	decides("a");
	faults_test_add_rule(
	    "{'id':'other','match':{'path':'x'},'then':[{'reset':true}]}");
	decides("a");
	faults_test_close();
}
END_TEST

START_TEST(passthrough_adds_up)
{
	struct arena *a = arena_new();
	struct request_info f = faults_test_request("GET", "secret/data/a");
	struct fault_decision plan = { 0 };

	faults_test_open();
	faults_test_add_rule(
	    "{'id':'last','priority':9,'then':[{'respond':{'status':503}}]}");
	faults_test_add_rule("{'id':'slow','then':[{'delay':'2ms'}]}");
	faults_test_add_rule("{'id':'slower','then':[{'delay':3}]}");
	faults_test_add_rule(
	    "{'id':'drip','then':[{'dribble':{'chunk':5,'every':'1ms'}}]}");
	faults_decide_request(faults, &f, a, &plan);
	ck_assert_str_eq(rule_id(plan.rule), "last");
	ck_assert_int_eq(plan.npassthrough, 3);
	ck_assert_int_eq(plan.delay_ns, 5 * MS);
	ck_assert_int_eq(plan.response_fault.chunk_bytes, 5);
	ck_assert(plan.respond && plan.skip_operation && plan.status == 503);
	ck_assert_int_eq(faults_find(faults, "slow")->active, 1);
	faults_remove(faults, "slow"); /* while it is under way */
	faults_release_decision(faults, &plan);
	ck_assert_int_eq(faults_find(faults, "last")->active, 0);
	arena_free(a);
	faults_test_close();
}
END_TEST

START_TEST(probes_are_spared)
{
	faults_test_open();
	faults_test_add_rule("{'then':[{'reset':true}]}");
	ck_assert(!faults_test_is_faulted("sys/health"));
	ck_assert(faults_test_is_faulted("sys/seal-status") &&
	    faults_test_is_faulted("sys/mounts"));
	faults_test_add_rule(
	    "{'match':{'op':'health'},'then':[{'reset':true}]}");
	ck_assert(faults_test_is_faulted("sys/health"));
	faults_test_close();
}
END_TEST

/* ---- when ---- */

START_TEST(counters)
{
	static const struct {
		const char *rule, *want;
	} rows[] = {
		{ RULE("'skip':2"), "00111" },
		{ RULE("'times':2"), "11000" },
		{ RULE("'skip':1,'times':1"), "01000" },
		{ RULE("'every':3"), "001001001" },
		{ RULE("'skip':1,'every':2"), "0010101" },
		{ RULE("'nth':2"), "01000" },
		{ RULE("'nth':[1,4]"), "100100" },
		{ RULE("'probability':0"), "0000000000" },
		{ RULE("'probability':1"), "1111111111" },
		{ RULE("'times':0"), "000" },
		{ RULE("'max_active':0"), "000" },
		{ RULE("'every':2,'times':1"), "010000" },
	};

	faults_test_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *id = faults_test_add_rule(rows[i].rule);
		struct rule *r = faults_find(faults, id);

		pattern(rows[i].want);
		ck_assert_int_eq(r->matched, (int)strlen(rows[i].want));
		faults_reset_counters(faults);
		ck_assert_int_eq(r->matched, 0);
		pattern(rows[i].want);
		faults_clear(faults);
	}
	faults_test_close();
}
END_TEST

static void
decide_often(char *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = faults_test_is_faulted("secret/data/a") ? '1' : '0';
	out[n] = '\0';
}

START_TEST(probability_repeats)
{
	char first[401], again[401], other[401];
	int hits = 0;

	faults_test_open();
	faults_test_add_rule(
	    "{'id':'p','when':{'probability':0.3},'then':[{'reset':true}]}");
	decide_often(first, 400);
	for (int i = 0; i < 400; i++)
		hits += first[i] == '1';
	ck_assert_int_gt(hits, 80);
	ck_assert_int_lt(hits, 160);
	faults_reset_counters(faults);
	decide_often(again, 400);
	ck_assert_str_eq(again, first);
	/* Rules that are beside it change nothing, the seed does. */
	faults_test_add_rule(
	    "{'priority':9,'when':{'probability':0.5},'then':[{'delay':1}]}");
	faults_find(faults, "p")->matched = 0;
	faults->seed++;
	faults_clear(faults);
	faults_test_add_rule(
	    "{'id':'p','when':{'probability':0.3},'then':[{'reset':true}]}");
	decide_often(other, 400);
	ck_assert_str_ne(other, first);
	faults_clear(faults);
	faults_test_add_rule(
	    "{'id':'p','when':{'probability':0.3,'seed':7},'then':[{'reset':"
	    "true}]}");
	decide_often(again, 400);
	ck_assert_str_eq(again, first);
	faults_test_close();
}
END_TEST

START_TEST(windows_of_real_time)
{
	faults_test_open();
	faults_test_add_rule(RULE("'after':'2s','for':'3s'"));
	pattern("0");
	clock_advance(instance.in.vault.clock, 60 * SECOND);
	pattern("0");
	clock_advance(real, 2 * SECOND - 1);
	pattern("0");
	clock_advance(real, 1);
	pattern("1");
	clock_advance(real, 3 * SECOND - 1);
	pattern("1");
	clock_advance(real, 1);
	pattern("0");
	ck_assert_int_eq(faults->rules[0]->matched, 2);
	faults_test_close();
}
END_TEST

START_TEST(windows_of_the_vaults_time)
{
	faults_test_open();
	faults_test_add_rule(RULE("'after':'1h','for':'1h','clock':'virtual'"));
	clock_advance(real, 3600 * SECOND);
	pattern("0");
	clock_advance(instance.in.vault.clock, 3600 * SECOND);
	pattern("1");
	clock_advance(instance.in.vault.clock, 3600 * SECOND);
	pattern("0");
	faults_test_close();
}
END_TEST

START_TEST(events_begin_and_end)
{
	faults_test_open();
	faults_test_add_rule(
	    "{'id':'e','when':{'on':'expired:*','until':'login','after':'1s'}"
	    ",'then':[{'reset':true}]}");
	clock_advance(real, 5 * SECOND);
	faults_event(faults, "login");
	pattern("0");
	faults_event(faults, "expired:acc");
	pattern("0");
	clock_advance(real, SECOND);
	pattern("1");
	faults_event(faults, "login");
	pattern("0");
	faults_reset_counters(faults);
	pattern("0");
	faults_test_close();
}
END_TEST

START_TEST(a_rule_tells_that_it_is_used_up)
{
	faults_test_open();
	faults_test_add_rule(
	    "{'id':'second','when':{'on':'rule:first:exhausted'},'then':[{"
	    "'reset':true}]}");
	faults_test_add_rule(
	    "{'id':'first','priority':1,'when':{'times':2},'then':[{'emit':"
	    "'x'},{'reset':true}]}");
	faults_test_add_rule(
	    "{'id':'third','priority':0,'when':{'on':'x','times':1},'then':["
	    "{'reset':true}]}");
	decides("first");
	decides("third");
	decides("first");
	decides("second");
	faults_test_close();
}
END_TEST

START_TEST(no_more_at_once_than_max_active)
{
	struct arena *a = arena_new();
	struct request_info f = faults_test_request("GET", "secret/data/a");
	struct fault_decision one = { 0 }, two = { 0 }, three = { 0 };

	faults_test_open();
	faults_test_add_rule(RULE("'max_active':1"));
	faults_decide_request(faults, &f, a, &one);
	faults_decide_request(faults, &f, a, &two);
	ck_assert(one.rule && !two.rule);
	faults_release_decision(faults, &one);
	faults_decide_request(faults, &f, a, &three);
	ck_assert(three.rule);
	faults_release_decision(faults, &three);
	arena_free(a);
	faults_test_close();
}
END_TEST

START_TEST(rates)
{
	struct clock *virt;

	faults_test_open();
	virt = instance.in.vault.clock;
	faults_test_add_rule(RULE("'over':{'rate':2,'per':'10s'}"));
	pattern("0011");
	clock_advance(virt, 10 * SECOND - 1);
	pattern("1");
	clock_advance(virt, 1);
	pattern("001");
	faults_clear(faults);
	faults_test_add_rule(
	    RULE("'over':{'rate':1,'per':'1s','block':'60s'}"));
	pattern("01");
	clock_advance(virt, 59 * SECOND);
	pattern("1");
	clock_advance(virt, SECOND);
	pattern("01");
	faults_test_close();
}
END_TEST

START_TEST(a_rule_ends_by_itself)
{
	faults_test_open();
	faults_test_add_rule(
	    "{'id':'brief','expires_in':'5s','then':[{'reset':true}]}");
	clock_advance(real, 5 * SECOND - 1);
	ck_assert(faults_find(faults, "brief") != NULL);
	clock_advance(real, 1);
	ck_assert(faults_find(faults, "brief") == NULL);
	ck_assert(faults_is_idle(faults));
	faults_test_close();
}
END_TEST

START_TEST(only_connections_that_are_new)
{
	struct arena *a = arena_new();
	struct fault_decision plan;
	struct conn_faults w = { 0 };
	struct request_info f = faults_test_request("GET", "a"),
			    bare = { .client_ip = "::1", .conn_id = 5 };

	faults_test_open();
	ck_assert(
	    !faults_decide_connection(faults, &bare, &w)); /* silent so far */
	faults_test_add_rule(
	    "{'id':'n','connections':'new','then':[{'reset':true}]}");
	f.conn_id = 4;
	ck_assert_str_eq(faults_test_decide(&f, a, &plan), "");
	f.conn_id = 5;
	ck_assert_str_eq(faults_test_decide(&f, a, &plan), "");
	f.conn_id = 6;
	ck_assert_str_eq(faults_test_decide(&f, a, &plan), "n");
	arena_free(a);
	faults_test_close();
}
END_TEST

/* ---- connections ---- */

static void
remove_r(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "rule:r:exhausted") == 0)
		faults_remove(faults, "r");
}

START_TEST(connections_meet_their_rules)
{
	struct conn_faults w;

	faults_test_open();
	faults_on_event(faults, remove_r, NULL);
	faults_test_add_rule(
	    "{'then':[{'bandwidth':{'rate':7,'dir':'both'}}]}");
	faults_test_add_rule(
	    "{'then':[{'delay':{'fixed':'3ms','at':'accept'}},{'delay':{"
	    "'fixed':'4ms','at':'handshake'}}]}");
	faults_test_add_rule(
	    "{'then':[{'tls':{'cert':'expired','min':'1.2','max':'1.3','alpn'"
	    ":'h2','require_client_cert':true,'plain':true}}]}");
	faults_test_add_rule(
	    "{'id':'r','priority':9,'match':{'client_ip':'10.0.0.0/8'},"
	    "'when':{'times':1},'then':[{'reset':{'at':'accept'}}]}");
	w = faults_test_connect("10.1.2.3");
	ck_assert(w.set && w.accept_end == FAULT_END_RESET);
	ck_assert(w.rate_up == 7 && w.rate_down == 7);
	ck_assert(
	    w.accept_delay_ns == 3 * MS && w.handshake_delay_ns == 4 * MS);
	ck_assert(w.cert == FAULT_CERT_EXPIRED && w.require_client_cert);
	ck_assert_str_eq(w.tls_min, "1.2");
	ck_assert_str_eq(w.tls_max, "1.3");
	ck_assert_str_eq(w.alpn, "h2");
	ck_assert(w.wrong_protocol && !faults_find(faults, "r"));
	w = faults_test_connect("192.0.2.1");
	ck_assert_int_eq(w.accept_end, FAULT_END_KEEP_ALIVE);
	ck_assert(!faults_test_is_faulted("secret/data/a"));
	faults_test_close();
}
END_TEST

START_TEST(ends_of_connections)
{
	struct conn_faults w;

	faults_test_open();
	faults_test_add_rule(
	    "{'then':[{'stall':{'at':'handshake','for':'2s'}}]}");
	w = faults_test_connect("::1");
	ck_assert(
	    w.handshake_end == FAULT_END_SILENT && w.silent_ns == 2 * SECOND);
	faults_test_add_rule("{'then':[{'close':'accept'}]}");
	ck_assert_int_eq(faults_test_connect("::1").accept_end, FAULT_END_FIN);
	faults_test_close();
}
END_TEST

/* ---- outages ---- */

static void
stop_it(void *arg, const char *name)
{
	bool known;

	(void)arg;
	if (strcmp(name, "outage:slow") == 0)
		outage_stop(faults, "slow", &known);
}

START_TEST(an_outage_that_its_own_event_ends)
{
	struct error c = { 0 };
	json_t *answer;
	int status;

	faults_test_open();
	faults_on_event(faults, stop_it, NULL);
	answer = outage_start(faults, "slow", NULL, &status, &c);
	ck_assert(answer != NULL && !outage_is_active(faults, "slow"));
	json_decref(answer);
	faults_test_close();
}
END_TEST

/* Once, as a scenario's step would. */
static void
start_again(void *arg, const char *name)
{
	bool *done = arg;
	struct error c = { 0 };
	int status;

	if (*done || strcmp(name, "outage:no-leader:over") != 0)
		return;
	*done = true;
	json_decref(outage_start(faults, "no-leader", NULL, &status, &c));
}

START_TEST(an_end_that_starts_it_again)
{
	struct error c = { 0 };
	bool done = false, known;
	int status;

	faults_test_open();
	json_decref(outage_start(faults, "no-leader", NULL, &status, &c));
	faults_on_event(faults, start_again, &done);
	ck_assert(outage_stop(faults, "no-leader", &known));
	ck_assert(done && outage_is_active(faults, "no-leader"));
	ck_assert(outage_stop(faults, "no-leader", &known));
	ck_assert(!outage_is_active(faults, "no-leader"));
	faults_test_close();
}
END_TEST

START_TEST(a_replacement_that_fails_leaves_the_old_one)
{
	struct error c = { 0 };
	json_t *body = faults_test_json("{'match':{'path':'x'}}"), *answer;
	int status;

	faults_test_open();
	answer = outage_start(faults, "max-conns", NULL, &status, &c);
	json_decref(answer);
	ck_assert(outage_is_active(faults, "max-conns"));
	ck_assert(!outage_start(faults, "max-conns", body, &status, &c));
	ck_assert_int_eq(status, 400);
	ck_assert(outage_is_active(faults, "max-conns"));
	error_release(&c);
	json_decref(body);
	faults_test_close();
}
END_TEST

START_TEST(an_outage_in_a_rule)
{
	struct arena *a = arena_new();
	struct fault_decision p;

	faults_test_open();
	p = faults_test_decision(
	    a, "{'outage':'lb-html','params':{'status':503}}");
	ck_assert(p.status == 503 && p.from_proxy);
	faults_test_close();
	arena_free(a);
}
END_TEST

/* ---- an action in the middle of a request ---- */

START_TEST(the_outer_request_can_still_be_undone)
{
	const struct fault_host *h;
	json_t *body = faults_test_json("{'data':{'k':'v'}}"), *kept;
	struct vault *v;

	faults_test_open();
	v = &instance.in.vault;
	h = &faults->host;
	store_request_begin(v->store);
	setting_put(v, "before", json_true());
	ck_assert_int_eq(
	    h->admin_request(h->arg, "PUT", "secret/data/y", body, NULL), 200);
	ck_assert_int_eq(
	    h->admin_request(h->arg, "PUT", "nowhere/y", body, NULL), 404);
	setting_put(v, "after", json_true());
	store_request_end(v->store, false);
	kept = setting_get(v, "before");
	ck_assert(json_is_true(kept));
	json_decref(kept);
	ck_assert(setting_get(v, "after") == NULL);
	test_request(&instance, 200, "GET", "secret/data/y", NULL);
	json_decref(body);
	faults_test_close();
}
END_TEST

/* ---- explain ---- */

static void
explain_one(const char *id, struct fault_dry_run *would,
    const struct request_info *info)
{
	json_t *shown = faults_explain_next(faults, would, info);

	ck_assert_str_eq(json_string_value(json_object_get(shown, "id")), id);
	json_decref(shown);
}

START_TEST(explaining_changes_nothing)
{
	struct arena *a = arena_new();
	struct request_info f = faults_test_request("GET", "a");
	struct fault_dry_run would = { .arena = a };
	struct fault_decision is;

	faults_test_open();
	faults_test_add_rule(
	    "{'id':'waits','when':{'on':'said'},'then':[{'reset':true}]}");
	faults_test_add_rule(
	    "{'id':'r','priority':1,'when':{'times':1},'then':[{'emit':"
	    "'said'},{'respond':{'body':'{{uuid}}'}}]}");
	explain_one("r", &would, &f);
	explain_one("waits", &would, &f);
	ck_assert(!faults_explain_next(faults, &would, &f));
	ck_assert_int_eq(faults_find(faults, "r")->matched, 0);
	ck_assert(faults_find(faults, "waits")->waits_for_event);
	faults_test_decide(&f, a, &is);
	ck_assert_int_eq((int)is.body.n, 36);
	ck_assert(slice_is(would.decision.body, is.body.p));
	ck_assert(!faults_find(faults, "waits")->waits_for_event);
	faults_test_close();
	arena_free(a);
}
END_TEST

START_TEST(a_rule_that_goes_while_it_is_explained)
{
	struct arena *a = arena_new();
	struct request_info f = faults_test_request("GET", "a");
	struct fault_dry_run would = { .arena = a };

	faults_test_open();
	faults_test_add_rule("{'id':'last','then':[{'delay':'1s'}]}");
	faults_test_add_rule("{'id':'first','then':[{'respond':{'status':503,"
			     "'body':'gone'}}]}");
	explain_one("first", &would, &f);
	ck_assert(faults_remove(faults, "first"));
	explain_one("last", &would, &f);
	ck_assert(!faults_explain_next(faults, &would, &f));
	ck_assert(slice_is(would.decision.body, "gone"));
	ck_assert_int_eq(would.decision.delay_ns, 0);
	faults_test_close();
	arena_free(a);
}
END_TEST

UNIT_MAIN("fault", the_lowest_priority_then_the_newest, passthrough_adds_up,
    probes_are_spared, counters, probability_repeats, windows_of_real_time,
    windows_of_the_vaults_time, events_begin_and_end,
    a_rule_tells_that_it_is_used_up, no_more_at_once_than_max_active, rates,
    a_rule_ends_by_itself, only_connections_that_are_new,
    connections_meet_their_rules, ends_of_connections,
    an_outage_that_its_own_event_ends, an_end_that_starts_it_again,
    a_replacement_that_fails_leaves_the_old_one, an_outage_in_a_rule,
    the_outer_request_can_still_be_undone, explaining_changes_nothing,
    a_rule_that_goes_while_it_is_explained)
