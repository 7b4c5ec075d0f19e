/*
 * The reader and the runner of name templates. Refusals are worded as Go's
 * text/template does.
 */
#include "secrets/database/username_template.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "secrets/database/username_functions.h"

#define DEPTH_MAX 50
#define ARGS_MAX 16

struct pipe;

/* A literal, a field, a function's name, or a pipeline in parentheses. */
struct operand {
	enum { LITERAL, FIELD, CALL, NESTED } kind;
	size_t at, n; /* its text in the template */
	struct name_value value;
	const char *field; /* NULL: the dot itself */
	const struct name_function *function;
	const struct pipe *nested;
};

struct command {
	struct operand operands[ARGS_MAX];
	int n;
	size_t at, end;
	struct command *next;
};

struct pipe {
	struct command *first;
};

struct node {
	struct slice text; /* p NULL: an action */
	const struct pipe *pipe;
	bool branch; /* an if */
	struct node *then, *otherwise;
	struct node *next;
};

struct name_template {
	const char *text;
	struct node *first;
};

struct reader {
	struct arena *arena;
	const char *text, *p;
	int depth;
	struct error *error;
};

/* What ended a list of nodes. */
enum stop {
	STOP_EOF,
	STOP_END,
	STOP_ELSE,
	STOP_ERROR,
};

static bool
refuse(struct reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(struct reader *r, const char *fmt, ...)
{
	char what[300];
	va_list ap;
	int line = 1;

	for (const char *p = r->text; p < r->p && *p; p++)
		line += *p == '\n';
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!r->error->status)
		error_set(r->error, 400, "unable to parse template: "
		    "template: template:%d: %s", line, what);
	return false;
}

/* ---- reading an action ---- */

static bool
word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static void
skip_space(struct reader *r)
{
	while (*r->p && strchr(" \t\r\n", *r->p))
		r->p++;
}

/* At }} or at " -}}". */
static bool
at_close(const struct reader *r)
{
	return starts_with(r->p, "}}") || starts_with(r->p, "-}}");
}

static bool
read_string(struct reader *r, struct operand *o)
{
	static const char from[] = "nrtabfv\\\"'", to[] = "\n\r\t\a\b\f\v\\\"'";
	char quote = *r->p++;
	struct buf b;
	bool ok;

	buf_init(&b, NAME_MAX_BYTES);
	buf_str(&b, "");
	while (*r->p && *r->p != quote && (quote == '`' || *r->p != '\n')) {
		const char *at;

		if (quote == '`' || *r->p != '\\') {
			buf_char(&b, *r->p++);
			continue;
		}
		at = r->p[1] ? strchr(from, r->p[1]) : NULL;
		if (!at)
			break;
		buf_char(&b, to[at - from]);
		r->p += 2;
	}
	ok = *r->p == quote;
	o->value = (struct name_value){ .kind = NAME_STRING,
		.text = arena_strndup(r->arena, b.p ? b.p : "", b.n) };
	buf_release(&b);
	if (!ok)
		return refuse(r, quote == '`' ? "unterminated raw quoted "
						"string"
					      : "unterminated quoted string");
	r->p++;
	return true;
}

static bool
read_number(struct reader *r, struct operand *o)
{
	const char *start = r->p;
	char *end;

	errno = 0;
	o->value = (struct name_value){ .kind = NAME_INT,
		.number = strtoll(start, &end, 0) };
	if (end == start || errno || word_char(*end) || *end == '.') {
		while (word_char(*end) || *end == '.')
			end++;
		return refuse(r, "bad number syntax: \"%.*s\"",
		    (int)(end - start), start);
	}
	r->p = end;
	return true;
}

static size_t
word(const char *p)
{
	size_t n = 0;

	while (word_char(p[n]))
		n++;
	return n;
}

static bool
read_name(struct reader *r, struct operand *o)
{
	size_t n = word(r->p);
	const char *start = r->p;

	if (n == 4 && memcmp(start, "true", 4) == 0) {
		o->value = (struct name_value){ .kind = NAME_BOOL,
			.number = 1 };
	} else if (n == 5 && memcmp(start, "false", 5) == 0) {
		o->value = (struct name_value){ .kind = NAME_BOOL };
	} else {
		o->kind = CALL;
		o->function = name_function_find(start, n);
		if (!o->function)
			return refuse(r, "function \"%.*s\" not defined",
			    (int)n, start);
	}
	r->p += n;
	return true;
}

static struct pipe *read_pipe(struct reader *r, bool nested);

static bool
read_nested(struct reader *r, struct operand *o)
{
	r->p++;
	o->kind = NESTED;
	if (++r->depth > DEPTH_MAX)
		return refuse(r, "max expression depth exceeded");
	o->nested = read_pipe(r, true);
	r->depth--;
	if (!o->nested)
		return false;
	r->p++;
	return true;
}

static bool
read_operand(struct reader *r, struct operand *o)
{
	const char *start = r->p;
	bool ok;

	o->kind = LITERAL;
	o->at = (size_t)(start - r->text);
	if (*start == '"' || *start == '`') {
		ok = read_string(r, o);
	} else if (*start == '(') {
		ok = read_nested(r, o);
	} else if (*start == '.' && !isdigit((unsigned char)start[1])) {
		size_t n = word(start + 1);

		o->kind = FIELD;
		o->field = n ? arena_strndup(r->arena, start + 1, n) : NULL;
		r->p += n + 1;
		ok = true;
	} else if (isdigit((unsigned char)*start) ||
	    (strchr("+-.", *start) && *start)) {
		ok = read_number(r, o);
	} else if (word_char(*start)) {
		ok = read_name(r, o);
	} else if (*start == '$') {
		ok = refuse(r, "undefined variable \"%.*s\"",
		    (int)word(start + 1) + 1, start);
	} else if (strchr("{}|:=,", *start)) {
		ok = refuse(r, "unexpected \"%c\" in operand", *start);
	} else {
		ok = refuse(r, "unrecognized character in action: U+%04X '%c'",
		    (unsigned char)*start, *start);
	}
	o->n = (size_t)(r->p - start);
	return ok;
}

static bool
command_ends(struct reader *r)
{
	return *r->p == '\0' || *r->p == '|' || *r->p == ')' || at_close(r);
}

static struct command *
read_command(struct reader *r)
{
	struct command *c = arena_zalloc(r->arena, sizeof(*c));

	skip_space(r);
	c->at = (size_t)(r->p - r->text);
	while (!command_ends(r)) {
		if (c->n == ARGS_MAX) {
			refuse(r, "too many operands");
			return NULL;
		}
		if (!read_operand(r, &c->operands[c->n++]))
			return NULL;
		c->end = (size_t)(r->p - r->text);
		skip_space(r);
	}
	if (*r->p == '\0') {
		refuse(r, "unclosed action");
		return NULL;
	}
	if (c->n == 0)
		refuse(r, "missing value for command");
	return c->n ? c : NULL;
}

/* Go: only a function takes arguments, and only it may end a pipeline. */
static bool
check_command(struct reader *r, const struct command *c, bool first)
{
	const struct operand *head = &c->operands[0];

	if (head->kind == CALL || (first && c->n == 1))
		return true;
	if (!first && head->kind == LITERAL)
		return refuse(r, "non executable command in pipeline stage 2");
	return refuse(r, "can't give argument to non-function %.*s",
	    (int)head->n, r->text + head->at);
}

static struct pipe *
read_pipe(struct reader *r, bool nested)
{
	struct pipe *pipe = arena_zalloc(r->arena, sizeof(*pipe));
	struct command **to = &pipe->first;

	for (;;) {
		struct command *c = read_command(r);

		if (!c || !check_command(r, c, to == &pipe->first))
			return NULL;
		*to = c;
		to = &c->next;
		if (*r->p != '|')
			break;
		r->p++;
	}
	if (nested && *r->p != ')') {
		refuse(r, "unclosed left paren");
		return NULL;
	}
	if (!nested && *r->p == ')') {
		refuse(r, "unexpected right paren");
		return NULL;
	}
	return pipe;
}

/* ---- reading text and actions ---- */

/* Over the closing braces; {{- and -}} eat the space around. */
static bool
close_action(struct reader *r)
{
	bool trims;

	skip_space(r);
	if (!at_close(r))
		return refuse(r, *r->p ? "unexpected \"%c\" in command"
				       : "unclosed action", *r->p);
	trims = *r->p == '-';
	r->p += trims ? 3 : 2;
	if (trims)
		skip_space(r);
	return true;
}

static bool
keyword(struct reader *r, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(r->p, name, n) != 0 || word_char(r->p[n]))
		return false;
	r->p += n;
	return true;
}

static struct node *
add_text(struct reader *r, const char *from, const char *to, bool trim_end)
{
	struct node *node;

	while (trim_end && to > from && strchr(" \t\r\n", to[-1]))
		to--;
	if (to == from)
		return NULL;
	node = arena_zalloc(r->arena, sizeof(*node));
	node->text = (struct slice){ from, (size_t)(to - from) };
	return node;
}

static enum stop read_list(struct reader *r, struct node **to);

/* Behind "if": the condition, both branches, and the end. */
static bool
read_branch(struct reader *r, struct node *node)
{
	enum stop stop;

	if (++r->depth > DEPTH_MAX)
		return refuse(r, "max expression depth exceeded");
	node->branch = true;
	node->pipe = read_pipe(r, false);
	if (!node->pipe || !close_action(r))
		return false;
	stop = read_list(r, &node->then);
	if (stop == STOP_ELSE) {
		skip_space(r);
		if (keyword(r, "if")) {
			struct node *inner =
			    arena_zalloc(r->arena, sizeof(*inner));

			bool ok;

			node->otherwise = inner;
			ok = read_branch(r, inner);
			r->depth--;
			return ok;
		}
		if (!close_action(r))
			return false;
		stop = read_list(r, &node->otherwise);
		if (stop == STOP_ELSE)
			return refuse(r, "expected end; found {{else}}");
	}
	r->depth--;
	if (stop == STOP_EOF)
		return refuse(r, "unexpected EOF");
	return stop == STOP_END;
}

static bool
skip_comment(struct reader *r)
{
	const char *end = strstr(r->p, "*/");

	if (!end)
		return refuse(r, "unclosed comment");
	r->p = end + 2;
	return close_action(r);
}

/* Behind the opening braces. Sets *stop at end and else. */
static bool
read_action(struct reader *r, struct node ***to, enum stop *stop)
{
	struct node *node;

	skip_space(r);
	if (starts_with(r->p, "/*"))
		return skip_comment(r);
	if (keyword(r, "end")) {
		*stop = STOP_END;
		return close_action(r);
	}
	if (keyword(r, "else")) {
		*stop = STOP_ELSE;
		return true;
	}
	node = arena_zalloc(r->arena, sizeof(*node));
	if (keyword(r, "if")) {
		if (!read_branch(r, node))
			return false;
	} else {
		node->pipe = read_pipe(r, false);
		if (!node->pipe || !close_action(r))
			return false;
	}
	**to = node;
	*to = &node->next;
	return true;
}

static enum stop
read_list(struct reader *r, struct node **to)
{
	for (;;) {
		const char *open = strstr(r->p, "{{");
		bool trims = open && open[2] == '-' && open[3] &&
		    strchr(" \t\r\n", open[3]);
		struct node *text = add_text(r, r->p,
		    open ? open : r->p + strlen(r->p), trims);
		enum stop stop = STOP_EOF;

		if (text) {
			*to = text;
			to = &text->next;
		}
		if (!open)
			return STOP_EOF;
		r->p = open + (trims ? 3 : 2);
		if (!read_action(r, &to, &stop))
			return STOP_ERROR;
		if (stop != STOP_EOF)
			return stop;
	}
}

const struct name_template *
name_template_parse(struct arena *a, const char *text, struct error *e)
{
	struct name_template *t = arena_zalloc(a, sizeof(*t));
	struct reader r = { .arena = a, .text = text, .p = text, .error = e };
	enum stop stop;

	t->text = text;
	if (strlen(text) > NAME_MAX_BYTES) {
		refuse(&r, "template too long");
		return NULL;
	}
	stop = read_list(&r, &t->first);
	if (stop == STOP_END)
		refuse(&r, "unexpected {{end}}");
	if (stop == STOP_ELSE)
		refuse(&r, "unexpected {{else}}");
	return e->status ? NULL : t;
}

/* ---- running ---- */

struct run {
	struct arena *arena;
	const struct name_template *t;
	const struct name_data *data;
	struct error *error;
};

static bool
stop_at(struct run *run, size_t at, size_t n, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Go shows twenty characters of the place, at its line and column. */
static bool
stop_at(struct run *run, size_t at, size_t n, const char *fmt, ...)
{
	const char *text = run->t->text, *line_start = text;
	char what[300];
	va_list ap;
	int line = 1;

	for (const char *p = text; p < text + at; p++)
		if (*p == '\n') {
			line++;
			line_start = p + 1;
		}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return error_set(run->error, 400, "unable to apply template: "
	    "template: template:%d:%d: executing \"template\" at <%.*s%s>: %s",
	    line, (int)(text + at - line_start), n > 20 ? 20 : (int)n,
	    text + at, n > 20 ? "..." : "", what);
}

static bool run_pipe(struct run *run, const struct pipe *pipe,
    struct name_value *out);

static bool
run_field(struct run *run, const struct operand *o, struct name_value *out)
{
	out->kind = NAME_STRING;
	if (o->field && strcmp(o->field, "DisplayName") == 0)
		out->text = run->data->display_name;
	else if (o->field && strcmp(o->field, "RoleName") == 0)
		out->text = run->data->role_name;
	else if (!o->field)
		out->text = arena_printf(run->arena, "{%s %s}",
		    run->data->display_name, run->data->role_name);
	else
		return stop_at(run, o->at, o->n, "can't evaluate field %s in "
		    "type dbplugin.UsernameMetadata", o->field);
	return true;
}

static bool call(struct run *run, const struct command *c,
    const struct operand *head, int nargs, const struct name_value *last,
    struct name_value *out);

static bool
run_operand(struct run *run, const struct command *c, const struct operand *o,
    struct name_value *out)
{
	switch (o->kind) {
	case LITERAL:
		*out = o->value;
		return true;
	case FIELD:
		return run_field(run, o, out);
	case NESTED:
		return run_pipe(run, o->nested, out);
	case CALL:
		return call(run, c, o, 0, NULL, out);
	}
	return false;
}

/* The letter of argument i of a function's pattern. */
static char
argument(const char *pattern, int i)
{
	int n = (int)strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return i < n - 1 ? pattern[i] : pattern[n - 2];
	return pattern[i];
}

static bool
right_count(struct run *run, const struct operand *head, int n)
{
	const char *pattern = head->function->args;
	int want = (int)strlen(pattern);
	bool more = want && pattern[want - 1] == '*';

	if (more)
		want -= 2; /* the star, and the one it may leave out */
	if (n == want || (more && n > want))
		return true;
	return stop_at(run, head->at, head->n,
	    "wrong number of args for %s: want %s%d got %d",
	    head->function->name, more ? "at least " : "", want, n);
}

static bool
right_kind(struct run *run, const struct operand *head, char letter,
    const struct operand *o, const struct name_value *v)
{
	enum name_kind want = letter == 'i' ? NAME_INT : NAME_STRING;

	if (letter == 'v' || v->kind == want)
		return true;
	if (o && o->kind == LITERAL)
		return stop_at(run, o->at, o->n, "expected %s; found %.*s",
		    want == NAME_INT ? "integer" : "string", (int)o->n,
		    run->t->text + o->at);
	if (!o)
		o = head;
	return stop_at(run, o->at, o->n,
	    "wrong type for value; expected %s; got %s", name_kind_text(want),
	    name_kind_text(v->kind));
}

static bool
call(struct run *run, const struct command *c, const struct operand *head,
    int nargs, const struct name_value *last, struct name_value *out)
{
	struct name_value args[ARGS_MAX + 1];
	struct name_call made = { .arena = run->arena,
		.data = run->data,
		.args = args,
		.n = nargs + (last != NULL) };

	if (!right_count(run, head, made.n))
		return false;
	for (int i = 0; i < nargs; i++)
		if (!run_operand(run, c, &head[i + 1], &args[i]) ||
		    !right_kind(run, head, argument(head->function->args, i),
			&head[i + 1], &args[i]))
			return false;
	if (last) {
		args[nargs] = *last;
		if (!right_kind(run, head,
			argument(head->function->args, nargs), NULL, last))
			return false;
	}
	return head->function->call(&made, out) ||
	    stop_at(run, c->at, c->end - c->at, "error calling %s: %s",
		head->function->name, made.why);
}

static bool
run_pipe(struct run *run, const struct pipe *pipe, struct name_value *out)
{
	struct name_value last;
	bool have = false;

	for (const struct command *c = pipe->first; c; c = c->next) {
		const struct operand *head = &c->operands[0];
		bool ok = head->kind == CALL
		    ? call(run, c, head, c->n - 1, have ? &last : NULL, out)
		    : run_operand(run, c, head, out);

		if (!ok)
			return false;
		last = *out;
		have = true;
	}
	return true;
}

static bool
run_list(struct run *run, const struct node *node, struct buf *out)
{
	for (; node; node = node->next) {
		struct name_value v;

		if (node->text.p) {
			buf_slice(out, node->text);
			continue;
		}
		if (!run_pipe(run, node->pipe, &v))
			return false;
		if (!node->branch)
			buf_str(out, name_value_text(run->arena, &v));
		else if (!run_list(run, name_value_true(&v)
				 ? node->then : node->otherwise, out))
			return false;
	}
	return true;
}

char *
name_template_run(struct arena *a, const struct name_template *t,
    const struct name_data *data, struct error *e)
{
	struct run run = { a, t, data, e };
	char *name = NULL;
	struct buf out;

	buf_init(&out, NAME_MAX_BYTES);
	buf_str(&out, "");
	if (run_list(&run, t->first, &out)) {
		if (out.over)
			error_set(e, 400, "unable to apply template: name too "
					  "long");
		else
			name = arena_strndup(a, out.p, out.n);
	}
	buf_release(&out);
	return name;
}
