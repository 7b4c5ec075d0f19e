/*
 * The groups of verbs: finding the row, its flags, its help.
 */
#include "cli/ctl/ctl.h"

#include <stdlib.h>
#include <string.h>

#include "base/json/schema.h"
#include "base/mem.h"
#include "base/text.h"
#include "server/process/runtime_file.h"

const struct flag ctl_client_flags[] = {
	{ "url", FLAG_STRING,
	    "Address of the control API; MOCKVAULT_URL, or the one server "
	    "that runs here, or " CLIENT_URL,
	    .value = "URL" },
	{ "admin-token", FLAG_STRING, "Its token; MOCKVAULT_ADMIN_TOKEN",
	    .value = "TOKEN" },
	{ "space", FLAG_STRING,
	    "The space to ask instead of the main instance; MOCKVAULT_SPACE",
	    .value = "ID" },
	{ "json", FLAG_BOOL, "Print the server's answer as it came" },
	{ "help", FLAG_BOOL, "Print this" },
	{ "h", FLAG_BOOL, NULL },
	FLAG_END,

};

static const struct ctl_verb *const ctl_tables[] = {
	ctl_outage_verbs,
	ctl_node_verbs,
	ctl_fault_verbs,
	ctl_clock_verbs,
	ctl_request_verbs,
	ctl_verify_verbs,
	ctl_tail_verbs,
	ctl_event_verbs,
	ctl_state_verbs,
	ctl_space_verbs,
	ctl_scenario_verbs,
	ctl_info_verbs,
	NULL,
};

static const struct ctl_verb *const scenario_tables[] = { scenario_verbs,
	NULL };
static const struct ctl_verb *const healthcheck_tables[] = { healthcheck_verbs,
	NULL };

const struct ctl_group ctl_groups[] = {
	{ "ctl",
	    "Commands a running server. Exit status: 0 yes or done, 1 "
	    "no, 2 wrong usage or no server.",
	    ctl_tables, ctl_client_flags },
	{ "scenario",
	    "Runs a scenario against a running server. Exit "
	    "status: 0 all expectations held, 1 not, 2 wrong usage "
	    "or no server.",
	    scenario_tables, ctl_client_flags },
	{ "healthcheck",
	    "Asks a running server whether it is ready; an "
	    "outage that was ordered does not matter. Exit "
	    "status: 0 ready, 1 not.",
	    healthcheck_tables, ctl_client_flags },
	{ NULL, NULL, NULL, NULL },
};

/* ---- help ---- */

static void
ctl_print_verb_help(
    FILE *out, const struct ctl_group *g, const struct ctl_verb *v)
{
	fputs("  ", out);
	ctl_print_usage(out, g, v);
	fprintf(out, "\n      %s\n", v->help);
	args_help(out, v->flags);
}

/* Of every verb, or of those whose first word it is. */
static int
ctl_print_help(FILE *out, const struct ctl_group *g, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	fprintf(out, "Usage: mockvault %s [verb] [flags]\n\n  %s\n\n", g->name,
	    g->intro);
	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++)
			if (!word ||
			    (strncmp(v->words, word, n) == 0 &&
				strchr(" ", v->words[n])))
				ctl_print_verb_help(out, g, v);
	if (g->flags) {
		fputs("\n  Everywhere:\n", out);
		args_help(out, g->flags);
	}
	return out == stdout ? CTL_YES : CTL_ERROR;
}

/* ---- which row ---- */

/* How many of argv are the words of v; 0: not all of them. "" takes none, and
 * counts as one to be chosen. */
static int
ctl_match_verb_words(const struct ctl_verb *v, int argc, char *const *argv)
{
	const char *p = v->words;
	int n = 0;

	while (*p) {
		size_t len = strcspn(p, " ");

		if (n >= argc || strlen(argv[n]) != len ||
		    memcmp(argv[n], p, len) != 0)
			return 0;
		n++;
		p += len + (p[len] == ' ');
	}
	return n + 1;
}

static const struct ctl_verb *
ctl_find_verb(const struct ctl_group *g, int argc, char *const *argv, int *used)
{
	const struct ctl_verb *best = NULL;
	int best_count = 0;

	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++) {
			int n = ctl_match_verb_words(v, argc, argv);

			if (n > best_count) {
				best_count = n;
				best = v;
			}
		}
	*used = best_count - 1;
	return best;
}

static bool
ctl_is_known_word(const struct ctl_group *g, const char *word)
{
	size_t n = strlen(word);

	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++)
			if (strncmp(v->words, word, n) == 0 &&
			    strchr(" ", v->words[n]))
				return true;
	return false;
}

static int
ctl_unknown_verb_error(const struct ctl_group *g, const char *word)
{
	const char *names[65];
	const char *near;
	int n = 0;

	if (!word || ctl_is_known_word(g, word))
		return ctl_print_help(stderr, g, word);
	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++)
			if (n < 64)
				names[n++] = v->words;
	names[n] = NULL;
	near = nearest_word(names, word);
	fprintf(stderr,
	    "mockvault %s: no verb \"%s\"%s%s%s\n  mockvault %s "
	    "-help shows all\n",
	    g->name, word, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "", g->name);
	return CTL_ERROR;
}

/* ---- which server ---- */

/* "0.0.0.0:8299" is where it listens; it is asked at home. */
static void
ctl_set_found_url(struct ctl *c, const char *url)
{
	const char *host = strstr(url, "://") ? strstr(url, "://") + 3 : url;
	const char *port = strrchr(host, ':');
	bool any = port &&
	    (starts_with(host, "0.0.0.0:") || starts_with(host, "[::]:") ||
		port == host);

	snprintf(c->found_url, sizeof(c->found_url), "http://%s%s",
	    any ? "127.0.0.1" : host, any ? port : "");
	c->client.url = c->found_url;
}

#define CTL_SERVERS_SHOWN 16

static bool
ctl_refuse_to_guess(
    const struct ctl *c, const struct runtime_server *list, size_t n)
{
	fprintf(stderr,
	    "mockvault %s: %zu servers run here; say which one with --url or "
	    "MOCKVAULT_URL:\n",
	    c->group->name, n);
	for (size_t i = 0; i < n && i < CTL_SERVERS_SHOWN; i++)
		fprintf(stderr, "  %s  pid %ld, Vault at %s\n",
		    list[i].admin_addr, list[i].pid, list[i].api_addr);
	return false;
}

/* Nobody said which: the one that runs here, when it is one; where none has
 * left its address, the address it was told to take, or the usual one. */
static bool
ctl_find_server(struct ctl *c)
{
	struct runtime_server list[CTL_SERVERS_SHOWN];
	size_t n = runtime_files_read(list, CTL_SERVERS_SHOWN);
	const char *configured = getenv("MOCKVAULT_ADMIN_ADDR");

	if (n > 1)
		return ctl_refuse_to_guess(c, list, n);
	if (n == 1)
		ctl_set_found_url(c, list[0].admin_addr);
	else if (configured && strchr(configured, ':') &&
	    !ends_with(configured, ":0"))
		ctl_set_found_url(c, configured);
	else
		ctl_set_found_url(c, CLIENT_URL);
	c->is_found = n == 1;
	return true;
}

/* Who answered, where nobody said whom to ask. */
static void
ctl_print_found_server(const struct ctl *c)
{
	if (c->is_found && c->answer.status)
		fprintf(stderr, "server: %s\n", c->client.url);
}

/* ---- running it ---- */

static const char *
ctl_read_setting(const struct args *a, const char *flag, const char *env,
    const char *otherwise)
{
	const char *value = args_value(a, flag);

	if (!value)
		value = getenv(env);
	return value && *value ? value : otherwise;
}

static int
ctl_run_verb(struct ctl *c)
{
	int n = c->args.npositionals, status;

	if (args_has(&c->args, "help") || args_has(&c->args, "h")) {
		ctl_print_verb_help(stdout, c->group, c->verb);
		args_help(stdout, c->group->flags);
		return CTL_YES;
	}
	if (n < c->verb->min_args)
		return ctl_usage_error(c, "something is missing");
	if (c->verb->max_args >= 0 && n > c->verb->max_args)
		return ctl_usage_error(c, "too many words");
	c->client.url = ctl_read_setting(
	    &c->args, "url", "MOCKVAULT_URL", NULL);
	if (!c->client.url && !ctl_find_server(c))
		return CTL_ERROR;
	c->client.admin_token = ctl_read_setting(
	    &c->args, "admin-token", "MOCKVAULT_ADMIN_TOKEN", NULL);
	/* The list of spaces is the same for all of them. */
	if (!starts_with(c->verb->words, "spaces "))
		c->client.space = ctl_read_setting(
		    &c->args, "space", "MOCKVAULT_SPACE", NULL);
	c->json = args_has(&c->args, "json");
	status = c->verb->run(c);
	ctl_print_found_server(c);
	return status;
}

/* Flags of every verb may stand before it: front of them do. */
static bool
ctl_parse(struct ctl *c, int argc, char *const *argv, int front, int used,
    struct error *e)
{
	char **words = xcalloc((size_t)argc + 1, sizeof(*words));
	int n = 0;
	bool ok;

	for (int i = 0; i < argc; i++)
		if (i < front || i >= front + used)
			words[n++] = argv[i];
	c->args.tables[0] = c->verb->flags;
	ok = args_parse(&c->args, n, words, e);
	free(words);
	return ok;
}

int
ctl_run(const char *group, int argc, char *const *argv)
{
	struct ctl c = { .group = ctl_groups };
	struct error e = { 0 };
	int front, used, status;

	while (strcmp(c.group->name, group) != 0)
		c.group++;
	if (argc > 0 &&
	    (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "-help") == 0 ||
		strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "help") == 0))
		return ctl_print_help(
		    stdout, c.group, argc > 1 ? argv[1] : NULL);
	c.args.tables[1] = c.group->flags;
	front = args_count_leading(&c.args, argc, argv);
	c.verb = ctl_find_verb(c.group, argc - front, argv + front, &used);
	if (!c.verb)
		return ctl_unknown_verb_error(
		    c.group, front < argc ? argv[front] : NULL);
	status = ctl_parse(&c, argc, argv, front, used, &e)
	    ? ctl_run_verb(&c)
	    : ctl_usage_error(&c, e.text);
	client_answer_clear(&c.answer);
	args_release(&c.args);
	return fflush(stdout) == 0 ? status : CTL_ERROR;
}

/* ---- the manual page ---- */

static void
ctl_man_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fprintf(out, strchr("-\\", *text) ? "\\%c" : "%c", *text);
}

static void
ctl_man_flags(FILE *out, const struct flag *f)
{
	for (; f && f->name && f->usage; f++) {
		fputs(".br\n.B ", out);
		ctl_man_text(out, "--");
		ctl_man_text(out, f->name);
		fprintf(out, "%s%s\n", f->value ? " " : "",
		    f->value ? f->value : "");
		ctl_man_text(out, f->usage);
		fputs(".\n", out);
	}
}

void
ctl_man(FILE *out)
{
	for (const struct ctl_group *g = ctl_groups; g->name; g++) {
		fprintf(out, ".SH MOCKVAULT %s\n", g->name);
		ctl_man_text(out, g->intro);
		fputc('\n', out);
		ctl_man_flags(out, g->flags);
		for (int t = 0; g->tables[t]; t++)
			for (const struct ctl_verb *v = g->tables[t]; v->words;
			     v++) {
				fputs(".TP\n.B ", out);
				ctl_man_text(
				    out, *v->words ? v->words : g->name);
				fputc(' ', out);
				ctl_man_text(out, v->usage);
				fputc('\n', out);
				ctl_man_text(out, v->help);
				fputc('\n', out);
				ctl_man_flags(out, v->flags);
			}
	}
}
