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
struct completion_node {
	char words[80];		 /* "ctl outage" */
	struct buf next_words;	 /* words, blank between */
	const char *completions; /* of the verb that ends here */
	const struct flag *flags[2];
	bool is_server;
};

struct completion_tree {
	struct completion_node *nodes;
	int nnodes;
};

/* Names that a server knows: mockvault ctl WORD list --names. */
static const struct {
	const char *mark;
	const char *word;
} completion_lists[] = {
	{ "@outages", "outage" },
	{ "@faults", "fault" },
	{ "@nodes", "nodes" },
	{ "@snapshots", "snapshot" },
	{ "@scenarios", "scenario" },
};

/* Found or made; good until the next is made. */
static struct completion_node *
completion_get_node(struct completion_tree *p, const char *words, size_t n)
{
	struct completion_node *node;

	for (int i = 0; i < p->nnodes; i++)
		if (strlen(p->nodes[i].words) == n &&
		    memcmp(p->nodes[i].words, words, n) == 0)
			return &p->nodes[i];
	p->nodes = xrealloc(
	    p->nodes, (size_t)(p->nnodes + 1) * sizeof(*p->nodes));
	node = &p->nodes[p->nnodes++];
	memset(node, 0, sizeof(*node));
	snprintf(node->words, sizeof(node->words), "%.*s", (int)n, words);
	buf_init(&node->next_words, 0);
	return node;
}

static bool
completion_has_word(const struct buf *list, const char *word, size_t n)
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
static struct completion_node *
completion_add_path(struct completion_tree *p, const char *path)
{
	const char *word = path;

	while (*word) {
		size_t before = word == path ? 0 : (size_t)(word - path) - 1;
		struct completion_node *node = completion_get_node(
		    p, path, before);
		size_t n = strcspn(word, " ");

		if (!completion_has_word(&node->next_words, word, n)) {
			if (node->next_words.n > 0)
				buf_char(&node->next_words, ' ');
			buf_add(&node->next_words, word, n);
		}
		word += n + (word[n] == ' ');
	}
	return completion_get_node(p, path, strlen(path));
}

static void
completion_add_group(struct completion_tree *p, const struct ctl_group *g)
{
	char path[100];
	struct completion_node *node;

	for (int t = 0; g->tables[t]; t++)
		for (const struct ctl_verb *v = g->tables[t]; v->words; v++) {
			snprintf(path, sizeof(path), "%s%s%s", g->name,
			    *v->words ? " " : "", v->words);
			node = completion_add_path(p, path);
			node->completions = v->completions;
			node->flags[0] = v->flags;
			node->flags[1] = g->flags;
		}
}

static void
completion_tree_init(struct completion_tree *p)
{
	memset(p, 0, sizeof(*p));
	for (const struct command *c = commands; c->name; c++)
		completion_add_path(p, c->name);
	for (const struct ctl_group *g = ctl_groups; g->name; g++)
		completion_add_group(p, g);
	completion_get_node(p, "server", strlen("server"))->is_server = true;
}

static void
completion_tree_release(struct completion_tree *p)
{
	for (int i = 0; i < p->nnodes; i++)
		buf_release(&p->nodes[i].next_words);
	free(p->nodes);
}

/* ---- bash and zsh share a function of cases ---- */

static void
completion_print_flags(const struct completion_node *at)
{
	const char *name;

	for (size_t i = 0; at->is_server && (name = options_name(i)); i++)
		printf(" -%s", name);
	for (int t = 0; t < 2; t++)
		for (const struct flag *f = at->flags[t]; f && f->help; f++)
			printf(strlen(f->name) > 1 ? " --%s" : " -%s", f->name);
}

static bool
completion_has_files(const struct completion_node *at)
{
	return at->completions && strstr(at->completions, "@files");
}

/* The words of a verb; how is a format that runs the program to ask. */
static void
completion_print_words(const struct completion_node *at, const char *ask_format)
{
	const char *p = at->completions ? at->completions : "";

	fputs(at->next_words.p ? at->next_words.p : "", stdout);
	while (*p) {
		size_t n = strcspn(p, " ");

		for (size_t i = 0;
		     i < sizeof(completion_lists) / sizeof(completion_lists[0]);
		     i++)
			if (strncmp(completion_lists[i].mark, p, n) == 0)
				printf(ask_format, completion_lists[i].word);
		if (*p != '@')
			printf(" %.*s", (int)n, p);
		p += n + (p[n] == ' ');
	}
}

static void
completion_print_case(const struct completion_node *at)
{
	printf("\t'%s')\n\t\tmv_next='%s'\n\t\tmv_flags='", at->words,
	    at->next_words.p ? at->next_words.p : "");
	completion_print_flags(at);
	printf("'\n\t\t[ -n \"$2\" ] && mv_reply=\"");
	completion_print_words(at,
	    " $(\"$mv_program\" ctl %s list --names "
	    "2>/dev/null)");
	printf("\"\n\t\tmv_files=%d ;;\n", completion_has_files(at));
}

/* Flags whose value is one of a few words. */
static void
completion_print_values(const struct completion_tree *p)
{
	struct buf seen;

	buf_init(&seen, 0);
	for (int i = 0; i < p->nnodes; i++)
		for (const struct flag *f = p->nodes[i].flags[0]; f && f->name;
		     f++) {
			if (!f->completions ||
			    completion_has_word(
				&seen, f->name, strlen(f->name)))
				continue;
			buf_printf(&seen, "%s ", f->name);
			printf("\t--%s|-%s) mv_reply='%s' ;;\n", f->name,
			    f->name, f->completions);
		}
	buf_release(&seen);
}

/*
 * _mockvault_at PATH WANTED sets, for the words so far: mv_next (words that
 * lead on), mv_flags, mv_files and, with WANTED, mv_reply.
 */
static void
completion_print_function(const struct completion_tree *p)
{
	fputs("_mockvault_at()\n{\n\tmv_next= mv_flags= mv_reply= mv_files=0\n"
	      "\tcase \"$1\" in\n",
	    stdout);
	for (int i = 0; i < p->nnodes; i++)
		completion_print_case(&p->nodes[i]);
	fputs("\tesac\n}\n\n"
	      "# The words of a flag's value.\n"
	      "_mockvault_value()\n{\n\tmv_reply=\n\tcase \"$1\" in\n",
	    stdout);
	completion_print_values(p);
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
	      "}\n\n",
	    stdout);
}

static int
completion_bash(struct ctl *c)
{
	struct completion_tree p;

	(void)c;
	completion_tree_init(&p);
	puts("# bash completion for mockvault; source <(mockvault completion "
	     "bash)");
	completion_print_function(&p);
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
	      "complete -F _mockvault mockvault\n",
	    stdout);
	completion_tree_release(&p);
	return CTL_YES;
}

static int
completion_zsh(struct ctl *c)
{
	struct completion_tree p;

	(void)c;
	completion_tree_init(&p);
	puts("#compdef mockvault\n# zsh completion for mockvault; "
	     "source <(mockvault completion zsh)");
	completion_print_function(&p);
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
	completion_tree_release(&p);
	return CTL_YES;
}

/* ---- fish ---- */

/* Fish wants its quotes escaped within quotes. */
static void
completion_fish_quote(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(strchr("'\\", *text) ? "\\%c" : "%c", *text);
	putchar('\'');
}

static void
completion_fish_condition(const struct completion_node *at)
{
	printf("complete -c mockvault -n \"__mockvault_at '%s'\"", at->words);
}

static void
completion_fish_flag(const struct completion_node *at, const struct flag *f)
{
	completion_fish_condition(at);
	printf(strlen(f->name) > 1 ? " -l %s" : " -s %s", f->name);
	if (f->completions) {
		fputs(" -x -a ", stdout);
		completion_fish_quote(f->completions);
	} else if (f->value_name) {
		fputs(" -x", stdout);
	}
	fputs(" -d ", stdout);
	completion_fish_quote(f->help);
	putchar('\n');
}

static void
completion_fish_node(const struct completion_node *at)
{
	const char *name;

	if (completion_has_files(at)) {
		completion_fish_condition(at);
		puts(" -F");
	}
	if (at->next_words.n > 0 || at->completions) {
		completion_fish_condition(at);
		fputs(" -a \"", stdout);
		completion_print_words(
		    at, " (mockvault ctl %s list --names 2>/dev/null)");
		puts("\"");
	}
	for (int t = 0; t < 2; t++)
		for (const struct flag *f = at->flags[t]; f && f->help; f++)
			completion_fish_flag(at, f);
	for (size_t i = 0; at->is_server && (name = options_name(i)); i++) {
		completion_fish_condition(at);
		printf(" -o %s\n", name);
	}
}

static int
completion_fish(struct ctl *c)
{
	struct completion_tree p;

	(void)c;
	completion_tree_init(&p);
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
	      "set -g __mockvault_paths",
	    stdout);
	for (int i = 0; i < p.nnodes; i++) {
		putchar(' ');
		completion_fish_quote(p.nodes[i].words);
	}
	fputs("\ncomplete -c mockvault -f\n", stdout);
	for (int i = 0; i < p.nnodes; i++)
		completion_fish_node(&p.nodes[i]);
	completion_tree_release(&p);
	return CTL_YES;
}

const struct ctl_verb completion_verbs[] = {
	{ "bash", "", "source <(mockvault completion bash)", 0, 0, NULL,
	    completion_bash, NULL },
	{ "zsh", "", "source <(mockvault completion zsh)", 0, 0, NULL,
	    completion_zsh, NULL },
	{ "fish", "", "mockvault completion fish | source", 0, 0, NULL,
	    completion_fish, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
