/*
 * Completion by the tables of commands, verbs and flags.
 */
#include "cli/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/completion.h"
#include "cli/ctl/ctl.h"
#include "cli/import/import.h"
#include "cli/vault/help.h"
#include "server/options.h"

/* The words so far. Shells that part "-format=json" at the "=" (bash) give
 * three words, which are one here; what they want then is the value alone. */
struct complete_line {
	char **words;
	int n;		     /* without the current one */
	const char *current; /* as far as it is written */
	bool is_parted;
};

static void
complete_read_line(
    struct complete_line *l, struct arena *a, int argc, char *const *argv)
{
	memset(l, 0, sizeof(*l));
	l->words = arena_zalloc(a, ((size_t)argc + 1) * sizeof(*l->words));
	l->current = "";
	for (int i = 0; i < argc; i++) {
		char *word = argv[i];
		bool is_last = i == argc - 1;

		l->is_parted = false;
		if (l->n && strcmp(word, "=") == 0) {
			const char *value = is_last ? "" : argv[++i];

			is_last = i >= argc - 1;
			word = arena_printf(
			    a, "%s=%s", l->words[--l->n], value);
			l->is_parted = true;
		}
		if (is_last)
			l->current = word;
		else
			l->words[l->n++] = word;
	}
}

/* Names that a server knows: mockvault ctl WORD list --names. */
static const struct {
	const char *mark;
	const char *word;
} complete_lists[] = {
	{ "@outages", "outage" },
	{ "@faults", "fault" },
	{ "@nodes", "nodes" },
	{ "@snapshots", "snapshot" },
	{ "@scenarios", "scenario" },
	{ "@spaces", "spaces" },
};

static void
complete_ask(const char *mark, size_t n)
{
	char word[20], list[] = "list", names[] = "--names";
	char *argv[] = { word, list, names };

	for (size_t i = 0;
	     i < sizeof(complete_lists) / sizeof(complete_lists[0]); i++)
		if (strlen(complete_lists[i].mark) == n &&
		    memcmp(complete_lists[i].mark, mark, n) == 0) {
			snprintf(
			    word, sizeof(word), "%s", complete_lists[i].word);
			(void)ctl_run("ctl", 3, argv);
		}
}

/* Words of a table, blank between; "@" begins a name of a list. */
static void
complete_words(const char *words)
{
	while (words && *words) {
		size_t n = strcspn(words, " ");

		if (n == strlen("@files") && memcmp(words, "@files", n) == 0)
			puts(":files");
		else if (*words == '@')
			complete_ask(words, n);
		else
			printf("%.*s\n", (int)n, words);
		words += n + (words[n] == ' ');
	}
}

static void
complete_flag_names(const struct flag *const *tables, const char *dashes)
{
	for (; *tables; tables++)
		for (const struct flag *f = *tables; f->name; f++)
			if (f->usage)
				printf("%s%s\t%s\n", dashes, f->name, f->usage);
}

/* The flag whose value the current word is, where it stands alone. */
static const struct flag *
complete_open_flag(
    const struct flag *const *tables, const struct complete_line *l)
{
	const char *last = l->n ? l->words[l->n - 1] : "", *name;
	const struct flag *f;

	if (*last != '-' || strchr(last, '='))
		return NULL;
	name = last + strspn(last, "-");
	f = flags_find(tables, name, strlen(name));
	return f && !flag_is_switch(f) ? f : NULL;
}

/* A value behind "=", or behind its flag: true when that is what is wanted. */
static bool
complete_value(const struct flag *const *tables, const struct complete_line *l)
{
	const char *name = l->current + strspn(l->current, "-");
	const char *eq = strchr(name, '=');
	const struct flag *f = complete_open_flag(tables, l);
	const char *words;

	if (!f && *l->current == '-' && eq)
		f = flags_find(tables, name, (size_t)(eq - name));
	else if (f)
		eq = NULL;
	if (!f)
		return false;
	words = f->words;
	while (words && *words) {
		size_t n = strcspn(words, " ");
		bool is_list = *words == '@';

		if (is_list)
			complete_words(words);
		else if (eq && !l->is_parted)
			printf("%.*s", (int)(eq + 1 - l->current), l->current);
		if (!is_list)
			printf("%.*s\n", (int)n, words);
		words += is_list ? strlen(words) : n + (words[n] == ' ');
	}
	return true;
}

/* ---- ctl and its like ---- */

/* How many of the line's words from `at` on are those of a verb: all, so far
 * as the verb goes; *next is the verb's word behind them, or "". */
static int
complete_match_verb(const struct ctl_verb *v, const struct complete_line *l,
    int at, const char **next)
{
	const char *p = v->words;
	int n = 0;

	while (*p && at + n < l->n) {
		size_t len = strcspn(p, " ");

		if (strlen(l->words[at + n]) != len ||
		    memcmp(l->words[at + n], p, len) != 0)
			break;
		n++;
		p += len + (p[len] == ' ');
	}
	*next = p;
	return n;
}

/* A word once, though several verbs begin with it. */
static void
complete_next_word(struct buf *seen, const char *next)
{
	size_t n = strcspn(next, " ");
	char line[80];

	snprintf(line, sizeof(line), "%.*s\n", (int)n, next);
	if (!n || (seen->p && strstr(seen->p, line)))
		return;
	buf_str(seen, line);
	fputs(line, stdout);
}

/* Completes the words behind a group's name: the value of a flag, a flag, the
 * next word of a verb, or what the verb takes. */
static void
complete_group(const struct ctl_group *g, const struct complete_line *l)
{
	const struct flag *tables[3] = { NULL };
	const struct ctl_verb *verb = NULL;
	const char *next;
	struct buf seen;
	int best = -1, n = 0;

	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++) {
			int used = complete_match_verb(v, l, 1, &next);

			if (!*next && used > best) {
				best = used;
				verb = v;
			}
		}
	if (verb && verb->flags)
		tables[n++] = verb->flags;
	if (g->flags)
		tables[n++] = g->flags;
	if (complete_value(tables, l))
		return;
	if (*l->current == '-') {
		complete_flag_names(tables, "--");
		return;
	}
	buf_init(&seen, 0);
	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++)
			if (complete_match_verb(v, l, 1, &next) == l->n - 1)
				complete_next_word(&seen, next);
	buf_release(&seen);
	if (verb)
		complete_words(verb->completions);
}

static void
complete_server(struct arena *a, const struct complete_line *l)
{
	const struct flag *tables[2] = { NULL }, *f;
	struct flag *flags;
	size_t n = 0;

	while (options_flag(n))
		n++;
	flags = arena_zalloc(a, (n + 1) * sizeof(*flags));
	for (size_t i = 0; (f = options_flag(i)) != NULL; i++)
		flags[i] = *f;
	tables[0] = flags;
	if (!complete_value(tables, l) && *l->current == '-')
		complete_flag_names(tables, "-");
}

static void
complete_import(const struct complete_line *l)
{
	const struct flag *tables[] = { import_flags, NULL };

	if (complete_value(tables, l))
		return;
	if (*l->current == '-')
		complete_flag_names(tables, "--");
	else
		complete_words("@files");
}

/* The vault command's words; `at` of the line are before them. */
static void
complete_vault(struct arena *a, const struct complete_line *l, int at)
{
	struct help_candidates c;

	help_find_candidates(a, l->n - at, l->words + at, &c);
	if (complete_value(c.tables, l))
		return;
	if (*l->current == '-') {
		complete_flag_names(c.tables, "-");
		return;
	}
	for (size_t i = 0; i < c.n; i++)
		printf("%s\t%s\n", c.words[i], c.texts[i]);
	if (c.n == 0)
		puts(":files");
}

int
complete_vault_main(int argc, char *const *argv)
{
	struct arena *a = arena_new();
	struct complete_line l;

	complete_read_line(&l, a, argc, argv);
	complete_vault(a, &l, 0);
	arena_free(a);
	return 0;
}

int
complete_main(const struct command *table, int argc, char *const *argv)
{
	struct arena *a = arena_new();
	struct complete_line l;
	const char *command;

	complete_read_line(&l, a, argc, argv);
	command = l.n ? l.words[0] : "";
	if (l.n == 0)
		for (const struct command *c = table; c->name; c++)
			printf("%s\t%s\n", c->name, c->help);
	else if (strcmp(command, "server") == 0 ||
	    strcmp(command, "proxy") == 0)
		complete_server(a, &l);
	else if (strcmp(command, "replay") == 0 && l.n == 1)
		complete_words("@files");
	else if (strcmp(command, "replay") == 0)
		complete_server(a, &l);
	else if (strcmp(command, "import") == 0)
		complete_import(&l);
	else if (strcmp(command, "completion") == 0 && l.n == 1)
		complete_words(COMPLETION_SHELLS);
	else if (strcmp(command, "vault") == 0)
		complete_vault(a, &l, 1);
	else if (strcmp(command, "operator") == 0)
		complete_vault(a, &l, 0);
	for (const struct ctl_group *g = ctl_groups; g->name; g++)
		if (strcmp(g->name, command) == 0)
			complete_group(g, &l);
	arena_free(a);
	return 0;
}
