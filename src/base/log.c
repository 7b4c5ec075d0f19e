/*
 * Log lines in Vault's two formats.
 */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/duration.h"
#include "base/line_sink.h"
#include "base/json/jsontext.h"

static const char *const log_level_names[] = { "trace", "debug", "info", "warn",
	"error" };
static const char *const log_level_tags[] = { "[TRACE]", "[DEBUG]", "[INFO] ",
	"[WARN] ", "[ERROR]" };

const char *
log_level_name(enum log_level level)
{
	return log_level_names[level];
}

bool
log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0;
	     i < sizeof(log_level_names) / sizeof(log_level_names[0]); i++) {
		if (strcasecmp(text, log_level_names[i]) == 0) {
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
	for (int i = 0; i < l->noverrides; i++)
		if (strcmp(l->overrides[i].name, name) == 0)
			return l->overrides[i].level;
	return l->has_runtime_level ? l->runtime_level : l->level;
}

void
log_level_set(struct log *l, const char *name, enum log_level level)
{
	int i = 0;

	if (!name) {
		l->noverrides = 0;
		l->has_runtime_level = true;
		l->runtime_level = level;
		return;
	}
	while (i < l->noverrides && strcmp(l->overrides[i].name, name) != 0)
		i++;
	if (i == LOG_OVERRIDES_MAX)
		return;
	l->noverrides += i == l->noverrides;
	l->overrides[i] = (struct log_override){ name, level };
}

void
log_level_reset(struct log *l, const char *name)
{
	if (name) {
		log_level_set(l, name, l->level);
		return;
	}
	l->noverrides = 0;
	l->has_runtime_level = false;
}

/* As one more value of hclog's. */
static void
log_add_node(const struct log *l, char *text, size_t size)
{
	size_t n = strlen(text);

	if (l->node)
		snprintf(text + n, size - n, "%s node=%s",
		    strchr(text, '=') ? "" : ":", l->node);
}

void
log_msg(const struct log *l, enum log_level level, const char *name,
    const char *fmt, ...)
{
	char text[2000];
	char now_text[RFC3339_MAX], real_text[RFC3339_MAX] = "";
	int64_t real_ns;
	struct buf line;
	va_list ap;

	if (!l || !l->out || level < log_level_of(l, name))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_add_node(l, text, sizeof(text));
	rfc3339_ms(l->now_ns ? l->now_ns(l->time_arg) : 0, now_text);
	real_ns = l->real_if_moved_ns ? l->real_if_moved_ns(l->time_arg) : 0;
	if (real_ns)
		rfc3339_ms(real_ns, real_text);
	buf_init(&line, 0);
	if (l->json) {
		buf_printf(&line,
		    "{\"@level\":\"%s\",\"@message\":", log_level_names[level]);
		jsontext_quote(&line, text, strlen(text));
		buf_printf(&line,
		    ",\"@module\":\"%s\",\"@timestamp\":\"%s\"%s%s%s}\n", name,
		    now_text, real_ns ? ",\"real\":\"" : "", real_text,
		    real_ns ? "\"" : "");
	} else {
		buf_printf(&line, "%s %s %s: %s%s%s\n", now_text,
		    log_level_tags[level], name, text, real_ns ? " real=" : "",
		    real_text);
	}
	line_sink_write(l->out, line.p, line.n);
	buf_release(&line);
}
