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

struct template_pipe;

/* A literal, a field, a function's name, or a pipeline in parentheses. */
struct template_operand {
	enum { LITERAL, FIELD, CALL, NESTED } kind;
	size_t at, n; /* its text in the template */
	struct username_value value;
	const char *field; /* NULL: the dot itself */
	const struct username_function *function;
	const struct template_pipe *nested;
};

struct template_command {
	struct template_operand operands[ARGS_MAX];
	int n;
	size_t at, end;
	struct template_command *next;
};

struct template_pipe {
	struct template_command *first;
};

struct template_node {
	struct slice text; /* p NULL: an action */
	const struct template_pipe *pipe;
	bool is_branch; /* an if */
	struct template_node *then_nodes, *else_nodes;
	struct template_node *next;
};

struct username_template {
	const char *text;
	struct template_node *first;
};

struct template_reader {
	struct arena *arena;
	const char *text, *p;
	int depth;
	struct error *error;
};

/* What ended a list of nodes. */
enum template_stop {
	STOP_EOF,
	STOP_END,
	STOP_ELSE,
	STOP_ERROR,
};

static bool template_parse_error(struct template_reader *r, const char *fmt,
    ...) __attribute__((format(printf, 2, 3)));

static bool
template_parse_error(struct template_reader *r, const char *fmt, ...)
{
	char prefix[100];
	va_list ap;
	int line = 1;

	for (const char *p = r->text; p < r->p && *p; p++)
		line += *p == '\n';
	snprintf(prefix, sizeof(prefix),
	    "unable to parse template: template: template:%d: ", line);
	va_start(ap, fmt);
	error_vset(r->error, 400, prefix, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- reading an action ---- */

static bool
template_is_identifier_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static void
template_skip_space(struct template_reader *r)
{
	while (*r->p && strchr(" \t\r\n", *r->p))
		r->p++;
}

/* At }} or at " -}}". */
static bool
template_is_at_close(const struct template_reader *r)
{
	return starts_with(r->p, "}}") || starts_with(r->p, "-}}");
}

/* Reads a text in quotes or backquotes; false with the error set. */
static bool
template_read_string(struct template_reader *r, struct template_operand *o)
{
	static const char from[] = "nrtabfv\\\"'", to[] = "\n\r\t\a\b\f\v\\\"'";
	char quote = *r->p++;
	struct buf b;
	bool ok;

	buf_init(&b, USERNAME_MAX_BYTES);
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
	o->value = (struct username_value){ .kind = USERNAME_STRING,
		.string = arena_strndup(r->arena, b.p ? b.p : "", b.n) };
	buf_release(&b);
	if (!ok)
		return template_parse_error(r,
		    quote == '`' ? "unterminated raw quoted "
				   "string"
				 : "unterminated quoted string");
	r->p++;
	return true;
}

static bool
template_read_number(struct template_reader *r, struct template_operand *o)
{
	const char *start = r->p;
	char *end;

	errno = 0;
	o->value = (struct username_value){ .kind = USERNAME_INT,
		.number = strtoll(start, &end, 0) };
	if (end == start || errno || template_is_identifier_char(*end) ||
	    *end == '.') {
		while (template_is_identifier_char(*end) || *end == '.')
			end++;
		return template_parse_error(r, "bad number syntax: \"%.*s\"",
		    (int)(end - start), start);
	}
	r->p = end;
	return true;
}

static size_t
template_identifier_length(const char *p)
{
	size_t n = 0;

	while (template_is_identifier_char(p[n]))
		n++;
	return n;
}

static bool
template_read_identifier(struct template_reader *r, struct template_operand *o)
{
	size_t n = template_identifier_length(r->p);
	const char *start = r->p;

	if (n == 4 && memcmp(start, "true", 4) == 0) {
		o->value = (struct username_value){ .kind = USERNAME_BOOL,
			.number = 1 };
	} else if (n == 5 && memcmp(start, "false", 5) == 0) {
		o->value = (struct username_value){ .kind = USERNAME_BOOL };
	} else {
		o->kind = CALL;
		o->function = username_function_find(start, n);
		if (!o->function)
			return template_parse_error(
			    r, "function \"%.*s\" not defined", (int)n, start);
	}
	r->p += n;
	return true;
}

static struct template_pipe *template_read_pipe(
    struct template_reader *r, bool nested);

static bool
template_read_nested(struct template_reader *r, struct template_operand *o)
{
	r->p++;
	o->kind = NESTED;
	if (++r->depth > DEPTH_MAX)
		return template_parse_error(r, "max expression depth exceeded");
	o->nested = template_read_pipe(r, true);
	r->depth--;
	if (!o->nested)
		return false;
	r->p++;
	return true;
}

/* Reads one operand: a text, a number, a field or a pipeline in parentheses;
 * false with the error set. */
static bool
template_read_operand(struct template_reader *r, struct template_operand *o)
{
	const char *start = r->p;
	bool ok;

	o->kind = LITERAL;
	o->at = (size_t)(start - r->text);
	if (*start == '"' || *start == '`') {
		ok = template_read_string(r, o);
	} else if (*start == '(') {
		ok = template_read_nested(r, o);
	} else if (*start == '.' && !isdigit((unsigned char)start[1])) {
		size_t n = template_identifier_length(start + 1);

		o->kind = FIELD;
		o->field = n ? arena_strndup(r->arena, start + 1, n) : NULL;
		r->p += n + 1;
		ok = true;
	} else if (isdigit((unsigned char)*start) ||
	    (strchr("+-.", *start) && *start)) {
		ok = template_read_number(r, o);
	} else if (template_is_identifier_char(*start)) {
		ok = template_read_identifier(r, o);
	} else if (*start == '$') {
		ok = template_parse_error(r, "undefined variable \"%.*s\"",
		    (int)template_identifier_length(start + 1) + 1, start);
	} else if (strchr("{}|:=,", *start)) {
		ok = template_parse_error(
		    r, "unexpected \"%c\" in operand", *start);
	} else {
		ok = template_parse_error(r,
		    "unrecognized character in action: U+%04X '%c'",
		    (unsigned char)*start, *start);
	}
	o->n = (size_t)(r->p - start);
	return ok;
}

static struct template_command *
template_read_command(struct template_reader *r)
{
	struct template_command *c = arena_zalloc(r->arena, sizeof(*c));

	template_skip_space(r);
	c->at = (size_t)(r->p - r->text);
	while (
	    *r->p && *r->p != '|' && *r->p != ')' && !template_is_at_close(r)) {
		if (c->n == ARGS_MAX) {
			template_parse_error(r, "too many operands");
			return NULL;
		}
		if (!template_read_operand(r, &c->operands[c->n++]))
			return NULL;
		c->end = (size_t)(r->p - r->text);
		template_skip_space(r);
	}
	if (*r->p == '\0') {
		template_parse_error(r, "unclosed action");
		return NULL;
	}
	if (c->n == 0)
		template_parse_error(r, "missing value for command");
	return c->n ? c : NULL;
}

/* Go: only a function takes arguments, and only it may end a pipeline. */
static bool
template_check_command(
    struct template_reader *r, const struct template_command *c, bool first)
{
	const struct template_operand *head = &c->operands[0];

	if (head->kind == CALL || (first && c->n == 1))
		return true;
	if (!first && head->kind == LITERAL)
		return template_parse_error(
		    r, "non executable command in pipeline stage 2");
	return template_parse_error(r,
	    "can't give argument to non-function %.*s", (int)head->n,
	    r->text + head->at);
}

static struct template_pipe *
template_read_pipe(struct template_reader *r, bool nested)
{
	struct template_pipe *pipe = arena_zalloc(r->arena, sizeof(*pipe));
	struct template_command **to = &pipe->first;

	for (;;) {
		struct template_command *c = template_read_command(r);

		if (!c || !template_check_command(r, c, to == &pipe->first))
			return NULL;
		*to = c;
		to = &c->next;
		if (*r->p != '|')
			break;
		r->p++;
	}
	if (nested && *r->p != ')') {
		template_parse_error(r, "unclosed left paren");
		return NULL;
	}
	if (!nested && *r->p == ')') {
		template_parse_error(r, "unexpected right paren");
		return NULL;
	}
	return pipe;
}

/* ---- reading text and actions ---- */

/* Over the closing braces; {{- and -}} eat the space around. */
static bool
template_close_action(struct template_reader *r)
{
	bool trims;

	template_skip_space(r);
	if (!template_is_at_close(r))
		return template_parse_error(r,
		    *r->p ? "unexpected \"%c\" in command" : "unclosed action",
		    *r->p);
	trims = *r->p == '-';
	r->p += trims ? 3 : 2;
	if (trims)
		template_skip_space(r);
	return true;
}

static bool
template_read_keyword(struct template_reader *r, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(r->p, name, n) != 0 || template_is_identifier_char(r->p[n]))
		return false;
	r->p += n;
	return true;
}

static struct template_node *
template_add_text(
    struct template_reader *r, const char *from, const char *to, bool trim_end)
{
	struct template_node *node;

	while (trim_end && to > from && strchr(" \t\r\n", to[-1]))
		to--;
	if (to == from)
		return NULL;
	node = arena_zalloc(r->arena, sizeof(*node));
	node->text = (struct slice){ from, (size_t)(to - from) };
	return node;
}

static enum template_stop template_read_list(
    struct template_reader *r, struct template_node **to);

/* Behind "if": the condition, both branches, and the end. */
static bool
template_read_branch(struct template_reader *r, struct template_node *node)
{
	enum template_stop stop;

	if (++r->depth > DEPTH_MAX)
		return template_parse_error(r, "max expression depth exceeded");
	node->is_branch = true;
	node->pipe = template_read_pipe(r, false);
	if (!node->pipe || !template_close_action(r))
		return false;
	stop = template_read_list(r, &node->then_nodes);
	if (stop == STOP_ELSE) {
		template_skip_space(r);
		if (template_read_keyword(r, "if")) {
			struct template_node *inner = arena_zalloc(
			    r->arena, sizeof(*inner));

			bool ok;

			node->else_nodes = inner;
			ok = template_read_branch(r, inner);
			r->depth--;
			return ok;
		}
		if (!template_close_action(r))
			return false;
		stop = template_read_list(r, &node->else_nodes);
		if (stop == STOP_ELSE)
			return template_parse_error(
			    r, "expected end; found {{else}}");
	}
	r->depth--;
	if (stop == STOP_EOF)
		return template_parse_error(r, "unexpected EOF");
	return stop == STOP_END;
}

static bool
template_skip_comment(struct template_reader *r)
{
	const char *end = strstr(r->p, "*/");

	if (!end)
		return template_parse_error(r, "unclosed comment");
	r->p = end + 2;
	return template_close_action(r);
}

/* Behind the opening braces. Sets *stop at end and else. */
static bool
template_read_action(struct template_reader *r, struct template_node ***to,
    enum template_stop *stop)
{
	struct template_node *node;

	template_skip_space(r);
	if (starts_with(r->p, "/*"))
		return template_skip_comment(r);
	if (template_read_keyword(r, "end")) {
		*stop = STOP_END;
		return template_close_action(r);
	}
	if (template_read_keyword(r, "else")) {
		*stop = STOP_ELSE;
		return true;
	}
	node = arena_zalloc(r->arena, sizeof(*node));
	if (template_read_keyword(r, "if")) {
		if (!template_read_branch(r, node))
			return false;
	} else {
		node->pipe = template_read_pipe(r, false);
		if (!node->pipe || !template_close_action(r))
			return false;
	}
	**to = node;
	*to = &node->next;
	return true;
}

static enum template_stop
template_read_list(struct template_reader *r, struct template_node **to)
{
	for (;;) {
		const char *open = strstr(r->p, "{{");
		bool trims = open && open[2] == '-' && open[3] &&
		    strchr(" \t\r\n", open[3]);
		struct template_node *text = template_add_text(
		    r, r->p, open ? open : r->p + strlen(r->p), trims);
		enum template_stop stop = STOP_EOF;

		if (text) {
			*to = text;
			to = &text->next;
		}
		if (!open)
			return STOP_EOF;
		r->p = open + (trims ? 3 : 2);
		if (!template_read_action(r, &to, &stop))
			return STOP_ERROR;
		if (stop != STOP_EOF)
			return stop;
	}
}

const struct username_template *
username_template_parse(struct arena *a, const char *text, struct error *e)
{
	struct username_template *t = arena_zalloc(a, sizeof(*t));
	struct template_reader r = {
		.arena = a, .text = text, .p = text, .error = e
	};
	enum template_stop stop;

	t->text = text;
	if (strlen(text) > USERNAME_MAX_BYTES) {
		template_parse_error(&r, "template too long");
		return NULL;
	}
	stop = template_read_list(&r, &t->first);
	if (stop == STOP_END)
		template_parse_error(&r, "unexpected {{end}}");
	if (stop == STOP_ELSE)
		template_parse_error(&r, "unexpected {{else}}");
	return e->status ? NULL : t;
}

/* ---- running ---- */

struct template_run {
	struct arena *arena;
	const struct username_template *t;
	const struct username_data *data;
	struct error *error;
};

static bool template_run_error(struct template_run *run, size_t at, size_t n,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Go shows twenty characters of the place, at its line and column. */
static bool
template_run_error(
    struct template_run *run, size_t at, size_t n, const char *fmt, ...)
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
	return error_set(run->error, 400,
	    "unable to apply template: "
	    "template: template:%d:%d: executing \"template\" at <%.*s%s>: %s",
	    line, (int)(text + at - line_start), n > 20 ? 20 : (int)n,
	    text + at, n > 20 ? "..." : "", what);
}

static bool template_run_pipe(struct template_run *run,
    const struct template_pipe *pipe, struct username_value *out);

static bool
template_run_field(struct template_run *run, const struct template_operand *o,
    struct username_value *out)
{
	out->kind = USERNAME_STRING;
	if (o->field && strcmp(o->field, "DisplayName") == 0)
		out->string = run->data->display_name;
	else if (o->field && strcmp(o->field, "RoleName") == 0)
		out->string = run->data->role_name;
	else if (!o->field)
		out->string = arena_printf(run->arena, "{%s %s}",
		    run->data->display_name, run->data->role_name);
	else
		return template_run_error(run, o->at, o->n,
		    "can't evaluate field %s in "
		    "type dbplugin.UsernameMetadata",
		    o->field);
	return true;
}

static bool template_call(struct template_run *run,
    const struct template_command *c, const struct template_operand *head,
    int nargs, const struct username_value *last, struct username_value *out);

static bool
template_run_operand(struct template_run *run, const struct template_command *c,
    const struct template_operand *o, struct username_value *out)
{
	switch (o->kind) {
	case LITERAL:
		*out = o->value;
		return true;
	case FIELD:
		return template_run_field(run, o, out);
	case NESTED:
		return template_run_pipe(run, o->nested, out);
	case CALL:
		return template_call(run, c, o, 0, NULL, out);
	}
	return false;
}

/* The letter of argument i of a function's pattern. */
static char
template_argument_type(const char *pattern, int i)
{
	int n = (int)strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return i < n - 1 ? pattern[i] : pattern[n - 2];
	return pattern[i];
}

static bool
template_check_arg_count(
    struct template_run *run, const struct template_operand *head, int n)
{
	const char *pattern = head->function->args;
	int want = (int)strlen(pattern);
	bool more = want && pattern[want - 1] == '*';

	if (more)
		want -= 2; /* the star, and the one it may leave out */
	if (n == want || (more && n > want))
		return true;
	return template_run_error(run, head->at, head->n,
	    "wrong number of args for %s: want %s%d got %d",
	    head->function->name, more ? "at least " : "", want, n);
}

static bool
template_check_arg_kind(struct template_run *run,
    const struct template_operand *head, char letter,
    const struct template_operand *o, const struct username_value *v)
{
	enum username_kind want = letter == 'i' ? USERNAME_INT
						: USERNAME_STRING;

	if (letter == 'v' || v->kind == want)
		return true;
	if (o && o->kind == LITERAL)
		return template_run_error(run, o->at, o->n,
		    "expected %s; found %.*s",
		    want == USERNAME_INT ? "integer" : "string", (int)o->n,
		    run->t->text + o->at);
	if (!o)
		o = head;
	return template_run_error(run, o->at, o->n,
	    "wrong type for value; expected %s; got %s",
	    username_kind_name(want), username_kind_name(v->kind));
}

static bool
template_call(struct template_run *run, const struct template_command *c,
    const struct template_operand *head, int nargs,
    const struct username_value *last, struct username_value *out)
{
	struct username_value args[ARGS_MAX + 1];
	struct username_call fn_call = { .arena = run->arena,
		.data = run->data,
		.args = args,
		.nargs = nargs + (last != NULL) };

	if (!template_check_arg_count(run, head, fn_call.nargs))
		return false;
	for (int i = 0; i < nargs; i++)
		if (!template_run_operand(run, c, &head[i + 1], &args[i]) ||
		    !template_check_arg_kind(run, head,
			template_argument_type(head->function->args, i),
			&head[i + 1], &args[i]))
			return false;
	if (last) {
		args[nargs] = *last;
		if (!template_check_arg_kind(run, head,
			template_argument_type(head->function->args, nargs),
			NULL, last))
			return false;
	}
	return head->function->call(&fn_call, out) ||
	    template_run_error(run, c->at, c->end - c->at,
		"error calling %s: %s", head->function->name, fn_call.why);
}

static bool
template_run_pipe(struct template_run *run, const struct template_pipe *pipe,
    struct username_value *out)
{
	struct username_value last;
	bool has_last = false;

	for (const struct template_command *c = pipe->first; c; c = c->next) {
		const struct template_operand *head = &c->operands[0];
		bool ok = head->kind == CALL
		    ? template_call(
			  run, c, head, c->n - 1, has_last ? &last : NULL, out)
		    : template_run_operand(run, c, head, out);

		if (!ok)
			return false;
		last = *out;
		has_last = true;
	}
	return true;
}

static bool
template_run_list(
    struct template_run *run, const struct template_node *node, struct buf *out)
{
	for (; node; node = node->next) {
		struct username_value v;

		if (node->text.p) {
			buf_slice(out, node->text);
			continue;
		}
		if (!template_run_pipe(run, node->pipe, &v))
			return false;
		if (!node->is_branch)
			buf_str(out, username_value_string(run->arena, &v));
		else if (!template_run_list(run,
			     username_is_value_true(&v) ? node->then_nodes
							: node->else_nodes,
			     out))
			return false;
	}
	return true;
}

char *
username_template_render(struct arena *a, const struct username_template *t,
    const struct username_data *data, struct error *e)
{
	struct template_run run = { a, t, data, e };
	char *name = NULL;
	struct buf out;

	buf_init(&out, USERNAME_MAX_BYTES);
	buf_str(&out, "");
	if (template_run_list(&run, t->first, &out)) {
		if (out.over)
			error_set(e, 400,
			    "unable to apply template: name too "
			    "long");
		else
			name = arena_strndup(a, out.p, out.n);
	}
	buf_release(&out);
	return name;
}
