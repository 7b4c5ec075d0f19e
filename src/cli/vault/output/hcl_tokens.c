/*
 * The words of HCL, as they are spelled.
 */
#include "cli/vault/output/hcl_tokens.h"

#include <ctype.h>
#include <string.h>

/* The end of a quoted text; ${...} may hold quotes. */
static const char *
hcl_lexeme_string_end(const char *p)
{
	int depth = 0;

	for (p++; *p && *p != '\n'; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '$' && p[1] == '{')
			depth++;
		else if (*p == '}' && depth)
			depth--;
		else if (*p == '"' && !depth)
			return p + 1;
	}
	return p;
}

/* The end of <<NAME ... NAME, with its newline. */
static const char *
hcl_lexeme_heredoc_end(const char *p)
{
	const char *name = p + 2 + (p[2] == '-');
	size_t n = strcspn(name, "\r\n");

	p = strchr(p, '\n');
	while (p) {
		const char *line = ++p;

		line += strspn(line, " \t");
		if (strncmp(line, name, n) == 0 &&
		    (line[n] == '\n' || line[n] == '\r' || !line[n]))
			return line + n;
		p = strchr(p, '\n');
	}
	return name + strlen(name);
}

static const char *
hcl_lexeme_end(const char *p, enum hcl_lexeme_kind *kind)
{
	const char *end;

	*kind = HCL_LEXEME_COMMENT;
	if (*p == '#' || (*p == '/' && p[1] == '/'))
		return p + strcspn(p, "\r\n");
	if (*p == '/' && p[1] == '*') {
		end = strstr(p + 2, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	*kind = HCL_LEXEME_MARK;
	if (strchr("={}[],", *p))
		return p + 1;
	*kind = HCL_LEXEME_WORD;
	if (*p == '"')
		return hcl_lexeme_string_end(p);
	if (*p == '<' && p[1] == '<')
		return hcl_lexeme_heredoc_end(p);
	end = p + strcspn(p, " \t\r\n={}[],\"#");
	return end > p ? end : p + 1;
}

struct hcl_lexeme *
hcl_tokens(struct arena *a, const char *text, int *n)
{
	struct hcl_lexeme *list = arena_alloc(
	    a, (strlen(text) + 1) * sizeof(*list));
	const char *p = text, *end;
	int line = 1;

	*n = 0;
	for (;;) {
		struct hcl_lexeme *t = &list[(*n)++];

		while (isspace((unsigned char)*p))
			line += *p++ == '\n';
		t->line = t->last_line = line;
		t->at = (int)(p - text);
		t->kind = HCL_LEXEME_END;
		t->text = arena_strdup(a, "");
		if (!*p)
			return list;
		end = hcl_lexeme_end(p, &t->kind);
		t->text = arena_strndup(a, p, (size_t)(end - p));
		for (; p < end; p++)
			line += *p == '\n';
		t->last_line = line;
	}
}
