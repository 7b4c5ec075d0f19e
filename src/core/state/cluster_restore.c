/*
 * Settings that outlive, or tell of, a state that was restored.
 */
#include "core/state/cluster_restore.h"

#include <stdio.h>
#include <string.h>

#include "core/seal/seal.h"
#include "core/setting.h"
#include "core/state/cluster_identity.h"

#define SETTING_RESTORED "restored-sealed"

json_t *
cluster_restore_take(struct vault *v)
{
	return v->cluster ? setting_get(v, SETTING_CLUSTER) : NULL;
}

void
cluster_restore_put(struct vault *v, json_t *own, bool sealed)
{
	char mark[37];

	if (!v->cluster)
		return;
	if (own)
		setting_put(v, SETTING_CLUSTER, own);
	random_uuid(v->random, mark);
	setting_put(v, SETTING_RESTORED, sealed ? json_string(mark) : NULL);
}

/* Is there another mark than the last one? Before there was a look, none is
 * new. */
static bool
cluster_restore_is_new(
    struct vault *v, struct cluster_restored *r, uint64_t applied)
{
	int64_t changes = setting_change_count(v);
	json_t *kept;
	const char *text;
	bool is_new;

	/* Most entries are about something else. */
	if (r->applied && changes >= 0 && changes == r->changes) {
		r->applied = applied;
		return false;
	}
	kept = setting_get(v, SETTING_RESTORED);
	text = json_is_string(kept) ? json_string_value(kept) : "";
	is_new = r->applied && *text && strcmp(text, r->mark) != 0;
	r->changes = changes;
	snprintf(r->mark, sizeof(r->mark), "%s", text);
	r->applied = applied;
	json_decref(kept);
	return is_new;
}

bool
cluster_restore_follow(
    struct vault *v, struct cluster_restored *r, uint64_t applied)
{
	if (applied == 0)
		r->applied = 0;
	if (applied == r->applied || !cluster_restore_is_new(v, r, applied))
		return false;
	if (v->standby.enters || seal_is_sealed(v))
		return true;
	seal_seal(v);
	seal_follow_store(v);
	log_msg(v->log, LOG_ERROR, "core",
	    "raft snapshot restore failed to perform key upgrades, sealing");
	return true;
}
