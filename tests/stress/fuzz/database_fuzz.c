/* Statements, connections and schedules from bytes: rendered, taken apart,
 * asked for the next time, and never a crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "secrets/database/call.h"
#include "secrets/database/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
render(char *text)
{
	static const struct db_values values = { "n{{password}}", "p", "e",
		NULL };
	char *const commands[] = { text, text, NULL };

	for (const struct db_plugin *p = db_plugins; p->name; p++)
		for (int use = DB_USE_CREATE; use <= DB_USE_ROTATE; use++) {
			struct db_statements out;

			db_statements_render(p, (enum db_use)use, commands,
			    &values, use == DB_USE_RENEW, &out);
			db_statements_free(&out);
		}
}

static void
connect_to(struct arena *a, const char *text)
{
	struct db_connection c = { .name = "x" };
	struct db_address at;
	struct buf details;

	buf_init(&details, 0);
	buf_str(&details, "{\"connection_url\":");
	jsontext_quote_str(&details, text);
	buf_str(&details, ",\"password\":");
	jsontext_quote_str(&details, text);
	buf_str(&details, "}");
	c.details = (struct slice){ details.p, details.n };
	db_address_read(a, &c, &at);
	db_secret_wipe_free(db_connection_url(&c));
	buf_release(&details);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = malloc(size + 1);
	struct db_schedule s;

	memcpy(text, data, size);
	text[size] = '\0';
	render(text);
	connect_to(a, text);
	if (db_schedule_parse(text, &s) && db_schedule_next(&s, 1) == 1)
		abort();
	free(text);
	arena_free(a);
	return 0;
}
