/*
 * Lists in slices, by an alarm of the vault's clock that is due at once.
 */
#include "api/listing.h"

#include <string.h>

#include "api/api_internal.h"
#include "base/json/jsontext.h"
#include "core/mount/mount.h"
#include "core/seal/seal.h"

/* Within the request, and between two looks at the time. */
#define LISTING_FIRST 2048
#define LISTING_STEP 256

struct listing {
	struct request *req;
	listing_some_fn some;
	struct strs keys;
	const char *after;
	bool is_read, is_written; /* all of it */
	size_t written;
	int64_t mount_id;
	const char *mount_uuid;
	struct alarm alarm;
};

static void
listing_wait(struct listing *l)
{
	struct clock *clock = l->req->vault->clock;

	alarm_set(clock, &l->alarm, clock_now(clock));
}

/* Time has passed: the mount may have gone, the vault may be sealed. */
static bool
listing_may_go_on(struct listing *l)
{
	struct request *req = l->req;

	req->mount = mount_by_id(req->vault, l->mount_id);
	if (req->mount && strcmp(req->mount->uuid, l->mount_uuid) != 0)
		req->mount = NULL;
	if (seal_is_sealed(req->vault))
		return refuse(req, 503, "Vault is sealed");
	return req->mount ||
	    refuse(req, 404,
		"no handler for route \"%s\". route entry not found.",
		req->path);
}

/* Reads on while there is time. */
static void
listing_read(struct listing *l)
{
	struct request *req = l->req;
	bool more = true;

	while (more && !clock_slice_is_over(req->vault->clock))
		more = l->some(req, &l->keys, &l->after, LISTING_STEP);
	l->is_read = !more;
}

/* The same for the answer's text; true at its end. */
static bool
listing_write(struct listing *l)
{
	struct buf *out = &l->req->reply.data;

	if (l->written == 0) {
		buf_clear(out);
		buf_str(out, "{\"keys\":[");
	}
	while (l->written < l->keys.n &&
	    (l->written % LISTING_STEP != LISTING_STEP - 1 ||
		!clock_slice_is_over(l->req->vault->clock))) {
		if (l->written > 0)
			buf_char(out, ',');
		jsontext_quote_str(out, l->keys.items[l->written++]);
	}
	if (l->written < l->keys.n)
		return false;
	buf_str(out, "]}");
	return true;
}

/* The answer goes out in a pass of its own. */
static void
listing_on_alarm(void *arg, int64_t now_ns)
{
	struct listing *l = arg;
	struct request *req = l->req;

	(void)now_ns;
	if (!listing_may_go_on(l)) {
		req->fault.cancel = NULL;
		pipeline_resume(req, HANDLED);
	} else if (l->is_written) {
		req->fault.cancel = NULL;
		pipeline_resume(req,
		    l->keys.n > 0 ? reply_written(req)
				  : reply_keys(req, &l->keys));
	} else {
		if (!l->is_read)
			listing_read(l);
		else
			l->is_written = l->keys.n == 0 || listing_write(l);
		listing_wait(l);
	}
}

static void
listing_cancel(struct request *req)
{
	struct listing *l = req->fault.cancel_arg;

	alarm_cancel(req->vault->clock, &l->alarm);
	pipeline_abandon(req);
}

enum handler_result
listing_reply(struct request *req, listing_some_fn some)
{
	struct strs keys = strs_in(req->arena);
	const char *after = NULL;
	bool more = some(req, &keys, &after, LISTING_FIRST);
	struct listing *l;

	while (more && req->internal && !req->forwarded)
		more = some(req, &keys, &after, LISTING_FIRST);
	if (!more)
		return reply_keys(req, &keys);
	l = arena_zalloc(req->arena, sizeof(*l));
	l->req = req;
	l->some = some;
	l->keys = keys;
	l->after = after;
	l->mount_id = req->mount->id;
	l->mount_uuid = arena_strdup(req->arena, req->mount->uuid);
	alarm_init(&l->alarm, listing_on_alarm, l);
	listing_wait(l);
	req->fault.cancel_arg = l;
	req->fault.cancel = listing_cancel;
	return PENDING;
}
