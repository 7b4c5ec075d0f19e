/*
 * Templates of answers: {{name}} is replaced by a value of the request or of
 * its rule. An unknown name stays as it is.
 */
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "core/vault.h"
#include "fault/rule/rule.h"

uint64_t
action_random(const struct action_context *ctx, int salt)
{
	return rule_random(
	    ctx->rule, ctx->ordinal, 16 * ctx->action_index + salt);
}

/* Vault 1.19: whole seconds until the window (or block) ends, rounded down: 0
 * within the last second. */
static int64_t
template_seconds_left(const struct rule *r)
{
	int64_t now = vault_now(r->faults->vault);
	int64_t end = r->window_start_ns + r->when.over_per_ns;

	if (r->blocked_until_ns > end)
		end = r->blocked_until_ns;
	return end > now ? (end - now) / NSEC_PER_SEC : 0;
}

static void
template_put_uuid(struct buf *out, const struct action_context *ctx)
{
	uint64_t words[2] = { action_random(ctx, 1), action_random(ctx, 2) };
	char text[UUID_LEN + 1];
	uint8_t bytes[16];

	memcpy(bytes, words, sizeof(bytes));
	uuid_format(bytes, text);
	buf_str(out, text);
}

static const char *
template_str_or_empty(const char *text)
{
	return text ? text : "";
}

/* Vault 1.19: a blocked client gets no header about the window. */
static bool
template_put_rate_limit(
    struct buf *out, struct slice name, const struct rule *r)
{
	bool blocking = r->when.over_block_ns > 0;

	if (slice_is(name, "retry_after"))
		buf_int(out, template_seconds_left(r));
	else if (slice_is(name, "limit") && !blocking)
		buf_int(out, r->when.over_rate);
	else if (slice_is(name, "remaining") && !blocking)
		buf_int(out, 0);
	else if (slice_is(name, "reset") && !blocking)
		buf_int(out, template_seconds_left(r));
	else
		return slice_is(name, "limit") || slice_is(name, "remaining") ||
		    slice_is(name, "reset");
	return true;
}

static bool
template_put_name(struct buf *out, const char *name, size_t n,
    const struct action_context *ctx)
{
	const struct request_info *f = ctx->request_info;
	struct slice s = { name, n };

	if (slice_is(s, "path"))
		buf_str(out, template_str_or_empty(f->path));
	else if (slice_is(s, "method"))
		buf_str(out, template_str_or_empty(f->method));
	else if (slice_is(s, "query_suffix"))
		buf_printf(out, "%s%s", f->query && *f->query ? "?" : "",
		    template_str_or_empty(f->query));
	else if (slice_is(s, "mount"))
		buf_str(out, template_str_or_empty(f->mount));
	else if (slice_is(s, "client_ip"))
		buf_str(out, template_str_or_empty(f->client_ip));
	else if (slice_is(s, "host"))
		buf_str(out,
		    template_str_or_empty(
			f->header ? f->header(f->header_arg, "Host") : NULL));
	else if (slice_is(s, "rule"))
		buf_str(out, ctx->rule->id);
	else if (slice_is(s, "uuid"))
		template_put_uuid(out, ctx);
	else
		return template_put_rate_limit(out, s, ctx->rule);
	return true;
}

const char *
template_fill(const char *text, const struct action_context *ctx)
{
	struct buf out;
	const char *open;
	char *filled;

	if (!strstr(text, "{{"))
		return arena_strdup(ctx->arena, text);
	buf_init(&out, 0);
	while ((open = strstr(text, "{{"))) {
		const char *end = strstr(open, "}}");

		if (!end)
			break;
		buf_add(&out, text, (size_t)(open - text));
		if (!template_put_name(
			&out, open + 2, (size_t)(end - open) - 2, ctx))
			buf_add(&out, open, (size_t)(end - open) + 2);
		text = end + 2;
	}
	buf_str(&out, text);
	filled = arena_strndup(ctx->arena, out.p ? out.p : "", out.n);
	buf_release(&out);
	return filled;
}
