/*
 * HCL's printer, and the reader whose way with comments it shows: a comment at
 * the end of a line waits until an item or an element takes it, which need not
 * be the one it stood behind.
 */
#include "cli/vault/output/hcl_format.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "cli/vault/output/hcl_tokens.h"

#define HCL_FORMAT_DEPTH 100

/* Comments that follow each other line by line. */
struct hcl_comments {
	struct hcl_lexeme *list;
	int n;
	bool taken; /* by an item or an element */
};

enum hcl_node_kind {
	HCL_NODE_LITERAL,
	HCL_NODE_LIST,
	HCL_NODE_OBJECT,
};

struct hcl_node {
	enum hcl_node_kind kind;
	const char *text; /* of a literal */
	int line, at;
	int close_at;		   /* of the brace that closes it */
	struct hcl_entry *entries; /* of an object */
	struct hcl_node *elements; /* of a list */
	int n;
	struct hcl_comments *lead, *tail; /* of an element */
};

struct hcl_entry {
	const char **keys;
	int nkeys;
	int line, at;
	bool assigned;
	struct hcl_node value;
	struct hcl_comments *lead, *tail;
};

struct hcl_formatter {
	struct arena *arena;
	struct hcl_lexeme *tokens;
	int at; /* the next token */
	struct hcl_lexeme current;
	bool again; /* the current token is to be read once more */
	struct hcl_comments *groups;
	int ngroups;
	struct hcl_comments *lead, *tail; /* not yet taken */
	int previous; /* place of what was printed last; -1 for nothing */
	int depth;
	bool broken;
};

/* Takes comments off the tokens while not more than `gap` lines part them. */
static struct hcl_comments *
hcl_take_comments(struct hcl_formatter *f, int gap, int *end)
{
	struct hcl_comments *group = &f->groups[f->ngroups++];

	group->list = &f->tokens[f->at - 1];
	group->n = 0;
	group->taken = false;
	*end = f->current.line;
	while (f->current.kind == HCL_LEXEME_COMMENT &&
	    f->current.line <= *end + gap) {
		*end = f->current.last_line;
		group->n++;
		f->current = f->tokens[f->at++];
	}
	return group;
}

/* The next token that is no comment. */
static struct hcl_lexeme
hcl_lexeme_scan(struct hcl_formatter *f)
{
	int line = f->current.line, end = -1;
	struct hcl_comments *group = NULL;

	if (f->again) {
		f->again = false;
		return f->current;
	}
	if (f->current.kind == HCL_LEXEME_END && f->at > 0)
		return f->current;
	f->current = f->tokens[f->at++];
	if (f->current.kind != HCL_LEXEME_COMMENT)
		return f->current;
	if (f->at > 1 && f->current.line == line) {
		group = hcl_take_comments(f, 0, &end);
		if (f->current.line != end)
			f->tail = group;
	}
	end = -1;
	while (f->current.kind == HCL_LEXEME_COMMENT)
		group = hcl_take_comments(f, 1, &end);
	if (end + 1 == f->current.line && *f->current.text != '}' &&
	    *f->current.text != ']')
		f->lead = group;
	return f->current;
}

static bool
hcl_is_mark(const struct hcl_lexeme *t, char mark)
{
	return t->kind == HCL_LEXEME_MARK && *t->text == mark;
}

static struct hcl_comments *
hcl_claim(struct hcl_comments **waiting)
{
	struct hcl_comments *group = *waiting;

	*waiting = NULL;
	if (group)
		group->taken = true;
	return group;
}

static void hcl_format_read_object(
    struct hcl_formatter *f, struct hcl_node *out, bool whole);
static void hcl_format_read_value(
    struct hcl_formatter *f, struct hcl_lexeme t, struct hcl_node *out);

/* Reads a list up to its bracket, with the comments of its elements. False at
 * an error. */
static void
hcl_format_read_list(struct hcl_formatter *f, struct hcl_node *out)
{
	int cap = 0;

	for (;;) {
		struct hcl_lexeme t = hcl_lexeme_scan(f);
		struct hcl_node *more;

		if (t.kind == HCL_LEXEME_END || hcl_is_mark(&t, ']')) {
			out->close_at = t.at;
			f->broken = f->broken || t.kind == HCL_LEXEME_END;
			return;
		}
		if (hcl_is_mark(&t, ',')) {
			(void)hcl_lexeme_scan(f);
			f->again = true;
			if (f->tail && out->n &&
			    out->elements[out->n - 1].kind == HCL_NODE_LITERAL)
				out->elements[out->n - 1].tail = hcl_claim(
				    &f->tail);
			continue;
		}
		if (out->n == cap) {
			cap = cap ? 2 * cap : 8;
			more = arena_zalloc(
			    f->arena, (size_t)cap * sizeof(*more));
			if (out->n)
				memcpy(more, out->elements,
				    (size_t)out->n * sizeof(*more));
			out->elements = more;
		}
		more = &out->elements[out->n++];
		if (t.kind == HCL_LEXEME_WORD && f->lead)
			more->lead = hcl_claim(&f->lead);
		hcl_format_read_value(f, t, more);
		if (f->broken)
			return;
	}
}

static void
hcl_format_read_value(
    struct hcl_formatter *f, struct hcl_lexeme t, struct hcl_node *out)
{
	out->line = t.line;
	out->at = t.at;
	out->text = t.text;
	out->kind = HCL_NODE_LITERAL;
	if (++f->depth > HCL_FORMAT_DEPTH) {
		f->broken = true;
	} else if (hcl_is_mark(&t, '{')) {
		out->kind = HCL_NODE_OBJECT;
		hcl_format_read_object(f, out, false);
	} else if (hcl_is_mark(&t, '[')) {
		out->kind = HCL_NODE_LIST;
		hcl_format_read_list(f, out);
	} else if (t.kind != HCL_LEXEME_WORD) {
		f->broken = true;
	}
	f->depth--;
}

/* Reads one entry of an object: keys, value, and the comments beside them. */
static void
hcl_format_read_entry(
    struct hcl_formatter *f, struct hcl_lexeme t, struct hcl_entry *e)
{
	int cap = 0;

	e->line = t.line;
	e->at = t.at;
	while (t.kind == HCL_LEXEME_WORD) {
		if (e->nkeys == cap) {
			const char **keys;

			cap = cap ? 2 * cap : 4;
			keys = arena_alloc(
			    f->arena, (size_t)cap * sizeof(*keys));
			if (e->nkeys)
				memcpy(keys, e->keys,
				    (size_t)e->nkeys * sizeof(*keys));
			e->keys = keys;
		}
		e->keys[e->nkeys++] = t.text;
		t = hcl_lexeme_scan(f);
	}
	e->lead = hcl_claim(&f->lead);
	e->assigned = hcl_is_mark(&t, '=');
	if (e->assigned)
		t = hcl_lexeme_scan(f);
	hcl_format_read_value(f, t, &e->value);
	if (f->broken)
		return;
	(void)hcl_lexeme_scan(f);
	f->again = true;
	if (e->value.line == e->line && f->tail)
		e->tail = hcl_claim(&f->tail);
}

static void
hcl_format_read_object(
    struct hcl_formatter *f, struct hcl_node *out, bool whole)
{
	int cap = 0;

	while (!f->broken) {
		struct hcl_lexeme t = hcl_lexeme_scan(f);
		struct hcl_entry *more;

		if (hcl_is_mark(&t, ','))
			continue;
		if (t.kind != HCL_LEXEME_WORD) {
			out->close_at = t.at;
			f->broken = whole ? t.kind != HCL_LEXEME_END
					  : !hcl_is_mark(&t, '}');
			return;
		}
		if (out->n == cap) {
			cap = cap ? 2 * cap : 8;
			more = arena_zalloc(
			    f->arena, (size_t)cap * sizeof(*more));
			if (out->n)
				memcpy(more, out->entries,
				    (size_t)out->n * sizeof(*more));
			out->entries = more;
		}
		hcl_format_read_entry(f, t, &out->entries[out->n++]);
	}
}

static char *
hcl_take(struct hcl_formatter *f, struct buf *b)
{
	char *text = arena_strndup(f->arena, b->p ? b->p : "", b->n);

	buf_release(b);
	return text;
}

/* Two spaces before every line that is not empty. */
static void
hcl_indent(struct buf *out, const char *text)
{
	bool start = true;

	for (; *text; text++) {
		if (start && *text != '\n')
			buf_str(out, "  ");
		buf_char(out, *text);
		start = *text == '\n';
	}
}

static char *hcl_print(struct hcl_formatter *f, const struct hcl_node *n);

static void
hcl_put_comments(
    struct buf *out, const struct hcl_comments *group, const char *end)
{
	for (int i = 0; group && i < group->n; i++)
		buf_printf(out, "%s%s", group->list[i].text, end);
}

static bool
hcl_is_short_list(const struct hcl_node *list)
{
	for (int i = 0; i < list->n; i++) {
		const struct hcl_node *e = &list->elements[i];

		if (e->line != list->line || e->kind != HCL_NODE_LITERAL ||
		    e->lead || e->tail)
			return false;
	}
	return true;
}

/* Prints a list: a short one in a line, else an element a line with the
 * comments beside them aligned. */
static char *
hcl_print_list(struct hcl_formatter *f, const struct hcl_node *list)
{
	bool is_short = hcl_is_short_list(list), gap = false;
	size_t longest = 0;
	struct buf out;

	buf_init(&out, 0);
	buf_str(&out, is_short ? "[" : "[\n");
	for (int i = 0; i < list->n; i++)
		if (list->elements[i].kind == HCL_NODE_LITERAL &&
		    strlen(list->elements[i].text) > longest)
			longest = strlen(list->elements[i].text);
	for (int i = 0; i < list->n; i++) {
		const struct hcl_node *e = &list->elements[i];
		char *text = hcl_print(f, e);
		struct buf lead;

		if (is_short) {
			buf_printf(&out, "%s%s", i ? ", " : "", text);
			continue;
		}
		if (e->lead && !gap && i)
			buf_char(&out, '\n');
		buf_init(&lead, 0);
		hcl_put_comments(&lead, e->lead, "\n");
		hcl_indent(&out, lead.p ? lead.p : "");
		buf_release(&lead);
		hcl_indent(&out, text);
		buf_char(&out, ',');
		if (e->tail) {
			buf_printf(
			    &out, " %*s", (int)(longest - strlen(text)), "");
			hcl_put_comments(&out, e->tail, "");
		}
		buf_char(&out, '\n');
		gap = e->lead && i != list->n - 1;
		buf_str(&out, gap ? "\n" : "");
	}
	buf_char(&out, ']');
	return hcl_take(f, &out);
}

static char *
hcl_print_entry(struct hcl_formatter *f, const struct hcl_entry *e)
{
	bool same_line = e->value.line == e->line;
	struct buf out;

	buf_init(&out, 0);
	hcl_put_comments(&out, e->lead, "\n");
	if (!same_line)
		hcl_put_comments(&out, e->tail, "\n");
	for (int i = 0; i < e->nkeys; i++)
		buf_printf(&out, "%s ", e->keys[i]);
	if (e->assigned && e->nkeys == 1)
		buf_str(&out, "= ");
	buf_str(&out, hcl_print(f, &e->value));
	if (same_line && e->tail) {
		buf_char(&out, ' ');
		hcl_put_comments(&out, e->tail, "");
	}
	return hcl_take(f, &out);
}

/* Entries of one line each: equal signs and comments below each other. */
static char *
hcl_print_aligned(struct hcl_formatter *f, const struct hcl_entry *list, int n)
{
	int key = 0, value = 0;
	struct buf out;

	for (int i = 0; i < n; i++) {
		int k = (int)strlen(list[i].keys[0]);
		int v = (int)strlen(hcl_print(f, &list[i].value));

		key = k > key ? k : key;
		value = v > value ? v : value;
	}
	buf_init(&out, 0);
	for (int i = 0; i < n; i++) {
		const struct hcl_entry *e = &list[i];
		char *text = hcl_print(f, &e->value);

		hcl_put_comments(&out, e->lead, "\n");
		for (int k = 0; k < e->nkeys; k++)
			buf_printf(&out, "%-*s ", key, e->keys[k]);
		buf_printf(&out, "%s%s", e->nkeys == 1 ? "= " : "", text);
		if (e->tail && e->value.line == e->line) {
			buf_printf(
			    &out, "%*s", value - (int)strlen(text) + 1, "");
			hcl_put_comments(&out, e->tail, "");
		}
		buf_str(&out, i < n - 1 ? "\n" : "");
	}
	return hcl_take(f, &out);
}

/* How many entries from `from` on are printed as one aligned group. */
static int
hcl_count_aligned(struct hcl_formatter *f, const struct hcl_node *o, int from)
{
	int index = from;

	while (index < o->n && o->n > 1) {
		const struct hcl_entry *e = &o->entries[index];
		int next = index < o->n - 1 ? o->entries[index + 1].line : 0;
		int before = index ? o->entries[index - 1].line : 0, lines = 1;

		for (char *p = hcl_print_entry(f, e); *p; p++)
			lines += *p == '\n';
		if (lines > 2)
			break;
		if (e->line + 1 == next) {
			index++;
			continue;
		}
		if (e->line - 1 == before)
			index++;
		break;
	}
	return index - from;
}

/* An object as far as it is printed. */
struct hcl_object_text {
	struct buf out;
	int index;	/* of the entry that comes next; n: the closing brace */
	bool opened;	/* something stands on a line of its own */
	bool commented; /* a comment of nobody stands between entries */
};

/* Comments of nobody that stand before what comes next. */
static void
hcl_print_loose(struct hcl_formatter *f, const struct hcl_node *o,
    struct hcl_object_text *t)
{
	bool last = t->index == o->n;
	int next = last ? o->close_at : o->entries[t->index].at;
	int next_line = last ? 0 : o->entries[t->index].line;

	for (int g = 0; g < f->ngroups; g++) {
		const struct hcl_comments *group = &f->groups[g];
		int line = 0;

		for (int i = 0; !group->taken && i < group->n; i++) {
			if (group->list[i].at <= f->previous ||
			    group->list[i].at >= next)
				continue;
			buf_str(&t->out, t->opened ? "" : "\n");
			t->opened = true;
			if (t->index > 0) {
				t->commented = true;
				buf_char(&t->out, '\n');
			}
			line = group->list[i].line;
			hcl_indent(&t->out, group->list[i].text);
			if (t->index == 0 && i < group->n - 1)
				buf_char(&t->out, '\n');
		}
		if (line) {
			buf_char(&t->out, '\n');
			if (!last && next_line != line + 1)
				buf_char(&t->out, '\n');
		}
	}
}

/* Prints an object: entries that follow one another are aligned, comments stay
 * where they were. */
static char *
hcl_print_object(struct hcl_formatter *f, const struct hcl_node *o)
{
	struct hcl_object_text t = { .index = 0 };
	int count;

	buf_init(&t.out, 0);
	buf_char(&t.out, '{');
	for (;;) {
		const struct hcl_entry *entry;

		hcl_print_loose(f, o, &t);
		if (t.index == o->n)
			break;
		entry = &o->entries[t.index];
		buf_str(&t.out, t.opened ? "" : "\n");
		t.opened = true;
		count = hcl_count_aligned(f, o, t.index);
		if (!t.commented && t.index)
			buf_char(&t.out, '\n');
		if (count) {
			f->previous = entry[count - 1].at;
			hcl_indent(&t.out, hcl_print_aligned(f, entry, count));
			t.index += count;
		} else {
			f->previous = entry->at;
			hcl_indent(&t.out, hcl_print_entry(f, entry));
			t.index++;
		}
		buf_char(&t.out, '\n');
	}
	f->previous = o->close_at;
	buf_char(&t.out, '}');
	return hcl_take(f, &t.out);
}

static char *
hcl_print(struct hcl_formatter *f, const struct hcl_node *n)
{
	switch (n->kind) {
	case HCL_NODE_LITERAL:
		return arena_strdup(f->arena, n->text);
	case HCL_NODE_LIST:
		return hcl_print_list(f, n);
	case HCL_NODE_OBJECT:
		return hcl_print_object(f, n);
	}
	return arena_strdup(f->arena, "");
}

static bool
hcl_is_empty_block(const struct hcl_entry *e)
{
	return !e->lead && !e->assigned && e->value.kind == HCL_NODE_OBJECT &&
	    e->value.n == 0;
}

/* The whole file: entries with empty lines between them. */
static void
hcl_print_file(
    struct hcl_formatter *f, const struct hcl_node *root, struct buf *out)
{
	for (int i = 0; i <= root->n; i++) {
		const struct hcl_entry *e = &root->entries[i];
		int next = i < root->n ? e->at : INT_MAX;

		for (int g = 0; g < f->ngroups; g++) {
			const struct hcl_comments *group = &f->groups[g];
			bool printed = false;

			for (int k = 0; !group->taken && k < group->n; k++) {
				if (group->list[k].at <= f->previous ||
				    group->list[k].at >= next)
					continue;
				if (!printed && f->previous >= 0 &&
				    i == root->n)
					buf_str(out, "\n\n");
				buf_printf(out, "%s\n", group->list[k].text);
				printed = true;
			}
			if (printed && i < root->n)
				buf_char(out, '\n');
		}
		if (i == root->n)
			break;
		f->previous = e->at;
		buf_str(out, hcl_print_entry(f, e));
		if (i < root->n - 1) {
			buf_char(out, '\n');
			if (e[1].line != e->line + 1 ||
			    !hcl_is_empty_block(e) ||
			    !hcl_is_empty_block(&e[1]))
				buf_char(out, '\n');
		}
	}
}

char *
hcl_format(struct arena *a, const char *text, size_t n)
{
	struct hcl_formatter f = { .arena = a, .previous = -1 };
	struct hcl_node root = { .kind = HCL_NODE_OBJECT };
	struct buf out;
	int ntokens;

	(void)n;
	f.tokens = hcl_tokens(a, text, &ntokens);
	f.groups = arena_alloc(a, (size_t)(ntokens + 1) * sizeof(*f.groups));
	hcl_format_read_object(&f, &root, true);
	if (f.broken)
		return NULL;
	buf_init(&out, 0);
	hcl_print_file(&f, &root, &out);
	while (out.n && out.p[out.n - 1] == '\n')
		out.p[--out.n] = '\0';
	buf_char(&out, '\n');
	return hcl_take(&f, &out);
}
