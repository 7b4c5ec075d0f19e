/*
 * Templates of OIDC roles (Vault 1.19: sdk/helper/identitytpl in JSON mode):
 * strings come out quoted, what an entity lacks is "" or {}.
 */
#include "secrets/identity/oidc_template.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/token/identity.h"

#define NOT_FOUND "no value could be found for one of the template directives"

/* What one template is rendered for. */
struct oidc_template {
	struct vault *vault;
	struct arena *arena;
	struct buf *out;
	const char *entity_id;
	struct error *error;
};

/* The text behind prefix, or NULL. */
static const char *
oidc_template_after(const char *text, const char *prefix)
{
	return starts_with(text, prefix) ? text + strlen(prefix) : NULL;
}

static void
oidc_template_put_quoted(struct buf *out, const char *text)
{
	go_quote(out, text, strlen(text));
}

/* An object of strings, or the one that key names. */
static void
oidc_template_put_map(struct buf *out, const json_t *map, const char *key)
{
	const char *text = key ? json_string_value(json_object_get(map, key))
			       : NULL;

	if (key)
		oidc_template_put_quoted(out, text ? text : "");
	else if (json_is_object(map))
		jsontext_put(out, map);
	else
		buf_str(out, "{}");
}

/* "id", "name", "metadata", "metadata.K" and the like of an entity or alias. */
static bool
oidc_template_put_member(
    struct oidc_template *t, const json_t *object, const char *name, bool alias)
{
	static const char *const maps[] = { "metadata", "custom_metadata" };

	if (strcmp(name, "id") == 0 || strcmp(name, "name") == 0) {
		oidc_template_put_quoted(t->out, jsontree_string(object, name));
		return true;
	}
	for (int i = 0; i < 1 + alias; i++) {
		const char *rest = oidc_template_after(name, maps[i]);

		if (!rest || (*rest && *rest != '.'))
			continue;
		oidc_template_put_map(t->out, json_object_get(object, maps[i]),
		    *rest ? rest + 1 : NULL);
		return true;
	}
	return error_set(t->error, 400, NOT_FOUND);
}

/* "ACCESSOR.name" and the like; an alias that is not there is empty. */
static bool
oidc_template_put_alias(struct oidc_template *t, const char *rest)
{
	const char *dot = strchr(rest, '.');
	json_t *list, *one, *found = NULL;
	bool ok;
	size_t i;

	if (!dot)
		return error_set(t->error, 400, "invalid alias selector");
	list = identity_aliases(t->vault, IDENTITY_ALIAS, t->entity_id);
	json_array_foreach (list, i, one) {
		const char *accessor = jsontree_string(one, "mount_accessor");

		if (!found && strlen(accessor) == (size_t)(dot - rest) &&
		    strncmp(accessor, rest, (size_t)(dot - rest)) == 0)
			found = one;
	}
	ok = oidc_template_put_member(t, found, dot + 1, true);
	json_decref(list);
	return ok;
}

/* Names or ids of all groups that the entity is in; null for none. */
static void
oidc_template_put_groups(struct oidc_template *t, bool names)
{
	json_t *ids = identity_groups_of(t->vault, t->entity_id), *id;
	json_t *above = identity_parent_groups(t->vault, ids);
	json_t *list = json_array();
	size_t i;

	json_array_extend(ids, above);
	json_array_foreach (ids, i, id) {
		json_t *group = identity_get(
		    t->vault, IDENTITY_GROUP, json_string_value(id));

		json_array_append(
		    list, names ? json_object_get(group, "name") : id);
		json_decref(group);
	}
	list = jsontree_or_null(list);
	jsontext_put(t->out, list);
	json_decref(list);
	json_decref(above);
	json_decref(ids);
}

static bool
oidc_template_put_entity(struct oidc_template *t, const char *name)
{
	const char *alias = oidc_template_after(name, "aliases.");
	json_t *entity;
	bool ok;

	if (alias)
		return oidc_template_put_alias(t, alias);
	if (strcmp(name, "groups.names") == 0 ||
	    strcmp(name, "groups.ids") == 0) {
		oidc_template_put_groups(t, name[7] == 'n');
		return true;
	}
	entity = identity_get(t->vault, IDENTITY_ENTITY, t->entity_id);
	ok = oidc_template_put_member(t, entity, name, false);
	json_decref(entity);
	return ok;
}

/* "now", "now.plus.1h", "now.minus.30"; in seconds. */
static bool
oidc_template_put_time(struct oidc_template *t, const char *text)
{
	int64_t now_ns = vault_now(t->vault), duration_ns = 0;
	const char *rest = oidc_template_after(text, "now");
	const char *plus = rest ? oidc_template_after(rest, ".plus.") : NULL;
	const char *minus = rest ? oidc_template_after(rest, ".minus.") : NULL;
	const char *why;

	if (!rest || (*rest && *rest != '.'))
		return error_set(t->error, 400, "invalid time selector %s",
		    go_quoted(t->arena,
			arena_strndup(t->arena, text, strcspn(text, "."))));
	if (*rest && !strchr(rest + 1, '.'))
		return error_set(t->error, 400, "missing time operand");
	if (*rest && !plus && !minus)
		return error_set(t->error, 400, "invalid time operator %s",
		    go_quoted(t->arena,
			arena_strndup(
			    t->arena, rest + 1, strcspn(rest + 1, "."))));
	why = *rest
	    ? duration_parse_why(t->arena, plus ? plus : minus, &duration_ns)
	    : NULL;
	if (why)
		return error_set(t->error, 400, "invalid duration: %s", why);
	now_ns += plus ? duration_ns : -duration_ns;
	buf_int(t->out, now_ns / NSEC_PER_SEC);
	return true;
}

static bool
oidc_template_put_directive(struct oidc_template *t, char *directive)
{
	const char *name = trim_space(directive);
	const char *rest = oidc_template_after(name, "identity.entity.");
	char *value;

	if (rest)
		return oidc_template_put_entity(t, rest);
	rest = oidc_template_after(name, "time.");
	if (rest)
		return oidc_template_put_time(t, rest);
	if (!starts_with(name, "identity.groups."))
		return error_set(t->error, 400, NOT_FOUND);
	value = identity_template(t->vault, t->entity_id, name);
	if (!value)
		return error_set(t->error, 400,
		    "string contains groups template directives but no groups "
		    "were provided");
	buf_str(t->out, value);
	free(value);
	return true;
}

bool
oidc_template_render(struct vault *v, struct arena *a, struct buf *out,
    const char *template, const char *entity_id, struct error *e)
{
	struct oidc_template t = { v, a, out, entity_id, e };
	const char *open = strstr(template, "{{"), *close, *next;

	next = open ? open : template + strlen(template);
	close = strstr(template, "}}");
	if (close && close < next)
		return error_set(e, 400, "unbalanced templating characters");
	buf_add(out, template, (size_t)(next - template));
	while (open) {
		template = open + 2;
		next = strstr(template, "{{");
		close = strstr(template, "}}");
		if (!close || (next && close > next) ||
		    (strstr(close + 2, "}}") &&
			(!next || strstr(close + 2, "}}") < next)))
			return error_set(
			    e, 400, "unbalanced templating characters");
		if (!oidc_template_put_directive(&t,
			arena_strndup(a, template, (size_t)(close - template))))
			return false;
		template = close + 2;
		buf_add(out, template,
		    next ? (size_t)(next - template) : strlen(template));
		open = next;
	}
	return true;
}

/* The claims that Vault sets itself. */
static const char *const oidc_reserved_claims[] = { "iat", "aud", "exp", "iss",
	"sub", "namespace", "nonce", "auth_time", "at_hash", "c_hash" };

#define RESERVED \
	"iat, aud, exp, iss, sub, namespace, nonce, auth_time, at_hash, c_hash"

/* Go's json.Unmarshal into an object; the object in *clean. */
static bool
oidc_template_parse_object(
    const struct buf *text, struct buf *clean, struct error *e)
{
	const char *kind;
	struct error inner = { 0 };
	long n = jsontext_clean(
	    clean, text->n ? text->p : "", text->n, JSONTEXT_DIGITS, &inner);

	if (n < 0 && (ends_with(inner.text, "EOF")))
		return error_set(e, 400,
		    "error parsing template JSON: unexpected end of JSON "
		    "input");
	if (n < 0)
		return error_set(
		    e, 400, "error parsing template JSON: %s", inner.text);
	n += (long)strspn(text->p + n, " \t\r\n");
	if (text->p[n])
		return error_set(e, 400,
		    "error parsing template JSON: invalid character '%c' after "
		    "top-level value",
		    text->p[n]);
	switch (jsontext_kind((struct slice){ clean->p, clean->n })) {
	case '{':
	case 'n':
		return true;
	case '[':
		kind = "array";
		break;
	case '"':
		kind = "string";
		break;
	case '0':
		kind = "number";
		break;
	default:
		kind = "bool";
	}
	return error_set(e, 400,
	    "error parsing template JSON: json: cannot unmarshal %s into Go "
	    "value of type map[string]interface {}",
	    kind);
}

bool
oidc_template_check(
    struct vault *v, struct arena *a, const char *template, struct error *e)
{
	struct error why = { 0 };
	struct buf text, clean;
	bool ok;

	buf_init(&text, 0);
	buf_init(&clean, 0);
	ok = oidc_template_render(v, a, &text, template, "", &why);
	if (!ok)
		error_set(e, 400, "error parsing template: %s", why.text);
	ok = ok && oidc_template_parse_object(&text, &clean, e);
	for (size_t i = 0; ok &&
	     i < sizeof(oidc_reserved_claims) / sizeof(oidc_reserved_claims[0]);
	     i++)
		if (jsontext_get((struct slice){ clean.p, clean.n },
			oidc_reserved_claims[i])
			.p)
			ok = error_set(e, 400,
			    "top level key \"%s\" not allowed. Restricted "
			    "keys: " RESERVED,
			    oidc_reserved_claims[i]);
	buf_release(&text);
	buf_release(&clean);
	return ok;
}
