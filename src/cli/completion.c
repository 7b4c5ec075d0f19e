/*
 * mockvault completion: scripts for three shells, written from the tables of
 * commands, verbs and flags. Names of outages are asked of the server when
 * they are wanted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/ctl/ctl.h"
#include "server/options.h"

/* What may stand behind some words. */
struct place {
	char words[80]; /* "ctl outage" */
	struct buf next; /* words, blank between */
	const char *complete; /* of the verb that ends here */
	const struct flag *flags[2];
	bool server;
};

struct places {
	struct place *list;
	int n;
};

/* Names that a server knows: mockvault ctl WORD list --names. */
static const struct {
	const char *mark;
	const char *word;
} asked[] = {
	{ "@outages", "outage" },
	{ "@faults", "fault" },
	{ "@nodes", "nodes" },
	{ "@snapshots", "snapshot" },
	{ "@scenarios", "scenario" },
};

/* Found or made; good until the next is made. */
static struct place *
place(struct places *p, const char *words, size_t n)
{
	struct place *one;

	for (int i = 0; i < p->n; i++)
		if (strlen(p->list[i].words) == n &&
		    memcmp(p->list[i].words, words, n) == 0)
			return &p->list[i];
	p->list = xrealloc(p->list, (size_t)(p->n + 1) * sizeof(*p->list));
	one = &p->list[p->n++];
	memset(one, 0, sizeof(*one));
	snprintf(one->words, sizeof(one->words), "%.*s", (int)n, words);
	buf_init(&one->next, 0);
	return one;
}

static bool
has_word(const struct buf *list, const char *word, size_t n)
{
	const char *p = list->p;

	while (p && *p) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len + (p[len] == ' ');
	}
	return false;
}

/* "ctl outage off" is a word behind "", behind "ctl", behind "ctl outage". */
static struct place *
add_path(struct places *p, const char *path)
{
	const char *word = path;

	while (*word) {
		size_t before = word == path ? 0 : (size_t)(word - path) - 1;
		struct place *at = place(p, path, before);
		size_t n = strcspn(word, " ");

		if (!has_word(&at->next, word, n)) {
			if (at->next.n > 0)
				buf_char(&at->next, ' ');
			buf_add(&at->next, word, n);
		}
		word += n + (word[n] == ' ');
	}
	return place(p, path, strlen(path));
}

static void
add_group(struct places *p, const struct ctl_group *g)
{
	char path[100];
	struct place *at;

	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++) {
			snprintf(path, sizeof(path), "%s%s%s", g->name,
			    *v->words ? " " : "", v->words);
			at = add_path(p, path);
			at->complete = v->complete;
			at->flags[0] = v->flags;
			at->flags[1] = g->flags;
		}
}

static void
collect(struct places *p)
{
	memset(p, 0, sizeof(*p));
	for (const struct command *c = commands; c->name; c++)
		add_path(p, c->name);
	for (const struct ctl_group *g = ctl_groups; g->name; g++)
		add_group(p, g);
	place(p, "server", strlen("server"))->server = true;
}

static void
release(struct places *p)
{
	for (int i = 0; i < p->n; i++)
		buf_release(&p->list[i].next);
	free(p->list);
}

/* ---- bash and zsh share a function of cases ---- */

static void
print_flags(const struct place *at)
{
	const char *name;

	for (size_t i = 0; at->server && (name = options_name(i)); i++)
		printf(" -%s", name);
	for (int t = 0; t < 2; t++)
		for (const struct flag *f = at->flags[t]; f && f->help; f++)
			printf(strlen(f->name) > 1 ? " --%s" : " -%s",
			    f->name);
}

static bool
wants_files(const struct place *at)
{
	return at->complete && strstr(at->complete, "@files");
}

/* The words of a verb; how is a format that runs the program to ask. */
static void
print_words(const struct place *at, const char *how)
{
	const char *p = at->complete ? at->complete : "";

	fputs(at->next.p ? at->next.p : "", stdout);
	while (*p) {
		size_t n = strcspn(p, " ");

		for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
			if (strncmp(asked[i].mark, p, n) == 0)
				printf(how, asked[i].word);
		if (*p != '@')
			printf(" %.*s", (int)n, p);
		p += n + (p[n] == ' ');
	}
}

static void
print_case(const struct place *at)
{
	printf("\t'%s')\n\t\tmv_next='%s'\n\t\tmv_flags='", at->words,
	    at->next.p ? at->next.p : "");
	print_flags(at);
	printf("'\n\t\t[ -n \"$2\" ] && mv_reply=\"");
	print_words(at, " $(\"$mv_program\" ctl %s list --names "
			"2>/dev/null)");
	printf("\"\n\t\tmv_files=%d ;;\n", wants_files(at));
}

/* Flags whose value is one of a few words. */
static void
print_values(const struct places *p)
{
	struct buf seen;

	buf_init(&seen, 0);
	for (int i = 0; i < p->n; i++)
		for (const struct flag *f = p->list[i].flags[0]; f && f->name;
		     f++) {
			if (!f->complete ||
			    has_word(&seen, f->name, strlen(f->name)))
				continue;
			buf_printf(&seen, "%s ", f->name);
			printf("\t--%s|-%s) mv_reply='%s' ;;\n", f->name,
			    f->name, f->complete);
		}
	buf_release(&seen);
}

/*
 * _mockvault_at PATH WANTED sets, for the words so far: mv_next (words that
 * lead on), mv_flags, mv_files and, with WANTED, mv_reply.
 */
static void
print_function(const struct places *p)
{
	fputs("_mockvault_at()\n{\n\tmv_next= mv_flags= mv_reply= mv_files=0\n"
	      "\tcase \"$1\" in\n", stdout);
	for (int i = 0; i < p->n; i++)
		print_case(&p->list[i]);
	fputs("\tesac\n}\n\n"
	      "# The words of a flag's value.\n"
	      "_mockvault_value()\n{\n\tmv_reply=\n\tcase \"$1\" in\n",
	    stdout);
	print_values(p);
	fputs("\tesac\n}\n\n"
	      "# The words so far that lead to a verb, as one path.\n"
	      "_mockvault_path()\n{\n"
	      "\tmv_path=\n"
	      "\twhile [ $# -gt 0 ]; do\n"
	      "\t\t_mockvault_at \"$mv_path\" ''\n"
	      "\t\tcase \" $mv_next \" in\n"
	      "\t\t*\" $1 \"*) mv_path=\"$mv_path${mv_path:+ }$1\" ;;\n"
	      "\t\tesac\n"
	      "\t\tshift\n"
	      "\tdone\n"
	      "}\n\n"
	      "# PROGRAM CURRENT PREVIOUS WORDS...: what may stand there.\n"
	      "_mockvault_words()\n{\n"
	      "\tmv_program=$1 mv_current=$2 mv_previous=$3\n"
	      "\tshift 3\n"
	      "\t_mockvault_path \"$@\"\n"
	      "\t_mockvault_value \"$mv_previous\"\n"
	      "\t[ -n \"$mv_reply\" ] && return\n"
	      "\tcase \"$mv_current\" in\n"
	      "\t-*) _mockvault_at \"$mv_path\" ''; mv_reply=$mv_flags ;;\n"
	      "\t*) _mockvault_at \"$mv_path\" 1 ;;\n"
	      "\tesac\n"
	      "}\n\n", stdout);
}

static int
bash(struct ctl *c)
{
	struct places p;

	(void)c;
	collect(&p);
	puts("# bash completion for mockvault; source <(mockvault completion "
	     "bash)");
	print_function(&p);
	fputs("_mockvault()\n{\n"
	      "\tlocal mv_next mv_flags mv_reply mv_files mv_path mv_program "
	      "mv_current mv_previous\n"
	      "\t_mockvault_words \"$1\" \"$2\" \"$3\" "
	      "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
	      "\tCOMPREPLY=($(compgen -W \"$mv_reply\" -- \"$2\"))\n"
	      "\t[ \"$mv_files\" = 1 ] && "
	      "COMPREPLY+=($(compgen -f -- \"$2\"))\n"
	      "\treturn 0\n"
	      "}\n"
	      "complete -F _mockvault mockvault\n", stdout);
	release(&p);
	return CTL_YES;
}

static int
zsh(struct ctl *c)
{
	struct places p;

	(void)c;
	collect(&p);
	puts("#compdef mockvault\n# zsh completion for mockvault; "
	     "source <(mockvault completion zsh)");
	print_function(&p);
	fputs("_mockvault()\n{\n"
	      "\tlocal mv_next mv_flags mv_reply mv_files mv_path mv_program "
	      "mv_current mv_previous\n"
	      "\t_mockvault_words \"$words[1]\" \"$words[CURRENT]\" "
	      "\"$words[CURRENT-1]\" \"${(@)words[2,CURRENT-1]}\"\n"
	      "\tcompadd -- ${=mv_reply}\n"
	      "\t[ \"$mv_files\" = 1 ] && _files\n"
	      "\treturn 0\n"
	      "}\n"
	      "(( $+functions[compdef] )) && compdef _mockvault mockvault\n",
	    stdout);
	release(&p);
	return CTL_YES;
}

/* ---- fish ---- */

/* Fish wants its quotes escaped within quotes. */
static void
fish_text(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(strchr("'\\", *text) ? "\\%c" : "%c", *text);
	putchar('\'');
}

static void
fish_at(const struct place *at)
{
	printf("complete -c mockvault -n \"__mockvault_at '%s'\"", at->words);
}

static void
fish_flag(const struct place *at, const struct flag *f)
{
	fish_at(at);
	printf(strlen(f->name) > 1 ? " -l %s" : " -s %s", f->name);
	if (f->complete) {
		fputs(" -x -a ", stdout);
		fish_text(f->complete);
	} else if (f->value) {
		fputs(" -x", stdout);
	}
	fputs(" -d ", stdout);
	fish_text(f->help);
	putchar('\n');
}

static void
fish_place(const struct place *at)
{
	const char *name;

	if (wants_files(at)) {
		fish_at(at);
		puts(" -F");
	}
	if (at->next.n > 0 || at->complete) {
		fish_at(at);
		fputs(" -a \"", stdout);
		print_words(at, " (mockvault ctl %s list --names 2>/dev/null)");
		puts("\"");
	}
	for (int t = 0; t < 2; t++)
		for (const struct flag *f = at->flags[t]; f && f->help; f++)
			fish_flag(at, f);
	for (size_t i = 0; at->server && (name = options_name(i)); i++) {
		fish_at(at);
		printf(" -o %s\n", name);
	}
}

static int
fish(struct ctl *c)
{
	struct places p;

	(void)c;
	collect(&p);
	fputs("# fish completion for mockvault; mockvault completion fish | "
	      "source\n"
	      "# Is this the path of words that lead to a verb?\n"
	      "function __mockvault_at\n"
	      "\tset -l path ''\n"
	      "\tfor word in (commandline -opc)[2..]\n"
	      "\t\tset -l longer (string trim \"$path $word\")\n"
	      "\t\tcontains -- $longer $__mockvault_paths; and set path "
	      "$longer\n"
	      "\tend\n"
	      "\ttest \"$path\" = \"$argv[1]\"\n"
	      "end\n"
	      "set -g __mockvault_paths", stdout);
	for (int i = 0; i < p.n; i++) {
		putchar(' ');
		fish_text(p.list[i].words);
	}
	fputs("\ncomplete -c mockvault -f\n", stdout);
	for (int i = 0; i < p.n; i++)
		fish_place(&p.list[i]);
	release(&p);
	return CTL_YES;
}

const struct ctl_verb completion_verbs[] = {
	{ "bash", "", "source <(mockvault completion bash)", 0, 0, NULL, bash,
	    NULL },
	{ "zsh", "", "source <(mockvault completion zsh)", 0, 0, NULL, zsh,
	    NULL },
	{ "fish", "", "mockvault completion fish | source", 0, 0, NULL, fish,
	    NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
