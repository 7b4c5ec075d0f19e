/* A pass of the loop works for the instances that are awake alone. */
#include <string.h>

#include "server/instance.h"
#include "tests/support/unit.h"

#define INSTANCES 8

static struct options options;
static struct host host;
static struct instance instances[INSTANCES];

static void
open_all(void)
{
	struct error e = { 0 };

	options_defaults(&options);
	options.dev = true;
	options.dev_root_token_id = "root";
	options.log_level = "error";
	options.admin_addr = "none";
	ck_assert_msg(host_init(&host, &options, &e), "%s", e.text);
	for (int i = 0; i < INSTANCES; i++) {
		struct clock *c;

		ck_assert_msg(instance_init(&instances[i], &host, &options, &e),
		    "%s", e.text);
		c = instances[i].vault.clock;
		clock_freeze(c, clock_now(c));
	}
	host_pass(&host, 0);
	host_pass(&host, 0);
}

static void
close_all(void)
{
	for (int i = 0; i < INSTANCES; i++)
		instance_release(&instances[i]);
	ck_assert_ptr_null(host.instances);
	ck_assert_ptr_null(host.awake);
	host_release(&host);
}

static int
count_awake(void)
{
	int n = 0;

	for (int i = 0; i < INSTANCES; i++)
		n += instances[i].awake;
	return n;
}

static int
request(
    struct instance *in, const char *method, const char *path, const char *body)
{
	struct api_answer got;
	int status = api_call(
	    in->api, method, path, "root", slice_of(body), &got);

	api_answer_release(&got);
	return status;
}

START_TEST(who_has_no_work_sleeps)
{
	struct instance *in = &instances[3];

	open_all();
	ck_assert_int_eq(count_awake(), 0);
	request(in, "PUT", "secret/data/a", "{\"data\":{\"k\":\"v\"}}");
	ck_assert_int_eq(count_awake(), 1);
	ck_assert(in->awake && store_has_pending_writes(in->vault.store));
	host_pass(&host, 0);
	ck_assert(!store_has_pending_writes(in->vault.store));
	host_pass(&host, 0);
	ck_assert_int_eq(count_awake(), 0);
	close_all();
}
END_TEST

/* A token of one instance ends when the clock of that instance says so. */
START_TEST(an_alarm_wakes_its_own_instance)
{
	struct instance *in = &instances[5];

	open_all();
	ck_assert_int_eq(request(in, "POST", "auth/token/create",
			     "{\"id\":\"short\",\"ttl\":\"60s\"}"),
	    200);
	host_pass(&host, 0);
	clock_set(in->vault.clock, clock_now(in->vault.clock) + 61000000000);
	ck_assert_int_eq(count_awake(), 1);
	host_pass(&host, 0);
	ck_assert_int_eq(
	    request(in, "POST", "auth/token/lookup", "{\"token\":\"short\"}"),
	    403);
	ck_assert_int_eq(
	    request(&instances[0], "GET", "secret/data/a", ""), 404);
	close_all();
}
END_TEST

static void
count_row(void *arg, const struct store_value *row, size_t n)
{
	(void)row;
	(void)n;
	++*(int64_t *)arg;
}

/* Without a look at the token, which would end it as well. */
static int64_t
count_tokens(struct instance *in)
{
	int64_t rows = 0;

	store_each_row(in->vault.store, "token", count_row, &rows);
	return rows;
}

/* A clock that runs wakes the loop in time. */
START_TEST(a_timer_wakes_a_sleeper)
{
	struct instance *in = &instances[1];
	int64_t end_ns;

	open_all();
	clock_unfreeze(in->vault.clock);
	clock_set_rate(in->vault.clock, 10000);
	ck_assert_int_eq(request(in, "POST", "auth/token/create",
			     "{\"id\":\"short\",\"ttl\":\"60s\"}"),
	    200);
	end_ns = clock_real_mono() + 10000000000;
	while (count_tokens(in) > 1 && clock_real_mono() < end_ns)
		host_pass(&host, -1);
	ck_assert_int_eq(count_tokens(in), 1);
	close_all();
}
END_TEST

UNIT_MAIN("host", who_has_no_work_sleeps, an_alarm_wakes_its_own_instance,
    a_timer_wakes_a_sleeper)
