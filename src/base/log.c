/*
 * Log lines in Vault's two formats.
 */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/json/json_text.h"

static const char *const names[] = { "trace", "debug", "info", "warn",
	"error" };
static const char *const tags[] = { "[TRACE]", "[DEBUG]", "[INFO] ", "[WARN] ",
	"[ERROR]" };

const char *
log_level_name(enum log_level level)
{
	return names[level];
}

bool
log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	if (strcasecmp(text, "err") == 0) {
		*level = LOG_ERROR;
		return true;
	}
	if (strcasecmp(text, "notice") == 0) {
		*level = LOG_INFO;
		return true;
	}
	if (strcasecmp(text, "warning") == 0) {
		*level = LOG_WARN;
		return true;
	}
	return false;
}

enum log_level
log_level_of(const struct log *l, const char *name)
{
	for (int i = 0; i < l->nown; i++)
		if (strcmp(l->own[i].name, name) == 0)
			return l->own[i].level;
	return l->changed ? l->all_level : l->level;
}

void
log_level_set(struct log *l, const char *name, enum log_level level)
{
	int i = 0;

	if (!name) {
		l->nown = 0;
		l->changed = true;
		l->all_level = level;
		return;
	}
	while (i < l->nown && strcmp(l->own[i].name, name) != 0)
		i++;
	if (i == LOG_OWN_MAX)
		return;
	l->nown += i == l->nown;
	l->own[i] = (struct log_own){ name, level };
}

void
log_level_reset(struct log *l, const char *name)
{
	if (name) {
		log_level_set(l, name, l->level);
		return;
	}
	l->nown = 0;
	l->changed = false;
}

void
log_msg(const struct log *l, enum log_level level, const char *name,
    const char *fmt, ...)
{
	char text[2000];
	char when[RFC3339_MAX], real[RFC3339_MAX] = "";
	int64_t moved;
	struct buf line;
	va_list ap;

	if (!l || !l->out || level < log_level_of(l, name))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rfc3339_ms(l->now ? l->now(l->now_arg) : 0, when);
	moved = l->moved ? l->moved(l->now_arg) : 0;
	if (moved)
		rfc3339_ms(moved, real);
	buf_init(&line, 0);
	if (l->json) {
		buf_printf(&line, "{\"@level\":\"%s\",\"@message\":",
		    names[level]);
		jtext_quote(&line, text, strlen(text));
		buf_printf(&line,
		    ",\"@module\":\"%s\",\"@timestamp\":\"%s\"%s%s%s}\n", name,
		    when, moved ? ",\"real\":\"" : "", real,
		    moved ? "\"" : "");
	} else {
		buf_printf(&line, "%s %s %s: %s%s%s\n", when, tags[level],
		    name, text, moved ? " real=" : "", real);
	}
	fwrite(line.p, 1, line.n, l->out);
	fflush(l->out);
	buf_release(&line);
}
