/*
 * Files are read again, while the server runs: certificates, fixtures, the
 * scenario. Nothing is touched for a file that says what it said before.
 */
#include "server/reload.h"

#include "core/mount/audit.h"
#include "core/state/snapshot.h"
#include "fault/scenario/scenario.h"
#include "server/control_host.h"
#include "server/dev/dev.h"
#include "server/fixtures/fixtures.h"
#include "server/listeners.h"

static const char *
reload_scenario_file(const struct instance *in)
{
	const char *text = in->options->scenario;

	return text && scenario_is_file(text) ? text : NULL;
}

void
reload_init_fingerprints(struct instance *in)
{
	const struct option_list *list = &in->options->fixtures;

	for (int i = 0; i < list->n; i++)
		in->fixture_fingerprints[i] = fixtures_fingerprint(
		    list->items[i]);
	if (reload_scenario_file(in))
		in->scenario_fingerprint = fixtures_fingerprint(
		    reload_scenario_file(in));
}

static void
reload_restore(struct instance *in, const struct vault_snapshot *snapshot)
{
	struct instance *active = instance_active(in);

	vault_snapshot_restore(&active->vault, snapshot);
	dev_read_credentials(active);
}

/* Into what a reset goes back to, and then into what there is: both or none. */
static bool
reload_fixtures_file(struct instance *in, const char *path, struct error *e)
{
	struct instance *active = instance_active(in);
	struct vault_snapshot *current = vault_snapshot_new(&active->vault),
			      *start = NULL;
	bool ok = current != NULL;

	if (!current)
		return error_set(e, 400, "the state cannot be read out");
	reload_restore(in, in->start_snapshot);
	ok = fixtures_reload(active, path, e);
	if (ok)
		start = vault_snapshot_new(&active->vault);
	reload_restore(in, current);
	ok = start && fixtures_reload(active, path, e);
	if (ok) {
		vault_snapshot_free(in->start_snapshot);
		in->start_snapshot = start;
	} else {
		reload_restore(in, current);
		vault_snapshot_free(start);
	}
	vault_snapshot_free(current);
	return ok;
}

static void
reload_fixtures(struct instance *in)
{
	const struct option_list *list = &in->options->fixtures;

	for (int i = 0; i < list->n; i++) {
		const char *path = list->items[i];
		uint64_t fingerprint = fixtures_fingerprint(path);
		struct error e = { 0 };

		if (fingerprint == in->fixture_fingerprints[i])
			continue;
		if (!fingerprint || !reload_fixtures_file(in, path, &e)) {
			log_msg(&in->log, LOG_ERROR, "core",
			    "fixtures %s: the old ones stay: %s", path,
			    fingerprint ? e.text : "cannot be read");
			continue;
		}
		in->fixture_fingerprints[i] = fingerprint;
		log_msg(&in->log, LOG_INFO, "core",
		    "fixtures %s changed and were loaded", path);
	}
}

static void
reload_scenario(struct instance *in)
{
	const char *path = reload_scenario_file(in);
	uint64_t fingerprint = path ? fixtures_fingerprint(path) : 0;
	struct error e = { 0 };

	if (!path || fingerprint == in->scenario_fingerprint)
		return;
	if (!fingerprint || !control_host_start_scenario(in, &e)) {
		log_msg(&in->log, LOG_ERROR, "core",
		    "scenario %s: the old one stays: %s", path,
		    fingerprint ? e.text : "cannot be read");
		return;
	}
	in->scenario_fingerprint = fingerprint;
	log_msg(&in->log, LOG_INFO, "core",
	    "scenario %s changed and was started", path);
}

void
reload_all(struct instance *in)
{
	listeners_reload(in);
	audit_reopen(&in->vault);
	if (in->first != in) /* the first one has them for all nodes */
		return;
	reload_fixtures(in);
	reload_scenario(in);
}
