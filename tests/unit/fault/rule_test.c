/*
 * Rules as they are written: what is refused and how it is said, what each
 * action makes of an answer, the words of other tools, and every outage's row.
 */
#include "tests/support/faults.h"

/* ---- what is refused ---- */

static const struct {
	const char *rule, *field, *text;
} refused[] = {
	{ "{'thn':[]}", "thn", "unknown field" },
	{ "{}", "then", "is required" },
	{ "{'then':[]}", "then", "at least one action" },
	{ "{'then':{}}", "then", "must be a list" },
	{ "{'then':[true]}", "then[0]", "one action" },
	{ "{'then':[{'reset':true,'x':1}]}", "then[0]", "one action" },
	{ "{'then':[{'rset':true}]}", "then[0].rset", "unknown action" },
	{ "{'then':[{'delay':1},{'reset':{'att':1}}]}", "then[1].reset.att",
	    "unknown field" },
	{ "{'then':[{'reset':true},{'reset':true},{'reset':true},{'reset':"
	  "true},{'reset':true},{'reset':true},{'reset':true},{'reset':true},"
	  "{'reset':true}]}",
	    "then[8]", "more than 8" },
	{ "{'id':'a b','then':[{'reset':true}]}", "id", "1 to 100" },
	{ "{'id':'','then':[{'reset':true}]}", "id", "1 to 100" },
	{ "{'id':7,'then':[{'reset':true}]}", "id", "must be a string" },
	{ "{'priority':'1','then':[{'reset':true}]}", "priority", "must be a" },
	{ "{'priority':-1,'then':[{'reset':true}]}", "priority", "negative" },
	{ "{'enabled':1,'then':[{'reset':true}]}", "enabled", "true or" },
	{ "{'connections':'old','then':[{'reset':true}]}", "connections",
	    "not one of the allowed" },
	{ "{'expires_in':'60','then':[{'reset':true}]}", "expires_in",
	    "no duration with a unit" },
	{ "{'expires_in':'1000000h','then':[{'reset':true}]}", "expires_in",
	    "too long" },
	{ "{'expires_in':1.5,'then':[{'reset':true}]}", "expires_in",
	    "whole number" },
	{ "{'match':{'pathh':'x'},'then':[{'reset':true}]}", "match.pathh",
	    "unknown field" },
	{ "{'match':{'not':{'token':{'x':1}}},'then':[{'reset':true}]}",
	    "match.not.token.x", "unknown field" },
	{ "{'match':{'conn':{'tlss':true}},'then':[{'reset':true}]}",
	    "match.conn.tlss", "unknown field" },
	{ "{'match':{'op':'reed'},'then':[{'reset':true}]}", "match.op",
	    "allowed" },
	{ "{'commit':'never','then':[{'reset':true}]}", "commit",
	    "not one of the allowed" },
	/* when */
	{ RULE("'tims':1"), "when.tims", "unknown field" },
	{ RULE("'probability':1.1"), "when.probability", "between 0 and 1" },
	{ RULE("'probability':-0.1"), "when.probability", "between 0 and 1" },
	{ RULE("'every':0"), "when.every", "at least 1" },
	{ RULE("'nth':'2'"), "when.nth", "number" },
	{ RULE("'skip':-1"), "when.skip", "negative" },
	{ RULE("'clock':'wall'"), "when.clock", "not one of" },
	{ RULE("'on':5"), "when.on", "must be a string" },
	{ RULE("'over':{}"), "when.over.rate", "is required" },
	{ RULE("'over':{'rate':1,'per':0}"), "when.over.per", "more than 0" },
	{ RULE("'over':{'rate':1,'burst':2}"), "when.over.burst",
	    "unknown field" },
	/* delay */
	{ "{'then':[{'delay':'soon'}]}", "then[0].delay", "no duration" },
	{ "{'then':[{'delay':null}]}", "then[0].delay", "not null" },
	{ "{'then':[{'delay':{}}]}", "then[0].delay", "wants one of" },
	{ "{'then':[{'delay':{'fixed':1,'uniform':[1,2]}}]}", "then[0].delay",
	    "wants one of" },
	{ "{'then':[{'delay':{'uniform':[2,1]}}]}", "then[0].delay.uniform",
	    "lower bound" },
	{ "{'then':[{'delay':{'uniform':[1]}}]}", "then[0].delay.uniform",
	    "two durations" },
	{ "{'then':[{'delay':{'uniform':[1,2],'jitter':1}}]}",
	    "then[0].delay.jitter", "fixed alone" },
	{ "{'then':[{'delay':{'normal':{'men':1}}}]}",
	    "then[0].delay.normal.men", "unknown field" },
	{ "{'then':[{'delay':{'lognormal':{'sigma':1}}}]}",
	    "then[0].delay.lognormal.median", "is required" },
	{ "{'then':[{'delay':{'lognormal':{'median':1,'sigma':-1}}}]}",
	    "then[0].delay.lognormal.sigma", "negative" },
	{ "{'then':[{'delay':{'fixed':1,'at':'end'}}]}", "then[0].delay.at",
	    "not one of" },
	/* answers */
	{ "{'then':[{'respond':{'status':99}}]}", "then[0].respond.status",
	    "between 200 and 599" },
	{ "{'then':[{'respond':{'code':503}}]}", "then[0].respond.code",
	    "unknown field" },
	{ "{'then':[{'respond':{'errors':['x'],'body':'y'}}]}",
	    "then[0].respond.body", "excludes" },
	{ "{'then':[{'respond':{'errors':[5]}}]}", "then[0].respond.errors",
	    "string" },
	{ "{'then':[{'respond':{'headers':{'A':5}}}]}",
	    "then[0].respond.headers.A", "is a string" },
	{ "{'then':[{'respond':{'headers':{'A':'x\\ny'}}}]}",
	    "then[0].respond.headers.A", "line break" },
	{ "{'then':[{'respond':{'headers':{'1':'','2':'','3':'','4':'',"
	  "'5':'','6':'','7':'','8':'','9':''}}}]}",
	    "then[0].respond.headers", "more than 8" },
	{ "{'then':[{'respond':{'body_file':'/dev/zero'}}]}",
	    "then[0].respond.body_file", "cannot be read" },
	{ "{'then':[{'respond':{'body_file':'/nowhere/at/all'}}]}",
	    "then[0].respond.body_file", "cannot be read" },
	{ "{'then':[{'respond':{'from':'elsewhere'}}]}", "then[0].respond.from",
	    "not one of" },
	{ "{'then':[{'redirect':'nowhere'}]}", "then[0].redirect.to",
	    "address" },
	{ "{'then':[{'redirect':{'to':'http://x','status':200}}]}",
	    "then[0].redirect.status", "301 and 308" },
	{ "{'then':[{'redirect':{}}]}", "then[0].redirect.to", "required" },
	/* ends and shapes */
	{ "{'then':[{'reset':'close'}]}", "then[0].reset.at", "delay alone" },
	{ "{'then':[{'close':{'for':1}}]}", "then[0].close.for",
	    "unknown field" },
	{ "{'then':[{'stall':{'for':'x'}}]}", "then[0].stall.for",
	    "no duration" },
	{ "{'then':[{'empty':1}]}", "then[0].empty", "must be true" },
	{ "{'then':[{'truncate':{'bytes':1,'fraction':0.5}}]}",
	    "then[0].truncate.fraction", "excludes bytes" },
	{ "{'then':[{'truncate':{'fraction':1}}]}", "then[0].truncate.fraction",
	    "less than 1" },
	{ "{'then':[{'dribble':{'chunk':0}}]}", "then[0].dribble.chunk",
	    "at least 1" },
	{ "{'then':[{'bandwidth':0}]}", "then[0].bandwidth.rate",
	    "at least 1" },
	{ "{'then':[{'bandwidth':{'rate':1,'dir':'left'}}]}",
	    "then[0].bandwidth.dir", "not one of" },
	{ "{'then':[{'garbage':0}]}", "then[0].garbage.bytes",
	    "between 1 and" },
	{ "{'then':[{'garbage':2000000}]}", "then[0].garbage.bytes",
	    "between 1 and" },
	{ "{'then':[{'garbage':{'bytes':[1]}}]}", "then[0].garbage.bytes",
	    "number of bytes" },
	{ "{'then':[{'tls':{'cert':'fake'}}]}", "then[0].tls.cert",
	    "not one of" },
	{ "{'then':[{'tls':{'min':'1.4'}}]}", "then[0].tls.min",
	    "no TLS version" },
	{ "{'then':[{'emit':5}]}", "then[0].emit", "event's name" },
	/* words of others */
	{ "{'then':[{'fault':'RESET'}]}", "then[0].fault", "unknown fault" },
	{ "{'then':[{'fault':null}]}", "then[0].fault", "unknown fault" },
	{ "{'then':[{'toxic':'slow'}]}", "then[0].toxic", "unknown toxic" },
	{ "{'then':[{'toxic':null}]}", "then[0].toxic", "unknown toxic" },
	{ "{'then':[{'toxic':'latency','attributes':{'rate':1}}]}",
	    "then[0].attributes.rate", "unknown field" },
	{ "{'then':[{'toxic':'latency','stream':'sideways'}]}",
	    "then[0].stream", "not one of" },
	{ "{'then':[{'toxic':'latency','toxicity':0.5}]}", "then[0].toxicity",
	    "when.probability" },
	{ "{'then':[{'fixedDelayMilliseconds':5,'x':1}]}", "then[0]",
	    "one action" },
	{ "{'then':[{'delayDistribution':{'type':'zipf'}}]}",
	    "then[0].delayDistribution.type", "unknown distribution" },
	{ "{'then':[{'delayDistribution':{'typ':'uniform'}}]}",
	    "then[0].delayDistribution.typ", "unknown field" },
	{ "{'then':[{'chunkedDribbleDelay':{'numberOfChunks':0}}]}",
	    "then[0].chunkedDribbleDelay.numberOfChunks", "at least 1" },
	{ "{'then':[{'outage':null}]}", "then[0].outage", "no outage" },
	{ "{'then':[{'outage':'sealed'}]}", "then[0].outage",
	    "changes the state" },
	{ "{'then':[{'outage':'slow','params':{'x':1}}]}", "then[0].params.x",
	    "no such parameter" },
	/* what does not go together */
	{ "{'commit':'passthrough','then':[{'respond':{'status':503}}]}",
	    "commit", "delay, dribble, bandwidth and tls alone" },
	{ "{'commit':'passthrough','then':[{'delay':5},{'reset':true}]}",
	    "commit", "delay, dribble, bandwidth and tls alone" },
	{ "{'commit':'none','then':[{'truncate':{'bytes':5}}]}", "commit",
	    "no answer to cut" },
	{ "{'commit':'none','then':[{'reset':{'at':'body'}}]}", "commit",
	    "no answer to cut" },
	{ "{'match':{'path':'x'},'then':[{'reset':{'at':'accept'}}]}",
	    "then.reset", "before a request has come" },
	{ "{'match':{'op':'login'},'then':[{'tls':{'cert':'expired'}}]}",
	    "then.tls", "before a request has come" },
	{ "{'match':{'not':{'method':'GET'}},'then':[{'stall':{'at':"
	  "'handshake'}}]}",
	    "then.stall", "before a request has come" },
};

START_TEST(what_is_wrong_is_named)
{
	faults_test_open();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct error c = { 0 };
		json_t *tree = faults_test_json(refused[i].rule);
		bool exists;

		ck_assert_msg(!faults_add(faults, tree, &exists, &c),
		    "taken: %s", refused[i].rule);
		ck_assert_msg(strcmp(c.field, refused[i].field) == 0 &&
			strstr(c.text, refused[i].text),
		    "%s: %s: %s", refused[i].rule, c.field, c.text);
		if (strstr(c.text, "allowed words") ||
		    strstr(c.text, "unknown") || strstr(c.text, "such param"))
			ck_assert_msg(c.allowed.n > 0, "%s", refused[i].rule);
		error_release(&c);
		json_decref(tree);
	}
	ck_assert(faults_is_idle(faults));
	faults_test_close();
}
END_TEST

START_TEST(an_id_is_taken_once)
{
	struct error c = { 0 };
	json_t *tree = faults_test_json("{'id':'a','then':[{'reset':true}]}");
	bool exists;

	faults_test_open();
	ck_assert_str_eq(
	    faults_test_add_rule("{'then':[{'reset':true}]}"), "rule-1");
	ck_assert(faults_add(faults, tree, &exists, &c) && !exists);
	ck_assert(!faults_add(faults, tree, &exists, &c) && exists);
	ck_assert_str_eq(c.text, "a rule \"a\" exists");
	error_release(&c);
	ck_assert(!faults_replace(faults, "b", tree, &c));
	ck_assert_str_eq(c.field, "id");
	error_release(&c);
	json_object_del(tree, "id");
	ck_assert(!faults_replace(faults, "a\r\nb", tree, &c));
	ck_assert_str_eq(c.field, "id");
	error_release(&c);
	ck_assert(faults_replace(faults, "b", tree, &c));
	ck_assert(faults_find(faults, "b") && faults_remove(faults, "b"));
	ck_assert(!faults_remove(faults, "b"));
	json_decref(tree);
	faults_test_close();
}
END_TEST

/* ---- what becomes of an answer ---- */

START_TEST(each_action_on_the_wire)
{
	struct arena *a = arena_new();
	struct fault_decision p;

	faults_test_open();
	p = faults_test_decision(a, "{'reset':true}");
	ck_assert(p.skip_operation && p.response_fault.end == FAULT_END_RESET &&
	    p.response_fault.cut == FAULT_CUT_START &&
	    p.response_fault.bytes == 0);
	p = faults_test_decision(a, "{'reset':'headers'}");
	ck_assert(p.response_fault.cut == FAULT_CUT_BODY &&
	    p.response_fault.bytes == 0);
	p = faults_test_decision(a, "{'reset':{'after_bytes':9}}");
	ck_assert(!p.skip_operation && p.response_fault.cut == FAULT_CUT_BODY &&
	    p.response_fault.bytes == 9);
	p = faults_test_decision(a, "{'close':'body'}");
	ck_assert(p.response_fault.end == FAULT_END_FIN &&
	    p.response_fault.cut == FAULT_CUT_FRACTION);
	p = faults_test_decision(a, "{'empty':true}");
	ck_assert(p.response_fault.end == FAULT_END_FIN &&
	    p.response_fault.cut == FAULT_CUT_START);
	p = faults_test_decision(a, "{'truncate':true}");
	ck_assert(p.response_fault.cut == FAULT_CUT_FRACTION &&
	    p.response_fault.fraction == 0.5 &&
	    !p.response_fault.no_last_chunk && !p.skip_operation);
	p = faults_test_decision(
	    a, "{'truncate':{'bytes':3,'keep_length':false}}");
	ck_assert(p.response_fault.cut == FAULT_CUT_BODY &&
	    p.response_fault.bytes == 3 && p.response_fault.no_last_chunk);
	p = faults_test_decision(a, "{'stall':{'for':'1s'}}");
	ck_assert(p.stall && p.stall_ns == SECOND);
	p = faults_test_decision(a, "{'stall':'headers'}");
	ck_assert(!p.stall && p.response_fault.end == FAULT_END_SILENT &&
	    p.response_fault.cut == FAULT_CUT_START);
	p = faults_test_decision(a, "{'stall':{'at':'body','for':5}}");
	ck_assert(p.response_fault.end == FAULT_END_SILENT &&
	    p.response_fault.silent_ns == 5 * MS);
	p = faults_test_decision(a, "{'garbage':{'bytes':5,'then':'reset'}}");
	ck_assert(p.response_fault.garbage.n == 5 &&
	    p.response_fault.garbage_only &&
	    p.response_fault.end == FAULT_END_RESET);
	p = faults_test_decision(
	    a, "{'garbage':{'bytes':'abc','after_headers':true}}");
	ck_assert(slice_is(p.response_fault.garbage, "abc") &&
	    !p.response_fault.garbage_only);
	p = faults_test_decision(a,
	    "{'delay':{'fixed':2,'at':'headers'}},{'delay':{"
	    "'fixed':3,'at':'body'}},{'delay':{'fixed':4,'at':"
	    "'close'}}");
	ck_assert(p.response_fault.head_delay_ns == 2 * MS &&
	    p.response_fault.body_delay_ns == 3 * MS &&
	    p.response_fault.end_delay_ns == 4 * MS && p.delay_ns == 0);
	faults_test_close();
	arena_free(a);
}
END_TEST

START_TEST(two_answers_are_one)
{
	static const char eight[] =
	    "'headers':{'1':'','2':'','3':'','4':'','5':'','6':'','7':'',"
	    "'8':''}";
	struct arena *a = arena_new();
	struct fault_decision p;
	char then[400];

	faults_test_open();
	snprintf(then, sizeof(then),
	    "{'respond':{%s}},{'respond':{%s}},{"
	    "'redirect':'unreachable'}",
	    eight, eight);
	p = faults_test_decision(a, then);
	ck_assert_int_eq(p.nheaders, 1);
	ck_assert_int_eq(p.status, 307);
	ck_assert_str_eq(
	    p.headers[0].value, "http://192.0.2.1:8200/v1/secret/data/a");
	faults_test_close();
	arena_free(a);
}
END_TEST

static void
body_is(const char *respond, const char *want)
{
	struct arena *a = arena_new();
	char then[1000];
	struct fault_decision p;

	snprintf(then, sizeof(then), "{'respond':%s}", respond);
	p = faults_test_decision(a, then);
	ck_assert_msg(slice_is(p.body, want), "%.*s", (int)p.body.n, p.body.p);
	arena_free(a);
}

START_TEST(bodies_and_templates)
{
	faults_test_open();
	body_is("{'status':503,'errors':'x'}", "{\"errors\":[\"x\"]}\n");
	body_is("{'status':503,'errors':['x'],'data':{'b':1,'a':2}}",
	    "{\"errors\":[\"x\"],\"data\":{\"b\":1,\"a\":2}}\n");
	body_is("{'status':500}", "{\"errors\":[]}\n");
	body_is("{'status':204}", "");
	body_is("{'body':{'z':1,'a':[]}}", "{\"z\":1,\"a\":[]}");
	body_is("{'body':'{{method}} {{path}} {{client_ip}} {{rule}} {{x}} "
		"{{mount}}|{{host}}|{{remaining}} {{'}",
	    "GET secret/data/a 127.0.0.1 r {{x}} ||0 {{");
	faults_test_close();
}
END_TEST

START_TEST(templates_of_a_rate)
{
	struct arena *a = arena_new();
	struct request_info f = faults_test_request("GET", "a");
	struct fault_decision p;

	faults_test_open();
	faults_test_add_rule(
	    "{'id':'q','when':{'over':{'rate':1,'per':'10s'}},'then':[{"
	    "'respond':{'status':429,'headers':{'Retry-After':"
	    "'{{retry_after}}'},'body':'{{limit}} {{reset}} {{uuid}}'}}]}");
	faults_test_decide(&f, a, &p);
	clock_advance(instance.in.vault.clock, 3 * SECOND + 1);
	ck_assert_str_eq(faults_test_decide(&f, a, &p), "q");
	ck_assert_str_eq(p.headers[0].value, "6"); /* what is over is cut */
	ck_assert_msg(strncmp(p.body.p, "1 6 ", 4) == 0, "%s", p.body.p);
	ck_assert_int_eq((int)p.body.n - 4, 36);
	faults_clear(faults);
	faults_test_add_rule(
	    "{'id':'q','when':{'over':{'rate':0,'block':'60s'}},'then':[{"
	    "'respond':{'body':'{{retry_after}} <{{limit}}{{remaining}}"
	    "{{reset}}>'}}]}");
	ck_assert_str_eq(faults_test_decide(&f, a, &p), "q");
	ck_assert_msg(slice_is(p.body, "60 <0060>"), "%s", p.body.p);
	faults_test_close();
	arena_free(a);
}
END_TEST

/* ---- random delays ---- */

static void
draws_within(const char *value, double low, double high, double mean)
{
	struct error c = { 0 };
	char text[300];
	json_t *then;
	struct action act[ACTIONS_MAX];
	double sum = 0;
	int n;

	snprintf(text, sizeof(text), "[{'delay':%s}]", value);
	then = faults_test_json(text);
	ck_assert(actions_parse(then, "then", act, &n, &c) && n == 1);
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t bits = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		double ms = (double)delay_draw(&act[0].delay, bits) / 1e6;

		ck_assert_int_eq(delay_draw(&act[0].delay, bits),
		    delay_draw(&act[0].delay, bits));
		ck_assert_msg(ms >= low && ms <= high, "%s: %f", value, ms);
		sum += ms;
	}
	ck_assert_msg(sum / 20000 > mean * 0.9 && sum / 20000 < mean * 1.1,
	    "%s: mean %f", value, sum / 20000);
	actions_release(act, n);
	json_decref(then);
}

START_TEST(draws)
{
	draws_within("'5ms'", 5, 5, 5);
	draws_within("{'fixed':100,'jitter':'50ms'}", 50, 150, 100);
	draws_within("{'fixed':10,'jitter':100}", 0, 110, 55);
	draws_within("{'uniform':['10ms','30ms']}", 10, 30, 20);
	draws_within("{'normal':{'mean':100,'stddev':10}}", 30, 170, 100);
	draws_within("{'normal':{'mean':100,'stddev':100,'min':90,'max':110}}",
	    90, 110, 100);
	draws_within("{'normal':{'mean':0,'stddev':10}}", 0, 80, 4);
	draws_within("{'lognormal':{'median':'80ms','sigma':0.4,'max':'2s'}}",
	    5, 2000, 86.7);
	draws_within("{'lognormal':{'median':1,'sigma':900}}", 0, 1e11, 5e10);
}
END_TEST

/* ---- words of others ---- */

START_TEST(wiremocks_words)
{
	struct arena *a = arena_new();
	struct fault_decision p;

	faults_test_open();
	p = faults_test_decision(a, "{'fault':'EMPTY_RESPONSE'}");
	ck_assert(p.response_fault.end == FAULT_END_FIN &&
	    p.response_fault.cut == FAULT_CUT_START);
	p = faults_test_decision(a, "{'fault':'MALFORMED_RESPONSE_CHUNK'}");
	ck_assert(p.status == 200 && p.response_fault.garbage.n == 64 &&
	    !p.response_fault.garbage_only);
	p = faults_test_decision(a, "{'fault':'RANDOM_DATA_THEN_CLOSE'}");
	ck_assert(p.response_fault.garbage_only &&
	    p.response_fault.end == FAULT_END_FIN);
	p = faults_test_decision(a, "{'fault':'CONNECTION_RESET_BY_PEER'}");
	ck_assert(p.response_fault.end == FAULT_END_RESET);
	p = faults_test_decision(a, "{'fixedDelayMilliseconds':12}");
	ck_assert_int_eq(p.delay_ns, 12 * MS);
	p = faults_test_decision(a,
	    "{'delayDistribution':{'type':'uniform','lower':5,"
	    "'upper':6}}");
	ck_assert(p.delay_ns >= 5 * MS && p.delay_ns <= 6 * MS);
	p = faults_test_decision(a,
	    "{'delayDistribution':{'type':'lognormal','median':9,"
	    "'sigma':0.1,'maxValue':10}}");
	ck_assert(p.delay_ns > 5 * MS && p.delay_ns <= 10 * MS);
	p = faults_test_decision(a,
	    "{'chunkedDribbleDelay':{'numberOfChunks':5,"
	    "'totalDuration':1000}}");
	ck_assert(p.response_fault.pieces == 5 &&
	    p.response_fault.chunk_interval_ns == 200 * MS);
	faults_test_close();
	arena_free(a);
}
END_TEST

START_TEST(toxiproxys_words)
{
	struct arena *a = arena_new();
	struct fault_decision p;

	faults_test_open();
	p = faults_test_decision(a,
	    "{'toxic':'latency','attributes':{'latency':100,"
	    "'jitter':10}}");
	ck_assert(p.delay_ns >= 90 * MS && p.delay_ns <= 110 * MS);
	p = faults_test_decision(a,
	    "{'toxic':'slow_close','name':'x','attributes':{"
	    "'delay':7}}");
	ck_assert_int_eq(p.response_fault.end_delay_ns, 7 * MS);
	p = faults_test_decision(a,
	    "{'toxic':'timeout','toxicity':1,'attributes':{"
	    "'timeout':0}}");
	ck_assert(p.response_fault.end == FAULT_END_SILENT &&
	    p.response_fault.silent_ns == 0);
	p = faults_test_decision(
	    a, "{'toxic':'reset_peer','attributes':{'timeout':5}}");
	ck_assert(
	    p.delay_ns == 5 * MS && p.response_fault.end == FAULT_END_RESET);
	p = faults_test_decision(a,
	    "{'toxic':'slicer','attributes':{'average_size':64,"
	    "'size_variation':32,'delay':10}}");
	ck_assert(p.response_fault.chunk_bytes == 64 &&
	    p.response_fault.chunk_interval_ns == 10000);
	p = faults_test_decision(
	    a, "{'toxic':'limit_data','attributes':{'bytes':0}}");
	ck_assert(p.response_fault.end == FAULT_END_FIN &&
	    p.response_fault.bytes == 0);
	faults_clear(faults);
	faults_test_add_rule(
	    "{'then':[{'toxic':'bandwidth','attributes':{'rate':2}}]}");
	ck_assert_int_eq(faults_test_connect("::1").rate_down, 2000);
	ck_assert_int_eq(faults_test_connect("::1").rate_up, 0);
	faults_test_add_rule(
	    "{'then':[{'toxic':'bandwidth','stream':'upstream','attributes':"
	    "{'rate':9223372036854775807}}]}");
	ck_assert_int_eq(faults_test_connect("::1").rate_up, INT64_MAX);
	faults_test_close();
	arena_free(a);
}
END_TEST

/* ---- the table of outages ---- */

/* A value of the param's type when it has no words of its own. */
static json_t *
some_value(const struct outage_param *p)
{
	static const struct {
		const char *type, *value;
	} rows[] = { { "duration", "\"5ms\"" }, { "offset", "\"-5s\"" },
		{ "integer", "2" }, { "number", "0.5" }, { "boolean", "true" },
		{ "string", "\"http://10.0.0.2\"" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].type, p->type) == 0)
			return json_loads(rows[i].value, JSON_DECODE_ANY, NULL);
	ck_abort_msg("a type without a value: %s", p->type);
	return NULL;
}

static void
parses(const struct outage *o, json_t *given)
{
	struct error c = { 0 };
	json_t *params = outage_resolve_params(o, given, "params", NULL, &c),
	       *rules, *tree;
	char *shown = json_dumps(given, 0);
	size_t i;

	ck_assert_msg(
	    params != NULL, "%s %s: %s: %s", o->name, shown, c.field, c.text);
	rules = outage_make_rules(o, params, NULL, NULL, false);
	ck_assert_msg(json_array_size(rules) > 0 || o->start || o->edit ||
		o->replace || o->fidelity == OUTAGE_NEEDS_CLUSTER,
	    "%s %s", o->name, shown);
	json_array_foreach (rules, i, tree) {
		struct rule *r = rule_parse(tree, &c);

		ck_assert_msg(r != NULL, "%s %s: %s: %s", o->name, shown,
		    c.field, c.text);
		rule_release(r);
	}
	free(shown);
	json_decref(rules);
	json_decref(params);
}

static json_t *
required_of(const struct outage *o)
{
	json_t *given = json_object();

	for (int i = 0; o->params[i].name; i++)
		if (o->params[i].required)
			json_object_set_new(given, o->params[i].name,
			    some_value(&o->params[i]));
	return given;
}

static void
each_word(const struct outage *o, const struct outage_param *p)
{
	json_t *given = required_of(o);
	char copy[300], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", p->allowed ? p->allowed : "");
	while (p->allowed && (word = strsep(&rest, "|"))) {
		json_object_set_new(given, p->name, json_string(word));
		parses(o, given);
	}
	if (!p->allowed) {
		json_object_set_new(given, p->name, some_value(p));
		parses(o, given);
	}
	json_decref(given);
}

static void
refuses(const struct outage *o, const char *name, const char *value)
{
	struct error c = { 0 };
	json_t *given = required_of(o);
	char field[80];

	json_object_set_new(
	    given, name, json_loads(value, JSON_DECODE_ANY, NULL));
	ck_assert_msg(!outage_resolve_params(o, given, "params", NULL, &c),
	    "%s %s", o->name, name);
	snprintf(field, sizeof(field), "params.%s", name);
	ck_assert_str_eq(c.field, field);
	error_release(&c);
	json_decref(given);
}

START_TEST(every_row_of_the_table_is_sound)
{
	const struct outage *o;

	for (int n = 0; (o = outage_at(n)); n++) {
		json_t *given = required_of(o);

		parses(o, given);
		json_decref(given);
		refuses(o, "nonsense", "1");
		for (int i = 0; o->params[i].name; i++) {
			each_word(o, &o->params[i]);
			refuses(o, o->params[i].name, "[]");
			if (o->params[i].allowed)
				refuses(o, o->params[i].name, "\"no word\"");
		}
	}
}
END_TEST

UNIT_MAIN("rule", what_is_wrong_is_named, an_id_is_taken_once,
    each_action_on_the_wire, two_answers_are_one, bodies_and_templates,
    templates_of_a_rate, draws, wiremocks_words, toxiproxys_words,
    every_row_of_the_table_is_sound)
