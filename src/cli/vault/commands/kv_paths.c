/*
 * Paths and headings of vault kv.
 */
#include "cli/vault/commands/kv_paths.h"

#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/parts.h"
#include "cli/vault/output/gotext.h"

static const char *
kv_preflight_hint(struct vault_run *run, const char *path)
{
	return arena_printf(run->arena,
	    "This output flag requires the success of a preflight request \n"
	    "to determine the version of a KV secrets engine. Please \n"
	    "re-run this command with a token with read access to %s. \n"
	    "Note that if the path you are trying to reach is a KV v2 path, "
	    "your token's policy must \n"
	    "allow read access to that path in the format 'mount-path/data/"
	    "foo', not just 'mount-path/foo'.",
	    path);
}

/* Asks for the mount of a path; it is made even when requests are shown. */
static bool
kv_preflight(struct vault_run *run, const char *path, struct kv_place *out,
    const char **why)
{
	struct vclient *c = &run->client;
	enum vclient_wrap wrap = c->wrap;
	bool curl = c->curl, policy = c->policy, ok;
	struct slice options;
	struct vreply reply;
	struct secret *s;

	c->wrap = VCLIENT_WRAP_ENV;
	c->curl = c->policy = false;
	ok = vclient_do(c, "GET",
	    arena_printf(run->arena, "sys/internal/ui/mounts/%s", path),
	    SLICE_NONE, &reply);
	c->wrap = wrap;
	c->curl = curl;
	c->policy = policy;
	out->mount = "";
	out->v2 = false;
	*why = reply.why;
	if (!ok && reply.answered && reply.status == 404)
		return true;
	if (!ok && reply.answered && reply.status == 403 && (curl || policy))
		*why = kv_preflight_hint(run, path);
	if (!ok || !secret_parse(run->arena, reply.body, &s, why))
		return false;
	if (!s) {
		*why = "nil response from pre-flight request";
		return false;
	}
	out->mount = part_text(run->arena, s->data, "path");
	options = part_get(s->data, "options");
	out->v2 = options.p &&
	    strcmp(part_text(run->arena, options, "version"), "2") == 0;
	return true;
}

bool
kv_locate(
    struct vault_run *run, const char *arg, bool keep_end, struct kv_place *out)
{
	const char *mount = vrun_text(run, "mount"), *why;

	out->by_flag = *mount != '\0';
	out->partial = keep_end ? arena_strdup(run->arena, arg + (*arg == '/'))
				: gotext_sanitize_path(run->arena, arg);
	if (!kv_preflight(run,
		out->by_flag ? gotext_sanitize_path(run->arena, mount)
			     : out->partial,
		out, &why)) {
		ui_error(&run->ui, "%s", why);
		return false;
	}
	if (out->by_flag && out->v2)
		out->partial = gotext_path_join(
		    run->arena, out->mount, out->partial);
	return true;
}

/* The rest of a path behind a mount; the path itself when it is not in it. */
static const char *
kv_without(const char *path, const char *mount)
{
	size_t n = strlen(mount);

	return n && strncmp(path, mount, n) == 0 ? path + n : path;
}

char *
kv_api_path(
    struct vault_run *run, const struct kv_place *place, const char *word)
{
	const char *path = place->partial, *mount = place->mount, *rest, *next;
	size_t n = strlen(mount);
	char *head;

	if (strcmp(path, mount) == 0 ||
	    (n && mount[n - 1] == '/' && strlen(path) == n - 1 &&
		strncmp(path, mount, n - 1) == 0))
		return gotext_path_join(run->arena, mount, word);
	rest = kv_without(path, mount);
	/* In a namespace the mount's path begins with words that the given
	 * path does not have. */
	while (rest == path && (next = strchr(mount, '/')) && next[1]) {
		head = arena_strdup(run->arena, next + 1);
		n = strlen(head);
		if (n && head[n - 1] == '/')
			head[n - 1] = '\0';
		mount = head;
		rest = kv_without(path, mount);
	}
	return gotext_path_join(
	    run->arena, gotext_path_join(run->arena, mount, word), rest);
}

char *
kv_data_path(
    struct vault_run *run, const struct kv_place *place, const char *word)
{
	if (place->v2)
		return kv_api_path(run, place, word);
	if (place->by_flag)
		return gotext_path_join(
		    run->arena, place->mount, place->partial);
	return arena_strdup(run->arena, place->partial);
}

bool
kv_read(struct vault_run *run, const char *path, int64_t version,
    struct secret **out, const char **why)
{
	const char *query = version > 0
	    ? arena_printf(run->arena, "version=%lld", (long long)version)
	    : NULL;

	return logical_read(&run->client, path, query, out, why);
}

static char *
kv_equals(struct vault_run *run, const char *title, int total)
{
	int equals = total - ((int)strlen(title) + 2);
	char *line;

	if (equals <= 0)
		equals = 4;
	equals = (equals + 1) / 2;
	line = arena_alloc(run->arena, (size_t)equals + 1);
	memset(line, '=', (size_t)equals);
	line[equals] = '\0';
	return arena_printf(run->arena, "%s %s %s", line, title, line);
}

void
kv_print_path(struct vault_run *run, const char *path, const char *title)
{
	ui_output(&run->ui, "%s", kv_equals(run, title, (int)strlen(path)));
	ui_output(&run->ui, "%s", path);
	ui_output(&run->ui, "%s", "");
}

char *
kv_title(struct vault_run *run, const char *title, struct slice data)
{
	struct jsontext_member *members;
	size_t n = data.p ? part_members(run->arena, data, &members) : 0;
	int longest = 0;

	for (size_t i = 0; i < n; i++)
		if ((int)strlen(members[i].key) > longest)
			longest = (int)strlen(members[i].key);
	return kv_equals(run, title, longest + 4 + 5);
}

void
kv_print_title(struct vault_run *run, const char *title, struct slice data)
{
	ui_output(&run->ui, "%s", kv_title(run, title, data));
}

struct slice
kv_versions(struct vault_run *run)
{
	const struct goflag_value *v = goflag_find(&run->flags, "versions");
	struct kvargs data;
	struct buf list;
	struct slice s;

	buf_init(&list, 0);
	buf_char(&list, '[');
	for (int i = 0; i < v->n; i++) {
		char *copy = arena_strdup(run->arena, v->list[i]), *one;

		while ((one = strsep(&copy, ",")) != NULL) {
			one = trim_space(one);
			if (!*one)
				continue;
			buf_str(&list, list.n > 1 ? "," : "");
			jsontext_quote_str(&list, one);
		}
	}
	buf_char(&list, ']');
	s = (struct slice){ arena_strndup(run->arena, list.p, list.n), list.n };
	buf_release(&list);
	kvargs_init(&data, run->arena, true);
	kvargs_put(&data, "versions", s);
	return kvargs_json(&data);
}
