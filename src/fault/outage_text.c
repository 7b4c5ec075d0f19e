/*
 * Outages as a line of text, 'PRESET[,k=v...][@MATCH]', from flags and the
 * environment: at once, or after a while.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/vault.h"
#include "fault/outage.h"

/* "k=v": for and after are the outage's own, the rest params. */
static bool
text_pair(char *pair, json_t *body, json_t *params, struct complaint *c)
{
	char *eq = strchr(pair, '=');

	if (!eq)
		return complain(c, "", "",
		    "\"%s\" is no name=value", pair);
	*eq++ = '\0';
	if (strcmp(pair, "for") == 0 || strcmp(pair, "after") == 0)
		json_object_set_new(body, pair, json_string(eq));
	else
		json_object_set_new(params, pair, json_string(eq));
	return true;
}

static bool
text_match(const char *text, json_t *body, struct complaint *c)
{
	json_t *match;

	if (!*text)
		return complain(c, "", "match",
		    "nothing stands after @, as in @auth/*/login");
	if (*text != '{') {
		json_object_set_new(body, "match",
		    json_pack("{s:s}", "path", text));
		return true;
	}
	match = json_loads(text, 0, NULL);
	if (!match)
		return complain(c, "", "match", "is no JSON: %s", text);
	json_object_set_new(body, "match", match);
	return true;
}

struct outage_later {
	struct outage_later *next;
	struct faults *faults;
	char *name;
	json_t *body;
	struct alarm alarm;
};

static void
free_later(struct outage_later *l)
{
	struct outage_later **at = &l->faults->later;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	alarm_cancel(l->faults->real, &l->alarm);
	json_decref(l->body);
	free(l->name);
	free(l);
}

static void
start_later(void *arg, int64_t now)
{
	struct outage_later *l = arg;
	struct complaint c = { 0 };
	int status;

	(void)now;
	json_decref(outage_start(l->faults, l->name, l->body, &status, &c));
	if (*c.text)
		log_msg(l->faults->vault->log, LOG_WARN, "fault", "%s: %s",
		    l->name, c.text);
	complaint_clear(&c);
	free_later(l);
}

/* It is looked at now, its start comes later. */
static bool
start_after(struct faults *f, const char *name, json_t *body,
    struct complaint *c)
{
	struct outage_later *l;
	int64_t wait;
	bool ok = shape_span(json_object_get(body, "after"), "after", &wait, c);

	json_object_del(body, "after");
	if (!ok || !outage_holds(name, body, c))
		return false;
	l = xcalloc(1, sizeof(*l));
	l->faults = f;
	l->name = xstrdup(name);
	l->body = json_incref(body);
	l->next = f->later;
	f->later = l;
	alarm_init(&l->alarm, start_later, l);
	alarm_set(f->real, &l->alarm, clock_now(f->real) + wait);
	return true;
}

static bool
start_parsed(struct faults *f, const char *name, json_t *body,
    struct complaint *c)
{
	json_t *answer;
	int status;

	if (json_object_get(body, "after"))
		return start_after(f, name, body, c);
	answer = outage_start(f, name, body, &status, c);
	json_decref(answer);
	return answer != NULL;
}

bool
outage_start_text(struct faults *f, const char *text, struct complaint *c)
{
	char *copy = xstrdup(text), *rest = copy, *name, *pair;
	char *match = strchr(copy, '@');
	json_t *params = json_object();
	json_t *body = json_pack("{s:o}", "params", params);
	bool ok = true;

	if (match)
		*match++ = '\0';
	name = strsep(&rest, ",");
	while (ok && (pair = strsep(&rest, ",")))
		ok = text_pair(pair, body, params, c);
	if (ok && match)
		ok = text_match(match, body, c);
	ok = ok && start_parsed(f, name, body, c);
	json_decref(body);
	free(copy);
	return ok;
}

void
outages_forget_later(struct faults *f)
{
	while (f->later)
		free_later(f->later);
}
