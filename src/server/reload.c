/*
 * Files are read again, while the server runs: certificates, fixtures, the
 * scenario. Nothing is touched for a file that says what it said before.
 */
#include "server/reload.h"

#include "core/mount/audit.h"
#include "core/state/snapshot.h"
#include "fault/scenario/scenario.h"
#include "server/dev/dev.h"
#include "server/fixtures/fixtures.h"
#include "server/listeners.h"

static const char *
scenario_file(const struct instance *in)
{
	const char *text = in->options->scenario;

	return text && scenario_is_file(text) ? text : NULL;
}

void
reload_mark(struct instance *in)
{
	const struct option_list *list = &in->options->fixtures;

	for (int i = 0; i < list->n; i++)
		in->fixture_marks[i] = fixtures_mark(list->items[i]);
	if (scenario_file(in))
		in->scenario_mark = fixtures_mark(scenario_file(in));
}

static void
restore(struct instance *in, const struct image *image)
{
	image_restore(&in->vault, image);
	dev_recall(in);
}

/* Into what a reset goes back to, and then into what there is: both or none. */
static bool
load_again(struct instance *in, const char *path, char *why, size_t why_size)
{
	struct image *now = image_take(&in->vault), *start = NULL;
	bool ok = now != NULL;

	if (!now) {
		snprintf(why, why_size, "the state cannot be read out");
		return false;
	}
	restore(in, in->start);
	ok = fixtures_again(in, path, why, why_size);
	if (ok)
		start = image_take(&in->vault);
	restore(in, now);
	ok = start && fixtures_again(in, path, why, why_size);
	if (ok) {
		image_free(in->start);
		in->start = start;
	} else {
		restore(in, now);
		image_free(start);
	}
	image_free(now);
	return ok;
}

static void
reload_fixtures(struct instance *in)
{
	const struct option_list *list = &in->options->fixtures;

	for (int i = 0; i < list->n; i++) {
		const char *path = list->items[i];
		uint64_t mark = fixtures_mark(path);
		char why[600] = "cannot be read";

		if (mark == in->fixture_marks[i])
			continue;
		if (!mark || !load_again(in, path, why, sizeof(why))) {
			log_msg(&in->log, LOG_ERROR, "core",
			    "fixtures %s: the old ones stay: %s", path, why);
			continue;
		}
		in->fixture_marks[i] = mark;
		log_msg(&in->log, LOG_INFO, "core",
		    "fixtures %s changed and were loaded", path);
	}
}

static void
reload_scenario(struct instance *in)
{
	const char *path = scenario_file(in);
	uint64_t mark = path ? fixtures_mark(path) : 0;
	char why[600] = "cannot be read";

	if (!path || mark == in->scenario_mark)
		return;
	if (!mark || !scenario_begin(in->scenarios, path,
			 in->options->scenario_start, why, sizeof(why))) {
		log_msg(&in->log, LOG_ERROR, "core",
		    "scenario %s: the old one stays: %s", path, why);
		return;
	}
	in->scenario_mark = mark;
	log_msg(&in->log, LOG_INFO, "core",
	    "scenario %s changed and was started", path);
}

void
reload(struct instance *in)
{
	listeners_reload(in);
	audit_reopen(&in->vault);
	reload_fixtures(in);
	reload_scenario(in);
}
