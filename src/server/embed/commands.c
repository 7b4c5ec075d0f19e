/*
 * The control API in one call each, and the clock.
 */
#include "server/embed/embed.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* ---- the control API ---- */

/* The sentence of a claim that failed, or the first error. */
static void
embed_read_reason(const char *answer, char *why, size_t why_size)
{
	json_t *body = json_loads(answer, 0, NULL);
	const char *reason = json_string_value(json_object_get(body, "reason"));

	if (!reason)
		reason = json_string_value(
		    json_array_get(json_object_get(body, "errors"), 0));
	snprintf(why, why_size, "%s", reason ? reason : answer);
	json_decref(body);
}

/* One segment of a path, whatever is in the name. */
static void
embed_add_segment(struct buf *path, const char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (isalnum(c) || strchr("-._~", c))
			buf_add(path, name, 1);
		else
			buf_printf(path, "%%%02X", c);
	}
}

/* The path is noun/name and what comes after it; without a name, the noun. */
static int
embed_command(struct mockvault *mv, const char *method, const char *noun,
    const char *name, const char *after, const char *body, char *why,
    size_t why_size)
{
	struct buf path;
	const char *answer;
	int status;

	buf_init(&path, 0);
	buf_str(&path, noun);
	if (name) {
		buf_str(&path, "/");
		embed_add_segment(&path, name);
		buf_str(&path, after);
	}
	status = mv_control(mv, method, path.p, body, &answer);
	buf_release(&path);
	if (status >= 200 && status < 300)
		return 1;
	if (why)
		embed_read_reason(answer, why, why_size);
	return 0;
}

int
mv_outage(struct mockvault *mv, const char *name, const char *options,
    char *why, size_t why_size)
{
	return embed_command(mv, "PUT", "outages", name, "",
	    options ? options : "{}", why, why_size);
}

int
mv_outage_end(
    struct mockvault *mv, const char *name, char *why, size_t why_size)
{
	return embed_command(
	    mv, "DELETE", "outages", name, "", NULL, why, why_size);
}

int
mv_verify(struct mockvault *mv, const char *claim, char *why, size_t why_size)
{
	return embed_command(
	    mv, "POST", "requests/verify", NULL, "", claim, why, why_size);
}

int
mv_snapshot(struct mockvault *mv, const char *name, char *why, size_t why_size)
{
	return embed_command(
	    mv, "PUT", "snapshots", name, "", "{}", why, why_size);
}

int
mv_restore(struct mockvault *mv, const char *name, char *why, size_t why_size)
{
	return embed_command(
	    mv, "POST", "snapshots", name, "/restore", "{}", why, why_size);
}

int
mv_reset(struct mockvault *mv, char *why, size_t why_size)
{
	return embed_command(
	    mv, "POST", "reset", NULL, "", "{}", why, why_size);
}

/* ---- the clock ---- */

struct embed_clock_job {
	struct embed_job job;
	int64_t by_ns, now_ns;
	int fired;
};

static void
embed_clock_do(struct mockvault *mv, struct embed_clock_job *j,
    void (*start)(struct mockvault *mv, struct embed_job *job))
{
	j->job.start = start;
	embed_do(mv, &j->job);
}

static void
embed_clock_read(struct mockvault *mv, struct embed_job *job)
{
	((struct embed_clock_job *)job)->now_ns = vault_now(
	    &mv->instance.vault);
}

static void
embed_clock_freeze(struct mockvault *mv, struct embed_job *job)
{
	struct clock *c = mv->instance.vault.clock;

	(void)job;
	clock_freeze(c, clock_now(c));
}

static void
embed_clock_unfreeze(struct mockvault *mv, struct embed_job *job)
{
	(void)job;
	clock_unfreeze(mv->instance.vault.clock);
}

static void
embed_clock_advance(struct mockvault *mv, struct embed_job *job)
{
	struct embed_clock_job *j = (struct embed_clock_job *)job;

	j->fired = clock_advance(mv->instance.vault.clock, j->by_ns);
	instance_commit(&mv->instance);
}

int64_t
mv_now(struct mockvault *mv)
{
	struct embed_clock_job j = { .now_ns = 0 };

	embed_clock_do(mv, &j, embed_clock_read);
	return j.now_ns;
}

void
mv_freeze(struct mockvault *mv)
{
	struct embed_clock_job j = { .now_ns = 0 };

	embed_clock_do(mv, &j, embed_clock_freeze);
}

void
mv_unfreeze(struct mockvault *mv)
{
	struct embed_clock_job j = { .now_ns = 0 };

	embed_clock_do(mv, &j, embed_clock_unfreeze);
}

int
mv_advance(struct mockvault *mv, int64_t nanoseconds)
{
	struct embed_clock_job j = { .by_ns = nanoseconds };

	embed_clock_do(mv, &j, embed_clock_advance);
	return j.fired;
}
