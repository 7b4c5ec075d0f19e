/*
 * A verb's question: asked, and shown when it went wrong.
 */
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/mem.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

void
ctl_print_usage(FILE *out, const struct ctl_group *g, const struct ctl_verb *v)
{
	fprintf(out, "mockvault %s%s%s%s%s", g->name, *v->words ? " " : "",
	    v->words, *v->usage ? " " : "", v->usage);
}

int
ctl_usage_error(const struct ctl *c, const char *why)
{
	fprintf(stderr, "mockvault %s%s%s: %s\n  usage: ", c->group->name,
	    *c->verb->words ? " " : "", c->verb->words, why);
	ctl_print_usage(stderr, c->group, c->verb);
	fputc('\n', stderr);
	return CTL_ERROR;
}

bool
ctl_call_any_status(struct ctl *c, const char *method, const char *path,
    json_t *body, int timeout_s)
{
	bool ok = client_call(
	    &c->client, method, path, body, timeout_s, &c->answer);

	json_decref(body);
	if (!ok)
		fprintf(stderr,
		    "mockvault %s: no answer from %s: %s\n"
		    "  Is the server running, and is this the address of its "
		    "control API?\n"
		    "  MOCKVAULT_URL or --url sets it; the server prints it as "
		    "admin_addr.\n",
		    c->group->name, c->client.url, c->answer.why);
	return ok;
}

bool
ctl_call(struct ctl *c, const char *method, const char *path, json_t *body)
{
	if (!ctl_call_any_status(c, method, path, body, CLIENT_TIMEOUT_S))
		return false;
	if (c->answer.status / 100 == 2)
		return true;
	ctl_print_server_error(c);
	return false;
}

char *
ctl_path(const char *kind, const char *name, const char *more)
{
	char *escaped = evhttp_uriencode(name, -1, 0);
	char *path = xasprintf("%s/%s%s", kind, escaped, more);

	free(escaped);
	return path;
}

static void
ctl_print_allowed(const json_t *allowed)
{
	size_t i, column = 10;
	json_t *word;

	if (!json_array_size(allowed))
		return;
	fputs("  allowed:", stderr);
	json_array_foreach (allowed, i, word) {
		char *text = column_value_text(word);
		bool more = i + 1 < json_array_size(allowed);

		column += strlen(text) + 2;
		if (column > 79)
			fputs("\n   ", stderr);
		if (column > 79)
			column = strlen(text) + 5;
		fprintf(stderr, " %s%s", text, more ? "," : "\n");
		free(text);
	}
}

int
ctl_print_server_error(const struct ctl *c)
{
	const json_t *errors = json_object_get(c->answer.body, "errors");
	size_t n = json_array_size(errors);

	if (n == 0)
		fprintf(stderr,
		    "mockvault %s: %s answered %d: is this the address of the "
		    "control API?\n",
		    c->group->name, c->client.url, c->answer.status);
	for (size_t i = 0; i < n; i++) {
		char *text = column_value_text(json_array_get(errors, i));

		fprintf(stderr, "mockvault %s: %s\n", c->group->name, text);
		free(text);
	}
	ctl_print_allowed(json_object_get(c->answer.body, "allowed"));
	if (c->answer.status == 401)
		fputs("  MOCKVAULT_ADMIN_TOKEN or --admin-token gives it.\n",
		    stderr);
	return CTL_ERROR;
}

bool
ctl_print_raw(const struct ctl *c)
{
	if (!c->json)
		return false;
	fwrite(c->answer.text, 1, c->answer.length, stdout);
	if (c->answer.length > 0 &&
	    c->answer.text[c->answer.length - 1] != '\n')
		putchar('\n');
	return true;
}

const char *
ctl_arg(const struct ctl *c, int n)
{
	return args_positional(&c->args, n);
}

bool
ctl_put_flag(struct ctl *c, json_t *body, const char *key, const char *flag,
    json_t *(*parse)(const char *text, struct error *e))
{
	const char *text = args_value(&c->args, flag);
	struct error e = { 0 };
	char whole[1100];
	json_t *value;

	if (!text)
		return true;
	value = parse(text, &e);
	if (!value) {
		snprintf(whole, sizeof(whole), "--%s: %s", flag, e.text);
		ctl_usage_error(c, whole);
		return false;
	}
	json_object_set_new(body, key, value);
	return true;
}

/* --node n1,n2 is the match's field of that name. */
static void
ctl_put_node(struct ctl *c, json_t *body)
{
	const char *names = args_value(&c->args, "node");
	json_t *match = json_object_get(body, "match"), *list;
	char *copy, *rest, *name;

	if (!names)
		return;
	if (!match) {
		match = json_object();
		json_object_set_new(body, "match", match);
	}
	copy = rest = xstrdup(names);
	list = json_array();
	while ((name = strsep(&rest, ",")))
		json_array_append_new(list, json_string(name));
	json_object_set_new(match, "node", list);
	free(copy);
}

json_t *
ctl_match_body(struct ctl *c)
{
	json_t *body = json_object();

	if (ctl_put_flag(c, body, "match", "match", value_match)) {
		ctl_put_node(c, body);
		return body;
	}
	json_decref(body);
	return NULL;
}

const struct flag ctl_list_flags[] = {
	{ "names", FLAG_BOOL, "Names alone, one a line" },
	FLAG_END,

};

/* What has no name has an id. */
static void
ctl_print_names(const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		puts(*jsontree_string(one, "name")
			? jsontree_string(one, "name")
			: jsontree_string(one, "id"));
}

int
ctl_print_list(struct ctl *c, const char *path, const char *key,
    const struct column *columns, void (*prepare)(json_t *list))
{
	json_t *list;

	if (!ctl_call(c, "GET", path, NULL))
		return CTL_ERROR;
	list = json_object_get(c->answer.body, key);
	if (prepare)
		prepare(list);
	if (args_has(&c->args, "names"))
		ctl_print_names(list);
	else if (!ctl_print_raw(c))
		columns_print(stdout, columns, list, COLUMNS_TABLE);
	return CTL_YES;
}
