/*
 * An outage as a line of text, 'PRESET[,k=v...][@MATCH]', from flags and the
 * environment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fault/outage/outage.h"

/* "k=v": for, after, clock and id are the outage's own, the rest params. */
static bool
outage_flag_read_pair(char *pair, json_t *body, json_t *params, struct error *c)
{
	char *eq = strchr(pair, '=');

	if (!eq)
		return error_field(c, "", "", "\"%s\" is no name=value", pair);
	*eq++ = '\0';
	if (strcmp(pair, "for") == 0 || strcmp(pair, "after") == 0 ||
	    strcmp(pair, "clock") == 0 || strcmp(pair, "id") == 0)
		json_object_set_new(body, pair, json_string(eq));
	else
		json_object_set_new(params, pair, json_string(eq));
	return true;
}

static bool
outage_flag_read_match(const char *text, json_t *body, struct error *c)
{
	json_t *match;

	if (!*text)
		return error_field(c, "", "match",
		    "nothing stands after @, as in @auth/*/login");
	if (*text != '{') {
		json_object_set_new(
		    body, "match", json_pack("{s:s}", "path", text));
		return true;
	}
	match = json_loads(text, 0, NULL);
	if (!match)
		return error_field(c, "", "match", "is no JSON: %s", text);
	json_object_set_new(body, "match", match);
	return true;
}

bool
outage_start_from_flag(struct faults *f, const char *text, struct error *c)
{
	char *copy = xstrdup(text), *rest = copy, *name, *pair;
	char *match = strchr(copy, '@');
	json_t *params = json_object();
	json_t *body = json_pack("{s:o}", "params", params);
	json_t *answer = NULL;
	bool ok = true;
	int status;

	if (match)
		*match++ = '\0';
	name = strsep(&rest, ",");
	while (ok && (pair = strsep(&rest, ",")))
		ok = outage_flag_read_pair(pair, body, params, c);
	if (ok && match)
		ok = outage_flag_read_match(match, body, c);
	if (ok)
		answer = outage_start(f, name, body, &status, c);
	json_decref(body);
	json_decref(answer);
	free(copy);
	return answer != NULL;
}
