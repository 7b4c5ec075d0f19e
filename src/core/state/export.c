/*
 * State documents that are written. Generic over the store's tables.
 */
#include "core/state/export.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/seal/seal.h"
#include "core/worker.h"

#define KEY_SIZE 32

/* ---- out ---- */

struct export_writer {
	struct buf *out;
	const struct store_column *columns;
	bool has_rows;
};

static void
export_bytes(struct buf *out, struct slice s)
{
	buf_str(out, "{\"base64\":\"");
	base64_encode(out, s.p, s.n);
	buf_str(out, "\"}");
}

static void
export_value(struct buf *out, const struct store_value *v)
{
	switch (v->kind) {
	case STORE_NULL:
		buf_str(out, "null");
		break;
	case STORE_INT:
		buf_int(out, v->i);
		break;
	case STORE_REAL:
		buf_printf(out, "%.17g", v->d);
		break;
	case STORE_TEXT:
		if (utf8_valid(v->s.p, v->s.n))
			jsontext_quote(out, v->s.p, v->s.n);
		else
			export_bytes(out, v->s);
		break;
	case STORE_BLOB:
		export_bytes(out, v->s);
		break;
	}
}

static void
export_row(void *arg, const struct store_value *row, size_t n)
{
	struct export_writer *w = arg;

	buf_str(w->out, w->has_rows ? ",\n   {" : "\n   {");
	w->has_rows = true;
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(w->out, ',');
		jsontext_quote_str(w->out, w->columns[i].name);
		buf_char(w->out, ':');
		export_value(w->out, &row[i]);
	}
	buf_char(w->out, '}');
}

static void
export_table(
    struct store *store, struct arena *a, const char *table, struct buf *out)
{
	struct store_column *columns;
	struct export_writer w = { out, NULL, false };

	store_columns(store, a, table, &columns);
	w.columns = columns;
	buf_str(out, "\n  ");
	jsontext_quote_str(out, table);
	buf_str(out, ": [");
	store_each_row(store, table, export_row, &w);
	buf_char(out, ']');
}

void
export_write(struct store *store, const uint8_t *key, struct buf *out)
{
	struct arena *a = arena_new();
	struct strs tables = strs_in(a);

	store_tables(store, &tables);
	buf_str(out,
	    "{\n \"format\": \"" EXPORT_FORMAT "\",\n \"seal\": {\"sealed\": ");
	buf_str(out, key ? "false, \"root_key\": \"" : "true");
	if (key) {
		base64_encode(out, key, KEY_SIZE);
		buf_char(out, '"');
	}
	buf_str(out, "},\n \"tables\": {");
	for (size_t i = 0; i < tables.n; i++) {
		if (i)
			buf_char(out, ',');
		export_table(store, a, tables.items[i], out);
	}
	buf_str(out, "\n }\n}\n");
	arena_free(a);
}

void
vault_export(struct vault *v, struct buf *out)
{
	export_write(v->store, seal_root_key(v), out);
}

/* ---- out, on a thread ---- */

struct export_job {
	struct worker_job job; /* first */
	void *bytes;	       /* of the store */
	size_t n;
	bool sealed;
	uint8_t key[KEY_SIZE];
	struct buf document;
	struct export_order order;
};

static void
export_job_free(struct export_job *j)
{
	OPENSSL_cleanse(j->key, sizeof(j->key));
	store_free_bytes(j->bytes);
	buf_release(&j->document);
	free(j);
}

static void
export_job_run(struct worker_job *job, int stop_fd)
{
	struct export_job *j = (struct export_job *)job;
	struct store *store = store_open_bytes(j->bytes, j->n);

	(void)stop_fd;
	if (store)
		export_write(store, j->sealed ? NULL : j->key, &j->document);
	if (!store || store_has_failed(store))
		j->document.over = true;
	store_close(store);
	store_free_bytes(j->bytes); /* here, since that takes time, too */
	j->bytes = NULL;
	if (j->order.finish && !j->document.over)
		j->order.finish(j->order.arg, &j->document);
}

static void
export_job_done(struct worker_job *job)
{
	struct export_job *j = (struct export_job *)job;

	j->order.done(j->order.arg, &j->document);
	export_job_free(j);
}

bool
vault_export_start(struct vault *v, const struct export_order *order)
{
	struct export_job *j = xcalloc(1, sizeof(*j));
	const uint8_t *key = seal_root_key(v);

	j->job = (struct worker_job){ .queue = "export",
		.run = export_job_run,
		.done = export_job_done };
	buf_init_fallible(&j->document, SIZE_MAX / 2);
	j->sealed = !key;
	if (key)
		memcpy(j->key, key, KEY_SIZE);
	j->order = *order;
	if (store_snapshot(v->store, &j->bytes, &j->n)) {
		worker_submit(v, &j->job);
		return true;
	}
	export_job_free(j);
	return false;
}
