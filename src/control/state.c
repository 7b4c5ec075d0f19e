/*
 * The state as a whole: back to the start, named snapshots, one document in
 * both directions.
 */
#include "control/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "core/state/snapshot.h"
#include "core/state/export.h"
#include "core/statement_log.h"

struct snapshot {
	struct snapshot *next; /* sorted by name */
	char *name;
	int64_t taken; /* real ns */
	struct image *image;
};

/* ---- reset ---- */


static void
reset_faults(struct control *c)
{
	if (!c->faults)
		return;
	outages_stop(c->faults);
	faults_clear(c->faults);
}

static void
reset_clock(struct control *c)
{
	if (c->host.reset_clock)
		c->host.reset_clock(c->host.arg);
}

static void
reset_state(struct control *c)
{
	if (c->host.reset_state)
		c->host.reset_state(c->host.arg);
}

static void
reset_journal(struct control *c)
{
	if (c->journal)
		journal_clear(c->journal);
	statement_log_clear(c->vault);
}

static void
reset_counters(struct control *c)
{
	if (c->faults)
		faults_rewind(c->faults);
}

static void
reset_scenarios(struct control *c)
{
	if (c->scenarios)
		scenarios_reset(c->scenarios);
}

/* In this order: what an outage or a scenario holds is let go before the state
 * goes back, and the clock shows the start's time when it does. */
enum {
	SCENARIOS,
	FAULTS,
};

static const struct part {
	const char *name;
	void (*reset)(struct control *c);
} parts[] = {
	[SCENARIOS] = { "scenarios", reset_scenarios },
	[FAULTS] = { "faults", reset_faults },
	{ "clock", reset_clock },
	{ "state", reset_state },
	{ "journal", reset_journal },
	{ "counters", reset_counters },
};

/* What flags asked for at the start begins anew, once all is as it was then. */
static void
begin_again(struct control *c, bool faults, bool scenarios)
{
	if (faults && c->host.begin_faults)
		c->host.begin_faults(c->host.arg);
	if (scenarios && c->host.begin_scenario)
		c->host.begin_scenario(c->host.arg);
}

#define NPARTS (sizeof(parts) / sizeof(parts[0]))

struct choice {
	bool on[NPARTS];
};

json_t *
control_reset_schema(void)
{
	json_t *fields = json_object();

	for (size_t i = 0; i < NPARTS; i++)
		json_object_set_new(fields, parts[i].name,
		    json_pack("{s:s}", "type", "boolean"));
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties",
	    fields, "additionalProperties", 0);
}

/* What is said true, or, when nothing is, all but what is said false. */
static bool
choose(const json_t *body, struct choice *choice, struct complaint *c)
{
	struct shape shape[NPARTS + 1];
	bool any = false;

	memset(choice, 0, sizeof(*choice));
	memset(shape, 0, sizeof(shape));
	for (size_t i = 0; i < NPARTS; i++) {
		shape[i].name = parts[i].name;
		shape[i].type = SHAPE_FLAG;
		shape[i].at = i * sizeof(bool);
	}
	if (!shape_read(shape, body, "", choice, c))
		return false;
	for (size_t i = 0; i < NPARTS; i++)
		any |= choice->on[i];
	for (size_t i = 0; !any && i < NPARTS; i++)
		choice->on[i] =
		    !json_is_false(json_object_get(body, parts[i].name));
	return true;
}

static verdict
reset(struct request *req)
{
	struct control *c = control_of(req);
	struct complaint complaint = { 0 };
	json_t *body = control_body(req, &complaint), *done;
	struct choice choice;
	bool ok = body && choose(body, &choice, &complaint);

	json_decref(body);
	if (!ok)
		return control_fail(req, 400, &complaint);
	done = json_array();
	for (size_t i = 0; i < NPARTS; i++)
		if (choice.on[i]) {
			parts[i].reset(c);
			json_array_append_new(done,
			    json_string(parts[i].name));
		}
	begin_again(c, choice.on[FAULTS], choice.on[SCENARIOS]);
	return control_reply(req, 200, json_pack("{s:o}", "reset", done));
}

/* ---- snapshots ---- */

static void
snapshot_free(struct snapshot *s)
{
	image_free(s->image);
	free(s->name);
	free(s);
}

void
snapshots_free(struct control *c)
{
	while (c->snapshots) {
		struct snapshot *s = c->snapshots;

		c->snapshots = s->next;
		snapshot_free(s);
	}
}

/* Where a name stands, or would. */
static struct snapshot **
place_of(struct control *c, const char *name)
{
	struct snapshot **at = &c->snapshots;

	while (*at && strcmp((*at)->name, name) < 0)
		at = &(*at)->next;
	return at;
}

static struct snapshot **
find(struct control *c, const char *name)
{
	struct snapshot **at = place_of(c, name);

	return *at && strcmp((*at)->name, name) == 0 ? at : NULL;
}

static verdict
no_snapshot(struct request *req, const char *name)
{
	struct control *c = control_of(req);
	const char **names;
	size_t n = 0;

	for (struct snapshot *s = c->snapshots; s; s = s->next)
		n++;
	names = arena_zalloc(req->arena, (n + 1) * sizeof(*names));
	n = 0;
	for (struct snapshot *s = c->snapshots; s; s = s->next)
		names[n++] = s->name;
	return control_missing(req, "snapshot", name, names);
}

static json_t *
snapshot_show(const struct snapshot *s)
{
	char taken[RFC3339_MAX];

	rfc3339_nano(s->taken, taken);
	return json_pack("{s:s, s:s, s:I}", "name", s->name, "taken", taken,
	    "bytes", (json_int_t)image_bytes(s->image));
}

static verdict
snapshot_list(struct request *req)
{
	json_t *list = json_array();

	for (struct snapshot *s = control_of(req)->snapshots; s; s = s->next)
		json_array_append_new(list, snapshot_show(s));
	return control_reply(req, 200, json_pack("{s:o}", "snapshots", list));
}

/* An empty body alone: a snapshot takes no settings. */
static bool
no_fields(struct request *req, struct complaint *c)
{
	static const struct shape none[] = {
		{ NULL, SHAPE_ANY, 0, NULL },
	};
	json_t *body = control_body(req, c);
	bool ok = body && shape_read(none, body, "", NULL, c);

	json_decref(body);
	return ok;
}

static verdict
broken(struct request *req, const char *text)
{
	struct complaint c = { 0 };

	complain(&c, "", "", "%s; the log says more", text);
	return control_fail(req, 500, &c);
}

static verdict
snapshot_take(struct request *req)
{
	struct control *c = control_of(req);
	const char *name = capture(req, "name");
	struct complaint complaint = { 0 };
	struct snapshot **at, *s;
	struct image *image;

	if (!no_fields(req, &complaint))
		return control_fail(req, 400, &complaint);
	image = image_take(req->vault);
	if (!image)
		return broken(req, "the state cannot be read out");
	at = place_of(c, name);
	if (*at && strcmp((*at)->name, name) == 0) {
		s = *at;
		image_free(s->image);
	} else {
		s = xcalloc(1, sizeof(*s));
		s->name = xstrdup(name);
		s->next = *at;
		*at = s;
	}
	s->image = image;
	s->taken = clock_now(c->real);
	return control_reply(req, 201, snapshot_show(s));
}

static void
renewed(struct control *c)
{
	if (c->host.renewed)
		c->host.renewed(c->host.arg);
}

static verdict
snapshot_restore(struct request *req)
{
	struct control *c = control_of(req);
	const char *name = capture(req, "name");
	struct complaint complaint = { 0 };
	struct snapshot **at = find(c, name);

	if (!at)
		return no_snapshot(req, name);
	if (!no_fields(req, &complaint))
		return control_fail(req, 400, &complaint);
	if (!image_restore(req->vault, (*at)->image))
		return broken(req, "the state cannot be put back");
	renewed(c);
	return control_reply(req, 200, snapshot_show(*at));
}

static verdict
snapshot_delete(struct request *req)
{
	const char *name = capture(req, "name");
	struct snapshot **at = find(control_of(req), name), *s;

	if (!at)
		return no_snapshot(req, name);
	s = *at;
	*at = s->next;
	snapshot_free(s);
	return control_reply(req, 204, NULL);
}

/* ---- the document ---- */

static verdict
state_read(struct request *req)
{
	struct buf out;
	verdict v;

	buf_init(&out, SIZE_MAX / 2);
	state_export(req->vault, &out);
	v = reply_raw(req, 200, NULL, (struct slice){ out.p, out.n });
	buf_release(&out);
	return v;
}

static verdict
state_write(struct request *req)
{
	struct complaint c = { 0 };
	json_t *body = control_body(req, &c);
	bool ok = body && state_import(req->vault, body, &c);

	json_decref(body);
	if (!ok)
		return control_fail(req, 400, &c);
	renewed(control_of(req));
	return state_read(req);
}

const struct route control_state_routes[] = {
	{ OP_WRITE, "reset", 0, NULL, reset, NULL,
	    "Back to the start: all of it, or the named parts" },
	{ OP_READ, "snapshots", 0, NULL, snapshot_list, NULL,
	    "The snapshots in memory" },
	{ OP_PUT, "snapshots/{name:seg}", 0, NULL, snapshot_take, NULL,
	    "Take a snapshot of the state" },
	{ OP_DELETE, "snapshots/{name:seg}", 0, NULL, snapshot_delete, NULL,
	    "Give a snapshot up" },
	{ OP_WRITE, "snapshots/{name:seg}/restore", 0, NULL, snapshot_restore,
	    NULL, "Put the state back to a snapshot" },
	{ OP_READ, "state", 0, NULL, state_read, NULL,
	    "The whole state as one document" },
	{ OP_PUT, "state", 0, NULL, state_write, NULL,
	    "Put a document in the place of the whole state" },
	ROUTE_END,
};
