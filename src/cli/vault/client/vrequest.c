/*
 * Requests: their headers, retries, redirects, and the errors of answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/client/show_request.h"
#include "cli/vault/client/vclient.h"
#include "cli/vault/output/gotext.h"
#include "clock/clock.h"
#include "clock/random.h"

#define VREQUEST_WAIT_MIN_MS 1000
#define VREQUEST_WAIT_JITTER_MS 500

void
vrequest_init(struct vrequest *r, const char *method, const char *path)
{
	memset(r, 0, sizeof(*r));
	r->method = method;
	r->path = path;
	buf_init(&r->query, 0);
}

/* Go refuses to send what cannot be printed. */
static bool
vrequest_token_ok(const char *token)
{
	size_t n = strlen(token);

	while (n) {
		uint32_t cp;
		size_t len = utf8_next(token, n, &cp);

		if (cp < 32 || (cp >= 127 && cp < 0xa1) || cp == 0xad ||
		    cp == 0x2028 || cp == 0x2029)
			return false;
		token += len;
		n -= len;
	}
	return true;
}

/* The TTL that asks for a wrapped answer, or "". */
static const char *
vrequest_wrap_ttl(struct vclient *c, const struct vrequest *r)
{
	const char *env = getenv("VAULT_WRAP_TTL");
	int64_t ns = goflag_number(c->flags, "wrap-ttl");

	if (c->wrap == VCLIENT_WRAP_NEVER)
		return "";
	if (c->wrap == VCLIENT_WRAP_FLAG && ns)
		return gotext_duration(c->arena, ns);
	if (env && *env)
		return env;
	if ((strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0) &&
	    strcmp(r->path, "sys/wrapping/wrap") == 0)
		return "5m";
	return "";
}

static struct headers
vrequest_headers(struct vclient *c, const struct vrequest *r)
{
	struct headers h = c->headers;
	const char *ttl = vrequest_wrap_ttl(c, r);

	/* headers_add copies the list, so the client's own stays. */
	if (r->content_type)
		headers_add(c->arena, &h, "Content-Type", r->content_type);
	if (*c->token)
		headers_add(c->arena, &h, "X-Vault-Token", c->token);
	if (*ttl)
		headers_add(c->arena, &h, "X-Vault-Wrap-TTL", ttl);
	for (int i = 0; i < c->nmfa; i++)
		headers_add(c->arena, &h, "X-Vault-MFA", c->mfa[i]);
	if (c->policy_override)
		headers_add(c->arena, &h, "X-Vault-Policy-Override", "true");
	return h;
}

static bool
vrequest_retry_status(int status)
{
	return status == 0 || status == 412 || status == 429 ||
	    (status >= 500 && status != 501);
}

/* Errors that another try would not change. */
static bool
vrequest_is_final(const struct exchange *x)
{
	return x->timed_out || strstr(x->why, "unsupported protocol") ||
	    strstr(x->why, "no Host in request URL") ||
	    strstr(x->why, "failed to verify certificate");
}

/* Waits between two tries; false when the deadline comes before its end. */
static bool
vrequest_wait(uint64_t attempt, int64_t deadline)
{
	struct random *rng = random_new();
	int64_t ms = (int64_t)(attempt + 1) *
	    (VREQUEST_WAIT_MIN_MS +
		(int64_t)random_below(rng, VREQUEST_WAIT_JITTER_MS));
	struct timespec ts;
	bool enough = true;

	random_free(rng);
	if (deadline) {
		int64_t left = (deadline - clock_real_mono()) / 1000000;

		if (left < ms) {
			ms = left > 0 ? left : 0;
			enough = false;
		}
	}
	ts = (struct timespec){ .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };
	nanosleep(&ts, NULL);
	return enough;
}

/* "Get", "Put": methods as Go's errors spell them. */
static char *
vrequest_method_word(struct arena *a, const char *method)
{
	char *word = arena_strdup(a, method);

	lower_ascii(word + 1);
	return word;
}

/* Why Go would not even begin with this URL, or NULL. */
static const char *
vrequest_url_problem(struct arena *a, const struct address *url)
{
	const char *port = address_port(a, url);

	if (strcmp(url->scheme, "http") != 0 &&
	    strcmp(url->scheme, "https") != 0)
		return arena_printf(a, "unsupported protocol scheme %s",
		    gotext_quote(a, url->scheme));
	if (url->socket)
		return NULL;
	if (*url->host == '\0')
		return "http: no Host in request URL";
	return strtoul(port, NULL, 10) > UINT16_MAX
	    ? arena_printf(a, "dial tcp: address %s: invalid port", port)
	    : NULL;
}

/* One URL with its retries. */
static bool
vrequest_try(struct vclient *c, const struct vrequest *r,
    const struct address *url, const struct headers *h, int64_t deadline,
    struct exchange *x)
{
	uint64_t tries = r->once ? 0 : c->max_retries;

	for (uint64_t i = 0;; i++) {
		*x = (struct exchange){ .arena = c->arena,
			.method = r->method,
			.url = *url,
			.headers = h,
			.body = r->body,
			.trust = &c->trust,
			.proxy = c->has_proxy ? &c->proxy : NULL };
		if (deadline) {
			x->deadline_ms = (deadline - clock_real_mono()) /
			    1000000;
			if (x->deadline_ms < 1)
				x->deadline_ms = 1;
		}
		x->why = vrequest_url_problem(c->arena, url);
		if (x->why)
			buf_init(&x->reply_body, 0);
		else
			(void)exchange_run(x);
		if (i >= tries ||
		    (x->answered ? !vrequest_retry_status(x->status)
				 : vrequest_is_final(x)))
			break;
		if (!vrequest_wait(i, deadline)) {
			x->why = "context deadline exceeded";
			x->timed_out = true;
			x->answered = false;
			break;
		}
		buf_release(&x->reply_body);
	}
	if (!x->answered && x->why && !x->timed_out)
		x->why = arena_printf(c->arena, "%s \"%s\": %s",
		    vrequest_method_word(c->arena, r->method),
		    address_url(c->arena, url), x->why);
	return x->answered;
}

/* The errors of a refusal's body: an array of texts, or NULL in .p when the
 * body is something else. */
static struct slice
vrequest_errors(struct arena *a, struct slice body, bool *raw)
{
	struct slice errors = SLICE_NONE, *elements;
	struct buf b;
	size_t n;

	*raw = true;
	buf_init(&b, TRANSPORT_BODY_MAX);
	if (jsontext_clean(&b, body.p, body.n, JSONTEXT_DIGITS, NULL) > 0 &&
	    (*b.p == '{' || *b.p == 'n')) {
		struct slice clean = { arena_strndup(a, b.p, b.n), b.n };

		*raw = false;
		errors = part_get(clean, "errors");
		if (!errors.p)
			errors = part_get(clean, "Errors");
		if (errors.p && *errors.p != '[' && *errors.p != 'n')
			*raw = true;
		n = errors.p ? part_elements(a, errors, &elements) : 0;
		for (size_t i = 0; i < n; i++)
			if (jsontext_kind(elements[i]) != '"')
				*raw = true;
	}
	buf_release(&b);
	return errors;
}

static const char *
vrequest_refusal(struct vclient *c, const struct vrequest *r,
    const struct exchange *x, struct slice body)
{
	const char *ns = headers_get(&x->reply, "X-Vault-Namespace");
	struct slice errors, *elements;
	struct buf out;
	char *text;
	bool raw;
	size_t n;

	errors = vrequest_errors(c->arena, body, &raw);
	buf_init(&out, 0);
	buf_str(&out, "Error making API request.\n\n");
	if (ns && *ns && strcmp(ns, "root/") != 0)
		buf_printf(&out, "Namespace: %s\n", ns);
	buf_printf(&out, "URL: %s %s\nCode: %d. %s:\n\n", r->method,
	    address_url(c->arena, &x->url), x->status,
	    raw ? "Raw Message" : "Errors");
	if (raw)
		buf_slice(&out, body);
	n = raw || !errors.p ? 0 : part_elements(c->arena, errors, &elements);
	for (size_t i = 0; i < n; i++)
		buf_printf(
		    &out, "* %s", jsontext_string(c->arena, elements[i], NULL));
	text = arena_strndup(c->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

/* Where a redirect leads; NULL, or why it is not followed. */
static const char *
vrequest_redirect(struct vclient *c, const struct exchange *x,
    const char *query, struct address *to)
{
	const char *location = headers_get(&x->reply, "Location"), *why;

	if (!location)
		return "http: no Location header in response";
	why = address_resolve(c->arena, &x->url, location, to);
	if (why)
		return why;
	if (strcmp(x->url.scheme, "https") == 0 &&
	    strcmp(to->scheme, "https") != 0)
		return "redirect would cause protocol downgrade";
	to->query = arena_strdup(c->arena, query);
	return NULL;
}

/* Turns what came into a reply. */
static void
vrequest_take(struct vclient *c, const struct vrequest *r, struct exchange *x,
    struct vreply *reply)
{
	reply->answered = x->answered;
	reply->status = x->status;
	reply->body = (struct slice){
		arena_strndup(c->arena, x->reply_body.p ? x->reply_body.p : "",
		    x->reply_body.n),
		x->reply_body.n
	};
	if (!reply->why)
		reply->why = x->why;
	if (reply->why || !x->answered)
		return;
	if ((x->status < 200 || x->status >= 400) &&
	    !(x->status == 429 && strcmp(r->path, "sys/health") == 0)) {
		reply->refused = true;
		reply->why = vrequest_refusal(c, r, x, reply->body);
	}
}

bool
vclient_ask(struct vclient *c, struct vrequest *r, struct vreply *reply)
{
	struct address url = c->address, next;
	int64_t deadline = c->timeout_ms > 0
	    ? clock_real_mono() + c->timeout_ms * 1000000
	    : 0;
	struct headers h;
	struct exchange x;
	const char *query;

	memset(reply, 0, sizeof(*reply));
	query = arena_strndup(
	    c->arena, r->query.p ? r->query.p : "", r->query.n);
	buf_release(&r->query);
	url.path = gotext_path_join(
	    c->arena, url.path, arena_printf(c->arena, "/v1/%s", r->path));
	url.raw_path = NULL;
	url.query = arena_strdup(c->arena, query);
	if (!vrequest_token_ok(c->token)) {
		reply->why = "configured Vault token contains non-printable "
			     "characters and cannot be used";
		return false;
	}
	h = vrequest_headers(c, r);
	if (c->curl || c->policy) {
		if (r->once)
			reply->why = c->curl
			    ? "output-curl-string is not implemented for this "
			      "request"
			    : "output-policy is not implemented for this "
			      "request";
		else
			reply->why = request_show(
			    c, r->method, &url, &h, r->body);
		return false;
	}
	if (vrequest_try(c, r, &url, &h, deadline, &x) &&
	    !c->disable_redirects && x.answered &&
	    (x.status == 301 || x.status == 302 || x.status == 307)) {
		reply->why = vrequest_redirect(c, &x, query, &next);
		if (!reply->why) {
			buf_release(&x.reply_body);
			(void)vrequest_try(c, r, &next, &h, deadline, &x);
		}
	}
	vrequest_take(c, r, &x, reply);
	buf_release(&x.reply_body);
	return !reply->why;
}

bool
vclient_do(struct vclient *c, const char *method, const char *path,
    struct slice body, struct vreply *reply)
{
	struct vrequest r;

	vrequest_init(&r, method, path);
	r.body = body;
	return vclient_ask(c, &r, reply);
}
