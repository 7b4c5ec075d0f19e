/*
 * Weak conversion of fields: what each type takes, and the text of its refusal.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/param.h"
#include "api/route.h"
#include "base/duration.h"
#include "support/unit.h"

static const struct param table[] = {
	{ "text", P_STRING, NULL, NULL },
	{ "lower", P_LOWER, NULL, NULL },
	{ "n", P_INT, "7", NULL },
	{ "flag", P_BOOL, "true", NULL },
	{ "ttl", P_SECONDS, NULL, NULL },
	{ "signed", P_SIGNED_DURATION, NULL, NULL },
	{ "list", P_STRINGS, NULL, NULL },
	{ "comma", P_COMMA_STRINGS, NULL, NULL },
	{ "ints", P_COMMA_INTS, NULL, NULL },
	{ "map", P_MAP, NULL, NULL },
	{ "pairs", P_PAIRS, NULL, NULL },
	PARAM_END,
};

static const struct route row = { OP_WRITE, "x", 0, table, NULL, NULL, NULL };

static struct request *
with(const char *body, struct error *e)
{
	struct request *req = calloc(1, sizeof(*req));
	struct buf clean;

	memset(e, 0, sizeof(*e));
	req->arena = arena_new();
	req->route = &row;
	buf_init(&clean, 0);
	jsontext_clean(&clean, body, strlen(body), JSONTEXT_DIGITS, NULL, 0);
	req->json.p = arena_strndup(req->arena, clean.p, clean.n);
	req->json.n = clean.n;
	buf_release(&clean);
	req->nfields = jsontext_members(req->arena, req->json, &req->fields);
	params_convert(req, e);
	return req;
}

static void
drop(struct request *req)
{
	arena_free(req->arena);
	free(req);
}

static void
refused(const char *body, const char *text)
{
	struct error e;

	drop(with(body, &e));
	ck_assert_int_eq(e.status, 400);
	ck_assert_str_eq(e.text, text);
}

START_TEST(defaults_and_given)
{
	struct error e;
	struct request *req = with("{}", &e);

	ck_assert_int_eq(e.status, 0);
	ck_assert_int_eq(param_int(req, "n"), 7);
	ck_assert(param_bool(req, "flag"));
	ck_assert_str_eq(param_str(req, "text"), "");
	ck_assert(!param_is_given(req, "n"));
	ck_assert_ptr_nonnull(param_strings(req, "list", NULL));
	drop(req);
}
END_TEST

START_TEST(weak_scalars)
{
	struct error e;
	struct request *req = with("{\"text\":12.50,\"lower\":\"AbC\","
				   "\"n\":\"0x10\",\"flag\":\"f\","
				   "\"ttl\":\"1h\",\"signed\":-3}",
	    &e);

	ck_assert_int_eq(e.status, 0);
	ck_assert_str_eq(param_str(req, "text"), "12.50");
	ck_assert_str_eq(param_str(req, "lower"), "abc");
	ck_assert_int_eq(param_int(req, "n"), 16);
	ck_assert(!param_bool(req, "flag"));
	ck_assert_int_eq(param_duration(req, "ttl"), 3600);
	ck_assert_int_eq(param_duration(req, "signed"), -3 * NSEC_PER_SEC);
	drop(req);
}
END_TEST

START_TEST(lists_and_pairs)
{
	struct error e;
	struct request *req = with("{\"list\":\"a,b\",\"comma\":\" a , b\","
				   "\"ints\":\"1,2\","
				   "\"pairs\":[\"k=v\",\"a=b=c\"]}",
	    &e);
	json_t *pairs;
	int n;

	ck_assert_int_eq(e.status, 0);
	ck_assert_str_eq(param_strings(req, "list", &n)[0], "a,b");
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(param_strings(req, "comma", &n)[1], "b");
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(param_ints(req, "ints", &n)[1], 2);
	pairs = param_json_tree(req, "pairs");
	ck_assert_str_eq(json_string_value(json_object_get(pairs, "a")), "b=c");
	json_decref(pairs);
	drop(req);
}
END_TEST

START_TEST(refusals_name_value_and_field)
{
	refused("{\"n\":\"abc\"}",
	    "error converting input abc for field \"n\": cannot parse '' as "
	    "int: strconv.ParseInt: parsing \"abc\": invalid syntax");
	refused("{\"map\":\"x\"}",
	    "error converting input x for field \"map\": '' expected a map, "
	    "got 'string'");
	refused("{\"ttl\":-1}",
	    "error converting input -1 for field \"ttl\": cannot provide "
	    "negative value '-1'");
	refused("{\"text\":{\"a\":[1]}}",
	    "error converting input map[a:[1]] for field \"text\": '' "
	    "expected type 'string', got unconvertible type "
	    "'map[string]interface {}', value: 'map[a:[1]]'");
}
END_TEST

UNIT_MAIN("param", defaults_and_given, weak_scalars, lists_and_pairs,
    refusals_name_value_and_field)
