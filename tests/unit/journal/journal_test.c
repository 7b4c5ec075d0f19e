/*
 * The journal on clocks that stand still: the ring, queries, waits, and each
 * proof with the sentence it gives when it fails.
 */
#include "journal/journal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/support/unit.h"

#define MS ((int64_t)1000000)
#define START ((int64_t)1767323045 * 1000 * MS) /* 2026-01-02T03:04:05Z */

struct box {
	struct journal *journal;
	struct clock *virt, *real;
	struct journal_vault_probe probe;
	const struct journal_mark *from;
	json_t *answer;
	int status;
	struct error c;
};

static struct box
opened(int size)
{
	struct box b = { .virt = clock_new(), .real = clock_new() };

	clock_freeze(b.virt, START);
	clock_freeze(b.real, START);
	b.journal = journal_new(size, b.virt, b.real);
	return b;
}

static void
closed(struct box *b)
{
	json_decref(b->answer);
	error_release(&b->c);
	journal_free(b->journal);
	clock_free(b->virt);
	clock_free(b->real);
}

static void
pass_ms(struct box *b, int64_t ms)
{
	clock_advance(b->virt, ms * MS);
	clock_advance(b->real, ms * MS);
}

static const struct header headers[] = {
	{ "User-Agent", "app/1.0" },
	{ "X-Vault-Token", "hvs.secret-token" },
	{ "Cookie", "session=secret-cookie" },
	{ "X-Note", "carries pa55word!" },
};

static const char *
header_of(const void *arg, const char *name)
{
	(void)arg;
	for (size_t i = 0; i < 4; i++)
		if (strcasecmp(headers[i].name, name) == 0)
			return headers[i].value;
	return NULL;
}

static struct request_info
request_of(const char *method, const char *path)
{
	static const char *const policies[] = { "app", "default", NULL };

	return (struct request_info){ .method = method,
		.path = path,
		.query = "",
		.op = match_operation_of(method, path, false),
		.mount = "secret/",
		.mount_type = "kv",
		.has_token = true,
		.token_id = "hvs.secret-token",
		.accessor = "acc1",
		.policies = policies,
		.space = "default",
		.client_ip = "127.0.0.1",
		.node = "n1",
		.node_active = true,
		.header = header_of,
		.headers = headers,
		.nheaders = 4,
		.body = SLICE("{\"data\":\"secret-body\"}"),
		.nth = 1,
		.conn_id = 7 };
}

static void
ended(struct box *b, int64_t seq, const struct request_info *f, int status)
{
	const struct journal_close c = { .info = f,
		.request_id = "id",
		.status = status,
		.bytes = 10,
		.committed = status < 300,
		.rule = status == 503 ? "blip" : NULL,
		.action = status == 503 ? "respond" : NULL };

	journal_close_entry(b->journal, seq, &c);
}

/* A request that takes `took`, and its answer. */
static void
came(struct box *b, const char *method, const char *path, int status,
    int64_t took)
{
	struct request_info f = request_of(method, path);
	int64_t seq = journal_open_entry(
	    b->journal, &f, NULL, clock_real_mono());

	pass_ms(b, took);
	ended(b, seq, &f, status);
}

typedef json_t *(*journal_query_fn)(
    struct journal *j, json_t *body, struct error *c);

static json_t *
ask(struct box *b, journal_query_fn fn, const char *text)
{
	json_t *body = json_loads(text, 0, NULL);

	ck_assert_msg(body != NULL, "no JSON: %s", text);
	json_decref(b->answer);
	error_release(&b->c);
	b->answer = fn(b->journal, body, &b->c);
	json_decref(body);
	return b->answer;
}

/* As the control API counts, a step for each entry. */
static json_t *
count_in_steps(struct journal *j, json_t *body, struct error *c)
{
	struct journal_search *s = journal_search_new(j, body, true, c);
	json_int_t n;

	if (!s)
		return NULL;
	while (journal_search_look(s, 1))
		;
	n = journal_search_count(s);
	journal_search_free(s);
	return json_integer(n);
}

static int
count(struct box *b, const char *text)
{
	json_t *answer = ask(b, count_in_steps, text);

	ck_assert_msg(answer != NULL, "%s: %s", b->c.field, b->c.text);
	return (int)json_integer_value(answer);
}

static json_t *
found(struct box *b, const char *text)
{
	json_t *answer = ask(b, journal_find, text);

	ck_assert_msg(answer != NULL, "%s: %s", b->c.field, b->c.text);
	return json_object_get(answer, "requests");
}

static int64_t
seq_of(const json_t *list, size_t i)
{
	return json_integer_value(
	    json_object_get(json_array_get(list, i), "seq"));
}

/* ---- verify ---- */

static json_t *
verified(struct box *b, const char *text)
{
	json_t *body = json_loads(text, 0, NULL);

	ck_assert_msg(body != NULL, "no JSON: %s", text);
	json_decref(b->answer);
	error_release(&b->c);
	b->status = 400;
	b->answer = journal_verify(
	    b->journal, body, &b->probe, b->from, &b->status, &b->c);
	json_decref(body);
	return b->answer;
}

static void
holds(struct box *b, const char *text)
{
	verified(b, text);
	ck_assert_msg(b->status == 200 && b->answer, "%s: %s %s", text,
	    b->c.text,
	    b->answer ? json_string_value(json_object_get(b->answer, "reason"))
		      : "");
	ck_assert(json_is_true(json_object_get(b->answer, "verified")));
}

/* It fails with just this sentence. */
static void
fails(struct box *b, const char *text, const char *reason)
{
	verified(b, text);
	ck_assert_msg(b->status == 422 && b->answer, "%s: %s", text, b->c.text);
	ck_assert(json_is_false(json_object_get(b->answer, "verified")));
	ck_assert_str_eq(
	    json_string_value(json_object_get(b->answer, "reason")), reason);
	ck_assert(json_is_array(json_object_get(b->answer, "nearest")));
	ck_assert(strncmp(json_string_value(json_object_get(b->answer, "curl")),
		      "curl -s http", 12) == 0);
}

static void
refuses(struct box *b, const char *text, const char *field, const char *says)
{
	ck_assert_msg(verified(b, text) == NULL, "%s", text);
	ck_assert_str_eq(b->c.field, field);
	ck_assert_msg(strstr(b->c.text, says), "%s: %s", text, b->c.text);
}

#define LOGIN "auth/approle/login"

/* ---- the ring ---- */

START_TEST(ring)
{
	struct box b = opened(3);

	for (int i = 0; i < 5; i++)
		came(&b, "GET", "secret/data/app", 200, 1);
	ck_assert_int_eq(journal_last(b.journal), 5);
	ck_assert_int_eq(journal_dropped(b.journal), 2);
	ck_assert_int_eq(seq_of(found(&b, "{}"), 0), 3);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(b.answer, "dropped")), 2);
	ck_assert_int_eq(json_array_size(found(&b, "{\"limit\":2}")), 2);
	ck_assert_int_eq(seq_of(found(&b, "{\"limit\":2}"), 0), 4);
	journal_clear(b.journal);
	ck_assert_int_eq(count(&b, "{}"), 0);
	ck_assert_int_eq(journal_dropped(b.journal), 0);
	came(&b, "GET", "secret/data/app", 200, 1);
	ck_assert_int_eq(seq_of(found(&b, "{}"), 0), 6);
	closed(&b);
}
END_TEST

START_TEST(no_secret_is_kept)
{
	struct box b = opened(10);
	char *text;

	came(&b, "PUT", "secret/data/app", 200, 12);
	text = json_dumps(found(&b, "{}"), 0);
	ck_assert(!strstr(text, "secret-token"));
	ck_assert(!strstr(text, "secret-cookie"));
	ck_assert(!strstr(text, "secret-body"));
	ck_assert(strstr(text, "\"user_agent\": \"app/1.0\""));
	ck_assert(strstr(text, "\"duration_ms\": 12.0"));
	free(text);
	ck_assert_int_eq(count(&b,
			     "{\"match\":{\"header\":"
			     "{\"x-note\":\"carries*\"}}}"),
	    1);
	ck_assert_int_eq(count(&b,
			     "{\"match\":{\"header\":"
			     "{\"Cookie\":\"*\"}}}"),
	    0);
	ck_assert_int_eq(count(&b,
			     "{\"match\":{\"token\":"
			     "{\"id\":\"hvs.secret-token\"}}}"),
	    1);
	ck_assert_int_eq(count(&b,
			     "{\"match\":{\"token\":"
			     "{\"id\":\"hvs.other\"}}}"),
	    0);
	ck_assert(!ask(
	    &b, count_in_steps, "{\"match\":{\"body\":{\"/data\":\"*\"}}}"));
	ck_assert_str_eq(b.c.field, "match.body");
	closed(&b);
}
END_TEST

START_TEST(one_that_hangs_is_seen)
{
	struct box b = opened(10);
	struct request_info f = request_of("GET", "secret/data/slow");
	int64_t seq = journal_open_entry(
	    b.journal, &f, NULL, clock_real_mono());
	json_t *one;

	one = json_array_get(
	    found(&b, "{\"match\":{\"path\":\"**/slow\"}}"), 0);
	ck_assert(json_is_true(json_object_get(one, "open")));
	ck_assert(json_is_null(json_object_get(one, "status")));
	ck_assert_int_eq(count(&b, "{\"status\":200}"), 0);
	ended(&b, seq, &f, 200);
	ck_assert_int_eq(count(&b, "{\"status\":[404,200]}"), 1);
	closed(&b);
}
END_TEST

/* An entry that the ring has gone over, or that was cleared, closes quietly. */
START_TEST(late_ends)
{
	struct box b = opened(2);
	struct request_info f = request_of("GET", "secret/data/slow");
	int64_t seq = journal_open_entry(
	    b.journal, &f, NULL, clock_real_mono());

	came(&b, "GET", "a", 200, 0);
	came(&b, "GET", "b", 200, 0);
	ended(&b, seq, &f, 200);
	ck_assert_int_eq(count(&b, "{}"), 2);
	seq = journal_open_entry(b.journal, &f, NULL, clock_real_mono());
	journal_clear(b.journal);
	ended(&b, seq, &f, 200);
	ck_assert_int_eq(count(&b, "{}"), 0);
	closed(&b);
}
END_TEST

START_TEST(filters)
{
	struct box b = opened(10);

	came(&b, "PUT", LOGIN, 200, 0);
	pass_ms(&b, 1000);
	came(&b, "GET", "secret/data/app", 503, 0);
	pass_ms(&b, 1000);
	came(&b, "GET", "secret/data/app", 200, 0);
	ck_assert_int_eq(count(&b, "{\"match\":{\"op\":\"login\"}}"), 1);
	ck_assert_int_eq(count(&b, "{\"status\":503}"), 1);
	ck_assert_int_eq(count(&b, "{\"rule\":\"bl*\"}"), 1);
	ck_assert_int_eq(count(&b, "{\"rule\":\"other\"}"), 0);
	ck_assert_int_eq(count(&b, "{\"since\":1}"), 2);
	ck_assert_int_eq(count(&b, "{\"since\":\"2026-01-02T03:04:06Z\"}"), 2);
	ck_assert_int_eq(count(&b, "{\"since\":\"2026-01-02T03:04:08Z\"}"), 0);
	ck_assert(!ask(&b, journal_find, "{\"since\":-1}"));
	ck_assert_str_eq(b.c.field, "since");
	ck_assert(!ask(&b, journal_find, "{\"mach\":{}}"));
	ck_assert_str_eq(b.c.field, "mach");
	closed(&b);
}
END_TEST

/* ---- waits ---- */

struct told {
	int times;
	bool enough;
	size_t found;
};

static void
tell(void *arg, bool enough, struct journal_search *found)
{
	struct told *t = arg;

	t->times++;
	t->enough = enough;
	while (journal_search_look(found, 1))
		;
	t->found = (size_t)journal_search_count(found);
	journal_search_free(found);
}

static struct journal_waiter *
wait_for(struct box *b, const char *text, struct told *t, bool *done)
{
	json_t *body = json_loads(text, 0, NULL);
	struct journal_waiter *w = journal_wait(
	    b->journal, body, tell, t, done, &b->c);

	json_decref(body);
	return w;
}

START_TEST(waits)
{
	struct box b = opened(10);
	struct told t = { 0 };
	struct journal_waiter *w;
	bool done;

	ck_assert(wait_for(&b, "{\"match\":{\"op\":\"read\"},\"n\":2}", &t,
		      &done) != NULL);
	ck_assert(!done);
	came(&b, "GET", "a", 200, 1);
	came(&b, "PUT", "a", 200, 1);
	ck_assert_int_eq(t.times, 0);
	came(&b, "GET", "a", 200, 1);
	ck_assert(t.times == 1 && t.enough && t.found == 2);

	ck_assert(wait_for(&b, "{\"n\":3}", &t, &done) == NULL);
	ck_assert(done && t.times == 2 && t.enough);

	w = wait_for(&b, "{\"n\":9,\"timeout\":\"2s\"}", &t, &done);
	ck_assert(w != NULL);
	pass_ms(&b, 1999);
	ck_assert_int_eq(t.times, 2);
	pass_ms(&b, 1);
	ck_assert(t.times == 3 && !t.enough && t.found == 3);

	w = wait_for(&b, "{\"n\":9}", &t, &done);
	journal_wait_cancel(b.journal, w);
	pass_ms(&b, 60000);
	ck_assert_int_eq(t.times, 3);
	ck_assert(wait_for(&b, "{\"timeout\":\"5\"}", &t, &done) == NULL);
	ck_assert_str_eq(b.c.field, "timeout");
	closed(&b);
}
END_TEST

START_TEST(waits_for_what_is_there)
{
	struct box b = opened(3);
	struct told t = { 0 };
	bool done;

	came(&b, "GET", "a", 200, 1);
	ck_assert(wait_for(&b, "{\"status\":200,\"n\":3}", &t, &done) != NULL);
	ck_assert(wait_for(&b, "{\"status\":503,\"n\":2}", &t, &done) != NULL);
	came(&b, "GET", "a", 200, 1);
	came(&b, "GET", "a", 503, 1);
	came(&b, "GET", "a", 200, 1); /* the first is overwritten */
	ck_assert_int_eq(t.times, 0);
	journal_clear(b.journal);
	came(&b, "GET", "a", 503, 1);
	came(&b, "GET", "a", 200, 1);
	came(&b, "GET", "a", 200, 1);
	ck_assert_int_eq(t.times, 0);
	came(&b, "GET", "a", 200, 1);
	ck_assert(t.times == 1 && t.enough && t.found == 3);
	came(&b, "GET", "a", 503, 1);
	ck_assert_int_eq(t.times, 1);
	came(&b, "GET", "a", 503, 1);
	ck_assert(t.times == 2 && t.enough && t.found == 2);
	closed(&b);
}
END_TEST

/* ---- a search in steps ---- */

START_TEST(what_goes_during_a_search)
{
	struct box b = opened(4);
	json_t *body = json_pack("{s:i}", "limit", 3), *one;
	struct journal_search *s;

	for (int i = 0; i < 4; i++)
		came(&b, "GET", "a", 200, 0);
	s = journal_search_new(b.journal, body, false, &b.c);
	ck_assert(journal_search_look(s, 2));
	came(&b, "GET", "later", 200, 0);
	came(&b, "GET", "later", 200, 0);
	ck_assert(!journal_search_look(s, 100));
	ck_assert_int_eq(journal_search_count(s), 2);
	came(&b, "GET", "later", 200, 0);
	one = journal_search_next(s);
	ck_assert_int_eq(json_integer_value(json_object_get(one, "seq")), 4);
	json_decref(one);
	ck_assert(!journal_search_next(s));
	journal_search_free(s);
	json_decref(body);
	closed(&b);
}
END_TEST

/* ---- proofs ---- */

START_TEST(times)
{
	struct box b = opened(10);

	came(&b, "PUT", LOGIN, 200, 0);
	came(&b, "PUT", LOGIN, 400, 0);
	came(&b, "GET", "secret/data/app", 200, 0);
	holds(&b, "{\"match\":{\"op\":\"login\"},\"times\":2}");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(b.answer, "count")), 2);
	holds(&b,
	    "{\"match\":{\"op\":\"login\"},\"times\":{\"min\":1,"
	    "\"max\":2}}");
	holds(&b, "{\"status\":400,\"times\":{\"exact\":1}}");
	fails(&b, "{\"match\":{\"op\":\"login\"},\"times\":{\"max\":1}}",
	    "expected at most 1 request that matches {\"op\":\"login\"}, "
	    "found 2: seq 1 and 2");
	ck_assert_str_eq(json_string_value(json_object_get(b.answer, "curl")),
	    "curl -s http://127.0.0.1:8299/_mock/requests/find -d "
	    "'{\"match\":{\"op\":\"login\"}}'");
	fails(&b,
	    "{\"match\":{\"op\":\"read\",\"path\":\"secret/data/ap\"},"
	    "\"times\":1}",
	    "expected exactly 1 request that matches {\"op\":\"read\","
	    "\"path\":\"secret/data/ap\"}, found 0; nearest is seq 3, whose "
	    "path is \"secret/data/app\", not \"secret/data/ap\"");
	ck_assert_int_eq(seq_of(json_object_get(b.answer, "nearest"), 0), 3);
	fails(&b, "{\"times\":{\"min\":9}}",
	    "expected at least 9 requests, found 3: seq 1, 2 and 3");
	closed(&b);
}
END_TEST

/* Five requests with these gaps in ms before each but the first. */
static struct box
gaps(const int64_t list[4])
{
	struct box b = opened(10);

	came(&b, "GET", "a", 503, 0);
	for (int i = 0; i < 4; i++) {
		pass_ms(&b, list[i]);
		came(&b, "GET", "a", 503, 0);
	}
	return b;
}

START_TEST(spacing)
{
	const int64_t doubling[] = { 100, 200, 400, 800 };
	const int64_t jittered[] = { 100, 230, 410, 920 };
	const int64_t even[] = { 200, 200, 201, 200 };
	struct box b = gaps(doubling);

	holds(&b, "{\"spacing\":{\"min\":\"100ms\",\"growing\":2}}");
	holds(&b, "{\"spacing\":{\"max\":\"800ms\"}}");
	fails(&b, "{\"spacing\":{\"min\":150}}",
	    "gap 1 of 4, from seq 1 to seq 2, was 100ms, expected at least "
	    "150ms; the gaps: 100ms, 200ms, 400ms, 800ms");
	fails(&b, "{\"spacing\":{\"max\":\"0.5s\"}}",
	    "gap 4 of 4, from seq 4 to seq 5, was 800ms, expected at most "
	    "500ms; the gaps: 100ms, 200ms, 400ms, 800ms");
	ck_assert_int_eq(seq_of(json_object_get(b.answer, "nearest"), 1), 5);
	fails(&b, "{\"spacing\":{\"growing\":3}}",
	    "gap 2, from seq 2 to seq 3, was 200ms after a gap of 100ms, "
	    "expected at least 3 times as much, 300ms; the gaps: 100ms, "
	    "200ms, 400ms, 800ms");
	fails(&b, "{\"spacing\":{\"growing\":1.5,\"jitter\":true}}",
	    "the gaps grow all alike (they differ by 0.0 % of their mean), "
	    "expected jitter of at least 2 %; the gaps: 100ms, 200ms, 400ms, "
	    "800ms");
	fails(&b, "{\"match\":{\"path\":\"b\"},\"spacing\":{\"min\":1}}",
	    "expected at least 2 requests to judge their spacing by, found "
	    "0 requests that match {\"path\":\"b\"}");
	closed(&b);
	b = gaps(jittered);
	holds(&b, "{\"spacing\":{\"growing\":1.5,\"jitter\":true}}");
	closed(&b);
	b = gaps(even);
	fails(&b, "{\"spacing\":{\"jitter\":true}}",
	    "the gaps are all alike (they differ by 0.5 % of their mean), "
	    "expected jitter of at least 2 %; the gaps: 200ms, 200ms, 201ms, "
	    "200ms");
	holds(&b, "{\"spacing\":{\"growing\":1.5,\"max\":\"250ms\"}}");
	closed(&b);
}
END_TEST

START_TEST(rate)
{
	const int64_t list[] = { 100, 100, 900, 100 };
	struct box b = gaps(list);

	holds(&b, "{\"rate\":{\"max\":3,\"per\":\"1s\"}}");
	holds(&b, "{\"rate\":{\"max\":5}}");
	fails(&b, "{\"rate\":{\"max\":2}}",
	    "expected at most 2 in 1s, but 3 of 5 requests came within "
	    "200ms, from 2026-01-02T03:04:05.000Z: seq 1, 2 and 3");
	closed(&b);
}
END_TEST

START_TEST(concurrency)
{
	struct box b = opened(10);
	struct request_info f = request_of("GET", "a");
	int64_t one = journal_open_entry(
		    b.journal, &f, NULL, clock_real_mono()),
		two;

	pass_ms(&b, 10);
	two = journal_open_entry(b.journal, &f, NULL, clock_real_mono());
	pass_ms(&b, 10);
	ended(&b, one, &f, 200);
	came(&b, "GET", "a", 200, 5);
	holds(&b, "{\"concurrency\":{\"max\":2}}");
	fails(&b, "{\"concurrency\":{\"max\":1}}",
	    "expected at most 1 at once, but 2 of 3 requests were under way "
	    "at 2026-01-02T03:04:05.010Z: seq 1 and 2");
	ended(&b, two, &f, 200);
	closed(&b);
}
END_TEST

START_TEST(none_after)
{
	struct box b = opened(10);

	fails(&b, "{\"none_after\":{\"event\":\"sealed\"}}",
	    "the event \"sealed\" has not happened; there were none at all");
	came(&b, "GET", "a", 200, 0);
	journal_add_event(b.journal, "login");
	pass_ms(&b, 5);
	journal_add_event(b.journal, "sealed");
	holds(&b, "{\"none_after\":{\"event\":\"sealed\"}}");
	pass_ms(&b, 40);
	came(&b, "GET", "a", 503, 0);
	fails(&b, "{\"none_after\":{\"event\":\"seal*\"}}",
	    "expected none after the event \"sealed\" at "
	    "2026-01-02T03:04:05.005Z, but 1 request came, the first 40ms "
	    "after it: seq 2");
	holds(&b,
	    "{\"none_after\":{\"event\":\"sealed\",\"grace\":"
	    "\"100ms\"}}");
	fails(&b, "{\"none_after\":{\"event\":\"unsealed\"}}",
	    "the event \"unsealed\" has not happened; the last ones were "
	    "login, sealed");
	closed(&b);
}
END_TEST

START_TEST(order)
{
	struct box b = opened(10);
	const char *steps = "{\"order\":[{\"op\":\"login\"},{\"op\":\"read\"},"
			    "{\"op\":\"revoke\"}]}";

	came(&b, "PUT", LOGIN, 200, 0);
	came(&b, "PUT", "secret/data/app", 200, 0);
	came(&b, "GET", "secret/data/app", 200, 0);
	fails(&b, steps,
	    "step 3, {\"op\":\"revoke\"}, is missing after step "
	    "2, seq 3; it never came");
	came(&b, "PUT", "auth/token/revoke-self", 204, 0);
	holds(&b, steps);
	fails(&b,
	    "{\"order\":[{\"op\":\"login\"},{\"op\":\"read\"}],"
	    "\"strict\":true}",
	    "step 2, {\"op\":\"read\"}, is not next after step 1, seq 1; "
	    "next came seq 2");
	fails(&b, "{\"order\":[{\"op\":\"read\"},{\"op\":\"login\"}]}",
	    "step 2, {\"op\":\"login\"}, is missing after step 1, seq 3; it "
	    "came before, as seq 1");
	came(&b, "PUT", LOGIN, 200, 0);
	came(&b, "GET", "sys/health", 200, 0);
	came(&b, "GET", "secret/data/app", 200, 0);
	holds(&b,
	    "{\"order\":[{\"op\":\"login\"},{\"op\":\"read\"}],"
	    "\"strict\":true}");
	fails(&b, "{\"order\":[{\"op\":\"renew\"}]}",
	    "step 1, {\"op\":\"renew\"}, is missing; it never came");
	closed(&b);
}
END_TEST

static int64_t
two(void *arg)
{
	(void)arg;
	return 2;
}

static void
known_secrets(void *arg,
    void (*fn)(void *fn_arg, const char *text, const char *what), void *fn_arg)
{
	(void)arg;
	fn(fn_arg, "app", "a short one");
	fn(fn_arg, "pa55word!", "secret/app, field password");
}

START_TEST(tokens_and_secrets)
{
	struct box b = opened(10);
	struct request_info f = request_of("GET", "secret/data/app");

	b.probe = (struct journal_vault_probe){ .secrets = known_secrets,
		.tokens = two,
		.leases = two,
		.curl = "curl -s http://[::1]:1" };
	came(&b, "PUT", LOGIN, 200, 0);
	holds(&b, "{\"tokens\":{\"leaked\":2,\"unrevoked\":2}}");
	fails(&b, "{\"tokens\":{\"leaked\":0}}",
	    "2 tokens of logins are still alive, expected at most 0");
	ck_assert_int_eq(seq_of(json_object_get(b.answer, "nearest"), 0), 1);
	fails(&b, "{\"tokens\":{\"unrevoked\":1}}",
	    "2 leases of secrets are still alive, expected at most 1");

	holds(&b, "{\"secrets_in\":[\"path\",\"query\"]}");
	fails(&b, "{\"secrets_in\":\"header\"}",
	    "seq 1 carries a secret in its X-Note header: secret/app, field "
	    "password");
	f.query = "q=pa55word%21";
	ended(&b, journal_open_entry(b.journal, &f, NULL, clock_real_mono()),
	    &f, 200);
	fails(&b, "{\"secrets_in\":[\"path\",\"query\"]}",
	    "seq 2 carries a secret in its query: secret/app, field "
	    "password");
	closed(&b);
}
END_TEST

/* Hours of the vault, a time of the machine. */
START_TEST(on_the_vaults_clock)
{
	struct box b = opened(10);

	came(&b, "GET", "a", 200, 0);
	journal_add_event(b.journal, "sealed");
	clock_advance(b.virt, 3600000 * MS);
	came(&b, "GET", "a", 200, 0);
	holds(&b, "{\"clock\":\"virtual\",\"spacing\":{\"min\":\"1h\"}}");
	fails(&b, "{\"spacing\":{\"min\":\"1h\"}}",
	    "gap 1 of 1, from seq 1 to seq 2, was 0s, expected at least "
	    "1h0m0s; the gaps: 0s");
	fails(&b,
	    "{\"clock\":\"virtual\",\"none_after\":{\"event\":"
	    "\"sealed\",\"grace\":\"30m\"}}",
	    "expected none after the event \"sealed\" at "
	    "2026-01-02T03:04:05.000Z and a grace of 30m0s, but 1 request "
	    "came, the first 1h0m0s after it: seq 2");
	holds(&b,
	    "{\"none_after\":{\"event\":\"sealed\",\"grace\":"
	    "\"30m\"}}");
	closed(&b);
}
END_TEST

START_TEST(refusals)
{
	struct box b = opened(10);

	refuses(&b, "{}", "", "says nothing to verify");
	ck_assert_int_eq(b.c.allowed.n, 11);
	refuses(&b, "{\"match\":{}}", "", "says nothing to verify");
	refuses(&b, "{\"time\":1}", "time", "did you mean \"times\"");
	refuses(&b, "{\"times\":-1}", "times", "negative");
	refuses(&b, "{\"times\":{}}", "times", "exact, min or max");
	refuses(&b, "{\"times\":{\"most\":1}}", "times.most", "unknown");
	refuses(&b, "{\"times\":\"2\"}", "times", "must be an object");
	refuses(&b, "{\"times\":1,\"match\":{\"pat\":\"x\"}}", "match.pat",
	    "unknown field");
	refuses(&b, "{\"spacing\":{}}", "spacing", "wants min");
	refuses(&b, "{\"spacing\":{\"min\":\"5\"}}", "spacing.min", "unit");
	refuses(&b, "{\"spacing\":{\"growing\":0.5}}", "spacing.growing",
	    "1 or more");
	refuses(&b, "{\"rate\":{}}", "rate.max", "required");
	refuses(&b, "{\"rate\":{\"max\":1,\"per\":0}}", "rate.per", "more");
	refuses(&b, "{\"concurrency\":{}}", "concurrency.max", "required");
	refuses(&b, "{\"none_after\":{}}", "none_after.event", "required");
	refuses(&b, "{\"tokens\":{}}", "tokens", "leaked or unrevoked");
	refuses(&b, "{\"secrets_in\":\"log\"}", "secrets_in", "log");
	refuses(&b, "{\"secrets_in\":[]}", "secrets_in", "place");
	refuses(&b, "{\"order\":[]}", "order", "list of matches");
	refuses(&b, "{\"order\":[{},7]}", "order.1", "must be a match");
	refuses(&b, "{\"order\":[{},{\"o\":1}]}", "order.1.o", "unknown");
	refuses(&b, "{\"order\":[{\"body\":{\"/a\":1}}]}", "order.0.body",
	    "keeps no bodies");
	refuses(&b, "{\"times\":1,\"strict\":true}", "strict", "order");
	closed(&b);
}
END_TEST

START_TEST(what_was_dropped_is_said)
{
	struct box b = opened(2);

	for (int i = 0; i < 5; i++)
		came(&b, "GET", "a", 200, 0);
	fails(&b, "{\"times\":5}",
	    "expected exactly 5 requests, found 2: seq 4 and 5 (the journal "
	    "keeps 2 requests and has dropped 3)");
	closed(&b);
}
END_TEST

UNIT_MAIN("journal", ring, no_secret_is_kept, one_that_hangs_is_seen, late_ends,
    filters, waits, waits_for_what_is_there, what_goes_during_a_search, times,
    spacing, rate, concurrency, none_after, order, tokens_and_secrets,
    on_the_vaults_clock, refusals, what_was_dropped_is_said)
