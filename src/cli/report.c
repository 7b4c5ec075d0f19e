/*
 * Reports: a list of named checks with a reason, in three forms.
 */
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct report_check {
	char *name;
	char *reason;
	bool ok;
};

struct report {
	char *suite;
	struct report_check *checks;
	size_t n;
	size_t failed;
};

static const char *const report_format_names[] = {
	[REPORT_HUMAN] = "human",
	[REPORT_JSON] = "json",
	[REPORT_JUNIT] = "junit",
	[REPORT_GITHUB] = "github",
};

bool
report_format_parse(const char *word, enum report_format *format)
{
	for (size_t i = 0;
	     i < sizeof(report_format_names) / sizeof(report_format_names[0]);
	     i++)
		if (strcmp(report_format_names[i], word) == 0) {
			*format = (enum report_format)i;
			return true;
		}
	return false;
}

struct report *
report_new(const char *suite)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->suite = xstrdup(suite);
	return r;
}

void
report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->checks[i].name);
		free(r->checks[i].reason);
	}
	free(r->checks);
	free(r->suite);
	free(r);
}

void
report_add(struct report *r, const char *name, bool ok, const char *reason)
{
	r->checks = xrealloc(r->checks, (r->n + 1) * sizeof(*r->checks));
	r->checks[r->n++] = (struct report_check){ xstrdup(name),
		xstrdup(reason), ok };
	r->failed += !ok;
}

bool
report_ok(const struct report *r)
{
	return r->failed == 0;
}

/* ---- forms ---- */

static void
report_print_human(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct report_check *c = &r->checks[i];

		fprintf(out, "%s %s%s%s\n", c->ok ? "ok  " : "FAIL", c->name,
		    *c->reason ? ": " : "", c->reason);
	}
}

/* XML 1.0 has no place for control characters. */
static void
report_put_xml(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else if (c == '\n' || c == '\t' || c == '\r')
			fprintf(out, "&#%d;", c);
		else
			fputc(c < ' ' ? '?' : c, out);
	}
}

static void
report_print_junit(const struct report *r, FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	      "  <testsuite name=\"",
	    out);
	report_put_xml(out, r->suite);
	fprintf(out,
	    "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
	    "skipped=\"0\">\n",
	    r->n, r->failed);
	for (size_t i = 0; i < r->n; i++) {
		const struct report_check *c = &r->checks[i];

		fputs("    <testcase classname=\"", out);
		report_put_xml(out, r->suite);
		fputs("\" name=\"", out);
		report_put_xml(out, c->name);
		fputs(c->ok ? "\"/>\n" : "\">\n      <failure message=\"", out);
		if (c->ok)
			continue;
		report_put_xml(out, c->reason);
		fputs("\">", out);
		report_put_xml(out, c->reason);
		fputs("</failure>\n    </testcase>\n", out);
	}
	fputs("  </testsuite>\n</testsuites>\n", out);
}

/* A property may hold neither ":" nor ","; neither may break the line. */
static void
report_put_github(FILE *out, const char *text, const char *escaped)
{
	for (; *text; text++)
		fprintf(out, strchr(escaped, *text) ? "%%%02X" : "%c",
		    (unsigned char)*text);
}

static void
report_print_github(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->checks[i].ok)
			continue;
		fputs("::error title=", out);
		report_put_github(out, r->checks[i].name, "%\r\n:,");
		fputs("::", out);
		report_put_github(out, r->checks[i].reason, "%\r\n");
		fputc('\n', out);
	}
}

static void (*const report_printers[])(const struct report *r, FILE *out) = {
	[REPORT_HUMAN] = report_print_human,
	[REPORT_JUNIT] = report_print_junit,
	[REPORT_GITHUB] = report_print_github,
};

void
report_print(const struct report *r, enum report_format format, FILE *out)
{
	if (format != REPORT_JSON)
		report_printers[format](r, out);
}
