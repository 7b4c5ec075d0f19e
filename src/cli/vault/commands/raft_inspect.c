/*
 * vault operator raft snapshot inspect: what a snapshot's file holds, counted
 * by the beginnings of its keys. Needs no server.
 */
#include "cli/vault/commands/raft_inspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/vault/client/fields.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/client/readfile.h"
#include "core/state/raft_archive.h"

struct inspect_stat {
	const char *name;
	long long count, size;
};

struct inspect {
	struct vault_run *run;
	struct inspect_stat *stats;
	size_t nstats;
	long long count, size;
};

/* The first `depth` parts of a key; 0: all of it. */
static const char *
inspect_prefix(struct arena *a, struct slice key, int64_t depth)
{
	size_t n = 0;

	while (n < key.n && (key.p[n] != '/' || depth-- != 1))
		n++;
	return arena_strndup(a, key.p, n);
}

static void
inspect_add(struct inspect *in, struct slice key, size_t size)
{
	struct arena *a = in->run->arena;
	const char *filter = vrun_text(in->run, "filter"), *name;
	struct inspect_stat *stats;
	size_t at = 0;

	if (key.n < strlen(filter) ||
	    memcmp(key.p, filter, strlen(filter)) != 0)
		return;
	name = inspect_prefix(a, key, goflag_number(&in->run->flags, "depth"));
	while (at < in->nstats && strcmp(in->stats[at].name, name) != 0)
		at++;
	if (at == in->nstats) {
		stats = arena_zalloc(a, (at + 1) * sizeof(*stats));
		if (at)
			memcpy(stats, in->stats, at * sizeof(*stats));
		stats[at].name = name;
		in->stats = stats;
		in->nstats++;
	}
	in->stats[at].count++;
	in->stats[at].size += (long long)size;
	in->count++;
	in->size += (long long)size;
}

static int
inspect_compare(const void *x, const void *y)
{
	const struct inspect_stat *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->name, b->name);
}

static bool
inspect_state(struct inspect *in, struct slice state)
{
	struct slice key, value;
	size_t size;

	while (raft_archive_next(&state, &key, &value, &size))
		if (vrun_is(in->run, "details") && key.n)
			inspect_add(in, key, size);
	if (in->nstats)
		qsort(
		    in->stats, in->nstats, sizeof(*in->stats), inspect_compare);
	return state.n == 0;
}

/* Sizes as people read them: "1.5KB", "12B", "0". */
static const char *
inspect_size(struct arena *a, long long bytes)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	double value = (double)bytes;
	size_t unit = 0;
	char *text;

	if (bytes == 0)
		return "0";
	for (; value >= 1024 && unit < 4; unit++)
		value /= 1024;
	text = arena_printf(a, "%.1f", value);
	if (ends_with(text, ".0"))
		text[strlen(text) - 2] = '\0';
	return arena_printf(a, "%s%s", text, units[unit]);
}

/* How wide a column is by the rules of Go's text/tabwriter: its widest cell and
 * six more, eight at least. */
static int
inspect_width(int least, size_t cell)
{
	return (int)cell + 6 > least ? (int)cell + 6 : least;
}

static void
inspect_print_stats(const struct inspect *in, struct buf *out)
{
	struct arena *a = in->run->arena;
	int name = inspect_width(8, strlen(" Total Size"));
	int count = inspect_width(8, strlen("Count"));

	for (size_t i = 0; i < in->nstats; i++) {
		name = inspect_width(name, strlen(in->stats[i].name) + 1);
		count = inspect_width(
		    count, strlen(arena_printf(a, "%lld", in->stats[i].count)));
	}
	buf_printf(out, "\n\n%-*s%-*sSize", name, " Key Name", count, "Count");
	buf_printf(out, "\n%-*s%-*s----", name, " ----", count, "----");
	for (size_t i = 0; i < in->nstats; i++)
		buf_printf(out, "\n %-*s%-*lld%s", name - 1, in->stats[i].name,
		    count, in->stats[i].count,
		    inspect_size(a, in->stats[i].size));
	buf_printf(out, "\n%-*s----", name, " ----");
	buf_printf(out, "\n%-*s%-8s%s", name, " Total Size", "",
	    inspect_size(a, in->size));
}

static const char *const inspect_meta_names[] = { "ID", "Size", "Index", "Term",
	"Version" };

#define INSPECT_META \
	(sizeof(inspect_meta_names) / sizeof(inspect_meta_names[0]))

static int
inspect_print_table(const struct inspect *in, struct slice meta)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < INSPECT_META; i++) {
		struct slice value = part_get(meta, inspect_meta_names[i]);

		buf_printf(&out, " %-13s", inspect_meta_names[i]);
		if (i == 0)
			buf_str(&out, part_text(in->run->arena, meta, "ID"));
		else
			buf_slice(&out, value.n ? value : SLICE("0"));
		buf_char(&out, '\n');
	}
	if (in->nstats)
		inspect_print_stats(in, &out);
	ui_output(&in->run->ui, "%s", out.p);
	buf_release(&out);
	return VAULT_OK;
}

static int
inspect_print_struct(const struct inspect *in, struct slice meta)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "{\"Meta\":{");
	fields_text(&b, "ID", part_text(in->run->arena, meta, "ID"));
	for (size_t i = 1; i < INSPECT_META; i++) {
		struct slice value = part_get(meta, inspect_meta_names[i]);

		buf_printf(&b, ",\"%s\":", inspect_meta_names[i]);
		buf_slice(&b, value.n ? value : SLICE("0"));
	}
	buf_str(&b, in->nstats ? "},\"StatsKV\":[" : "},\"StatsKV\":null");
	for (size_t i = 0; i < in->nstats; i++) {
		buf_str(&b, i ? ",{" : "{");
		fields_text(&b, "Name", in->stats[i].name);
		fields_int(&b, "Count", in->stats[i].count);
		fields_int(&b, "Size", in->stats[i].size);
		buf_char(&b, '}');
	}
	buf_printf(&b, "%s,\"TotalCountKV\":%lld,\"TotalSizeKV\":%lld}",
	    in->nstats ? "]" : "", in->count, in->size);
	return print_struct(in->run, fields_take(in->run->arena, &b));
}

static int
inspect_print(const struct inspect *in, const struct raft_archive *archive)
{
	struct vault_run *run = in->run;
	struct slice meta;
	const char *why;

	if (!secret_clean(run->arena, archive->meta, &meta, &why)) {
		ui_error(&run->ui,
		    "Error reading snapshot: failed to read snapshot file: "
		    "failed to decode snapshot metadata: %s",
		    why);
		return VAULT_WRONG_USE;
	}
	return vrun_has_table(run) ? inspect_print_table(in, meta)
				   : inspect_print_struct(in, meta);
}

int
raft_run_snapshot_inspect(struct vault_run *run)
{
	struct inspect in = { .run = run };
	struct raft_archive archive;
	struct error e = { 0 };
	const char *why;
	char *bytes;
	size_t n;
	int status = VAULT_WRONG_USE;

	if (goflag_number(&run->flags, "depth") < 0) {
		ui_error(&run->ui, "Depth must be equal to or greater than 0");
		return VAULT_WRONG_USE;
	}
	if (run->nargs == 0) {
		ui_error(&run->ui, "Missing FILE argument");
		return VAULT_WRONG_USE;
	}
	if (!vrun_expect(run, 1, 1, "1"))
		return VAULT_WRONG_USE;
	bytes = readfile(run->arena, run->args[0], &n, &why);
	if (!bytes) {
		ui_error(&run->ui, "Error opening snapshot file: %s", why);
		return VAULT_WRONG_USE;
	}
	if (raft_archive_open(&archive, (struct slice){ bytes, n }, &e) &&
	    !inspect_state(&in, archive.state))
		error_set(&e, 500,
		    "failed to read snapshot file: error parsing snapshot "
		    "state: unexpected EOF");
	if (!e.status)
		(void)raft_archive_check(&archive, &e);
	if (e.status)
		ui_error(&run->ui, "Error reading snapshot: %s", e.text);
	else
		status = inspect_print(&in, &archive);
	raft_archive_release(&archive);
	error_release(&e);
	return status;
}
