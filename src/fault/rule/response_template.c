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
	int64_t now_ns = vault_now(r->faults->vault);
	int64_t end = time_after_ns(r->window_start_ns, r->when.over_per_ns);

	if (r->blocked_until_ns > end)
		end = r->blocked_until_ns;
	return end > now_ns ? (end - now_ns) / NSEC_PER_SEC : 0;
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

static bool
template_put_rate_limit(
    struct buf *out, struct slice name, const struct rule *r)
{
	if (slice_is(name, "retry_after"))
		buf_int(out, template_seconds_left(r));
	else if (slice_is(name, "limit"))
		buf_int(out, r->when.over_rate);
	else if (slice_is(name, "remaining"))
		buf_int(out, 0);
	else if (slice_is(name, "reset"))
		buf_int(out, template_seconds_left(r));
	else
		return false;
	return true;
}

/* What each auth method says when a role or user is not there; "$" stands for
 * the role. Methods whose back end is elsewhere say what they say most. */
static const struct {
	const char *type, *text;
} template_login_refusals[] = {
	{ "approle", "invalid role or secret ID" },
	{ "userpass", "invalid username or password" },
	{ "ldap", "ldap operation failed: failed to bind as user" },
	{ "kubernetes", "invalid role name \"$\"" },
	{ "azure", "invalid role name \"$\"" },
	{ "jwt", "role \"$\" could not be found" },
	{ "oidc", "role \"$\" could not be found" },
	{ "aws", "entry for role \"$\" not found" },
	{ "alicloud", "entry for role $ not found" },
	{ "gcp", "role \"$\" not found" },
	{ "github", "user is not part of required org" },
	{ "cert", "invalid certificate or no client certificate supplied" },
	{ "radius", "access denied by the authentication server" },
	{ NULL, "invalid role or secret ID" },
};

/* Text of the client's within a JSON string. */
static void
template_put_escaped(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		if ((unsigned char)*text < ' ')
			buf_printf(out, "\\u%04x", (unsigned)*text);
		else
			buf_char(out, *text);
	}
}

static void
template_put_login_refusal(struct buf *out, const struct request_info *f)
{
	json_t *body = json_loadb(
	    f->body.p ? f->body.p : "", f->body.n, 0, NULL);
	const char *role = json_string_value(json_object_get(body, "role"));
	struct buf text;
	int i = 0;

	while (template_login_refusals[i].type &&
	    strcmp(template_login_refusals[i].type,
		template_str_or_empty(f->mount_type)) != 0)
		i++;
	buf_init(&text, 0);
	for (const char *p = template_login_refusals[i].text; *p; p++)
		if (*p == '$')
			buf_str(&text, template_str_or_empty(role));
		else
			buf_char(&text, *p);
	template_put_escaped(out, text.p ? text.p : "");
	buf_release(&text);
	json_decref(body);
}

/* Writes what a {{name}} stands for; false: there is no such name. */
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
	else if (slice_is(s, "login_refusal"))
		template_put_login_refusal(out, f);
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
