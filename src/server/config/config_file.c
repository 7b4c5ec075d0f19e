/*
 * Configuration files: what stands where, in which order it is read, and how
 * several files become one. Fields are in config_fields.c, listeners are in
 * config_listener.c, storage and seals in config_storage.c, single values in
 * config_value.c.
 */
#include "server/config/config_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/go_text.h"
#include "base/text.h"
#include "server/config/config_fields.h"

#define FILE_MAX ((size_t)4 << 20)

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- lockouts ---- */

#define LOCKOUT(name, type, check)                                    \
	{                                                             \
#name, type, offsetof(struct lockout_defaults, name), \
		    "error parsing " #name ": ", check                \
	}

static bool
config_check_lockout_duration(struct config_loader *l, const void *base)
{
	const struct lockout_defaults *one = base;

	return one->lockout_duration >= 0 ||
	    config_refuse(l, "lockout_duration cannot be negative");
}

static bool
config_check_lockout_reset(struct config_loader *l, const void *base)
{
	const struct lockout_defaults *one = base;

	return one->lockout_counter_reset >= 0 ||
	    config_refuse(l, "lockout_counter_reset cannot be negative");
}

static const struct config_key config_lockout_keys[] = {
	LOCKOUT(lockout_threshold, CONFIG_UNSIGNED, NULL),
	LOCKOUT(
	    lockout_duration, CONFIG_SECONDS, config_check_lockout_duration),
	LOCKOUT(
	    lockout_counter_reset, CONFIG_SECONDS, config_check_lockout_reset),
	{ "disable_lockout", CONFIG_BOOL,
	    offsetof(struct lockout_defaults, disable_lockout),
	    "invalid value for disable_lockout: ", NULL },
};

/* user_lockout "TYPE" { }; -1 stands for what is not said. Vault 1.19 does not
 * warn of what it does not know there. */
static bool
config_read_lockout(
    struct config_loader *l, const struct hcl_item *item, int index)
{
	static const char *const types[] = { "all", "ldap", "approle",
		"userpass" };
	const struct hcl_value *block = config_single_block(item->value);
	const struct hcl_item *own = config_find_item(block, "type");
	struct config_file *c = l->config;
	struct lockout_defaults one = { NULL, -1, -1, -1, false };
	char *type;
	int at = 0;

	l->where = arena_printf(
	    l->arena, "error parsing 'user_lockout': userLockouts.%d: ", index);
	if (!config_decode(l, "root", config_lockout_keys,
		COUNT(config_lockout_keys), block))
		return false;
	type = arena_strdup(l->arena,
	    own		      ? config_value_text(l->arena, own->value)
		: item->label ? item->label
			      : "");
	lower_ascii(type);
	l->where = arena_printf(l->arena,
	    "error parsing 'user_lockout': user_lockouts.%d: ", index);
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i], type) == 0)
			one.type = types[i];
	if (*type == '\0')
		return config_refuse(l,
		    "auth type for user lockout must be specified, if it "
		    "applies to all auth methods specify \"all\" ");
	if (!one.type)
		return config_refuse(
		    l, "unsupported auth type %s", go_quoted(l->arena, type));
	l->where = arena_printf(
	    l->arena, "error parsing 'user_lockout': user_lockouts.%d ", index);
	if (!config_parse(l, config_lockout_keys, COUNT(config_lockout_keys),
		block, &one))
		return false;
	l->where = "";
	while (at < c->nlockouts && strcmp(c->lockouts[at].type, one.type) != 0)
		at++;
	c->lockouts[at] = one;
	c->nlockouts += at == c->nlockouts;
	return true;
}

static bool
config_read_lockouts(struct config_loader *l, const struct hcl_value *root)
{
	int index = 0;

	for (int i = 0; i < root->n; i++)
		if (strcasecmp(root->items[i].key, "user_lockout") == 0 &&
		    !config_read_lockout(l, &root->items[i], index++))
			return false;
	return true;
}

/* ---- one file ---- */

/* A boolean of a version after 1.19; elsewhere it is unknown. */
static bool
config_read_newer_flag(struct config_loader *l, const struct hcl_value *root,
    const char *name, enum version_change version)
{
	const struct hcl_item *item = config_find_item(root, name);
	bool flag = false;

	return item && version_has(l->vault, version) && item->value->text &&
	    parse_bool_go(item->value->text, &flag) && flag;
}

/* enable_unauthenticated_access of 2.0. */
static void
config_read_open_access(struct config_file *c, const struct hcl_value *root)
{
	const struct hcl_item *item = config_find_item(
	    root, "enable_unauthenticated_access");

	for (int i = 0;
	     item && item->value->kind == HCL_LIST && i < item->value->n; i++) {
		const char *text = item->value->elements[i].text;

		c->open_rekey |= text && strcmp(text, "rekey") == 0;
		c->open_generate_root |= text &&
		    strcmp(text, "generate-root") == 0;
	}
}

/* Octal, as a text or as the digits of a number. */
static bool
config_read_permissions(struct config_loader *l, const struct hcl_value *root)
{
	const struct hcl_item *item = config_find_item(
	    root, "plugin_file_permissions");
	const char *why;

	if (!item)
		return true;
	if (!item->value->text)
		return config_refuse(l,
		    "1 error(s) decoding:\n\n* '' expected type 'string', got "
		    "unconvertible type '%s', value: '%s'",
		    config_go_type(item->value),
		    config_go_print(l->arena, item->value, false));
	why = go_parse_int_why(l->arena, item->value->text, 8,
	    &l->config->plugin_file_permissions);
	return !why || config_refuse(l, "%s", why);
}

static bool
config_check_experiments(struct config_loader *l)
{
	static const char *const known[] = { "events.alpha1",
		"core.audit.events.alpha1", "secrets.import.alpha1" };
	const struct strs *asked = &l->config->experiments;
	const char *bad = "";

	for (size_t i = 0; i < asked->n; i++) {
		bool found = false;

		for (size_t k = 0; k < COUNT(known); k++)
			found |= strcmp(known[k], asked->items[i]) == 0;
		if (!found)
			bad = arena_printf(l->arena, "%s%s%s", bad,
			    *bad ? ", " : "", asked->items[i]);
	}
	return *bad == '\0' ||
	    config_refuse(l,
		"error validating experiment(s) from config: valid "
		"experiment(s) are %s, %s, %s, but received the following "
		"invalid experiment(s): %s",
		known[0], known[1], known[2], bad);
}

static bool
config_read_listeners(struct config_loader *l, const struct hcl_value *root)
{
	int index = 0;

	for (int i = 0; i < root->n; i++)
		if (strcasecmp(root->items[i].key, "listener") == 0 &&
		    !config_read_listener(l, &root->items[i], index++))
			return false;
	return true;
}

/* What of an enterprise edition may stand once, and has no effect. */
static bool
config_check_once(
    struct config_loader *l, const struct hcl_value *root, const char *name)
{
	return config_count_items(root, name) < 2 ||
	    config_refuse(l,
		"error parsing '%s': only one \"%s\" block is permitted", name,
		name);
}

/* In Vault's order: of two faults the same is told. */
static bool
config_read_root(struct config_loader *l, const struct hcl_value *root)
{
	struct config_file *c = l->config;

	if (!config_decode_server(l, root) || !config_decode_shared(l, root) ||
	    !config_parse_shared(l, root) || !config_read_seals(l, root) ||
	    !config_check_once(l, root, "entropy") ||
	    !config_read_listeners(l, root) || !config_read_lockouts(l, root) ||
	    !config_read_telemetry(l, root) ||
	    !config_check_once(l, root, "cloud") ||
	    !config_parse_server(l, root) || !config_read_permissions(l, root))
		return false;
	c->has_disable_mlock = config_find_item(root, "disable_mlock");
	c->has_disable_clustering = config_find_item(
	    root, "disable_clustering");
	config_read_open_access(c, root);
	if (!config_read_storages(l, root) || !config_check_experiments(l))
		return false;
	config_warn_of_root(l, root);
	return true;
}

/* ---- several files ---- */

void
config_file_init(struct config_file *c)
{
	config_fields_init(c);
}

void
config_file_release(struct config_file *c)
{
	for (int i = 0; i < c->nlisteners; i++)
		json_decref(c->listeners[i].config);
	c->nlisteners = 0;
}

/* The addresses at the top count more than those of the storage. */
static void
config_address_storage(struct config_file *c, struct config_storage *s)
{
	if (!s->type)
		return;
	if (*c->api_addr)
		s->redirect_addr = c->api_addr;
	if (*c->cluster_addr)
		s->cluster_addr = c->cluster_addr;
	if (c->has_disable_clustering)
		s->disable_clustering = c->disable_clustering;
}

/* Adds the blocks of a later file: single ones take the place of the first,
 * seals and listeners stand behind it, a lockout takes that of its type. */
static void
config_merge_blocks(struct config_file *to, struct config_file *from)
{
	if (from->storage.type)
		to->storage = from->storage;
	if (from->ha_storage.type)
		to->ha_storage = from->ha_storage;
	if (from->service_registration)
		to->service_registration = from->service_registration;
	if (from->telemetry.given)
		to->telemetry = from->telemetry;
	for (int i = 0; i < from->nseals && to->nseals < CONFIG_SEALS_MAX; i++)
		to->seals[to->nseals++] = from->seals[i];
	for (int i = 0;
	     i < from->nlisteners && to->nlisteners < CONFIG_LISTENERS_MAX;
	     i++) {
		to->listeners[to->nlisteners++] = from->listeners[i];
		json_incref(from->listeners[i].config);
	}
	for (int i = 0; i < from->nlockouts; i++) {
		int at = 0;

		while (at < to->nlockouts &&
		    to->lockouts[at].type != from->lockouts[i].type)
			at++;
		if (at == VAULT_LOCKOUTS_MAX)
			continue;
		to->lockouts[at] = from->lockouts[i];
		to->nlockouts += at == to->nlockouts;
	}
}

/* Adds what a file said to what earlier ones did. */
static void
config_merge(struct config_file *to, struct config_file *from)
{
	struct config_warning **end = &to->warnings;

	config_merge_blocks(to, from);
	config_fields_merge(to, from);
	to->has_disable_mlock |= from->has_disable_mlock;
	to->has_disable_clustering |= from->has_disable_clustering;
	to->open_rekey |= from->open_rekey;
	to->allow_audit_log_prefixing |= from->allow_audit_log_prefixing;
	to->deny_slash_in_templated_paths |=
	    from->deny_slash_in_templated_paths;
	to->open_generate_root |= from->open_generate_root;
	config_address_storage(to, &to->storage);
	config_address_storage(to, &to->ha_storage);
	while (*end)
		end = &(*end)->next;
	*end = from->warnings;
}

static bool
config_load_text(
    struct config_loader *l, const char *text, size_t n, struct config_file *to)
{
	struct config_file *one = arena_alloc(l->arena, sizeof(*one));
	struct hcl_value *root;
	struct hcl_error e;
	bool ok;

	config_file_init(one);
	l->config = one;
	l->where = "";
	root = hcl_parse(l->arena, text, n, &e);
	if (!root)
		return config_refuse(l, "%s", e.full);
	if (version_has(l->vault, VERSION_HCL_DUPLICATES) &&
	    !hcl_check_duplicates(l->arena, root, &e))
		return config_refuse(l, "%s", e.full);
	hcl_flatten(l->arena, root);
	one->allow_audit_log_prefixing = config_read_newer_flag(
	    l, root, "allow_audit_log_prefixing", VERSION_AUDIT_PREFIX);
	one->deny_slash_in_templated_paths = config_read_newer_flag(l, root,
	    "deny_slash_in_templated_paths", VERSION_POLICY_TEMPLATE_SLASH);
	ok = config_read_root(l, root);
	if (ok)
		config_merge(to, one);
	config_file_release(one);
	return ok;
}

/* "env:NAME" is the text of that variable: a container's root may be read-only,
 * with no place for a file. */
static FILE *
config_file_open(const char *path)
{
	char *text = starts_with(path, "env:") ? getenv(path + 4) : NULL;

	return text && *text ? fmemopen(text, strlen(text), "rb")
			     : fopen(path, "rb");
}

static bool
config_load_one(
    struct config_loader *l, const char *path, struct config_file *to)
{
	FILE *f = config_file_open(path);
	char *text, reason[128];
	size_t length;

	l->where = "";
	if (!f) {
		snprintf(reason, sizeof(reason), "%s", strerror(errno));
		if (*reason >= 'A' && *reason <= 'Z')
			*reason = (char)(*reason + 32);
		return config_refuse(l, "%s %s: %s",
		    l->in_folder || errno != ENOENT ? "open" : "stat", path,
		    reason);
	}
	text = arena_alloc(l->arena, FILE_MAX);
	length = fread(text, 1, FILE_MAX, f);
	fclose(f);
	return config_load_text(l, text, length, to);
}

/* Not what editors leave behind. */
static int
config_file_filter(const struct dirent *d)
{
	return (ends_with(d->d_name, ".hcl") ||
		   ends_with(d->d_name, ".json")) &&
	    !starts_with(d->d_name, ".#");
}

static int
config_file_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Folders are passed over, whatever they are called. */
static bool
config_load_folder(struct config_loader *l, struct config_file *to)
{
	struct dirent **names;
	struct stat st;
	bool ok = true;
	int n = scandir(
	    l->path, &names, config_file_filter, config_file_compare);

	l->in_folder = true;
	for (int i = 0; i < n; i++) {
		l->file = arena_printf(
		    l->arena, "%s/%s", l->path, names[i]->d_name);
		free(names[i]);
		if (ok && stat(l->file, &st) == 0 && !S_ISDIR(st.st_mode))
			ok = config_load_one(l, l->file, to);
	}
	if (n >= 0)
		free(names);
	l->in_folder = false;
	return ok;
}

bool
config_file_load(struct config_file *c, const struct vault *v, struct arena *a,
    const char *path, struct error *e)
{
	struct config_loader l = { NULL, v, a, path, path, false, "", e };
	struct config_file *one = arena_alloc(a, sizeof(*one));
	struct stat st;
	bool ok;

	config_file_init(one);
	ok = stat(path, &st) == 0 && S_ISDIR(st.st_mode)
	    ? config_load_folder(&l, one)
	    : config_load_one(&l, path, one);
	l.where = "";
	ok = ok && config_check_seals(&l, one);
	if (ok)
		config_merge(c, one);
	config_file_release(one);
	return ok;
}

bool
config_file_load_text(struct config_file *c, const struct vault *v,
    struct arena *a, const char *text, struct error *e)
{
	struct config_loader l = { NULL, v, a, "", "", false, "", e };

	return config_load_text(&l, text, strlen(text), c);
}
