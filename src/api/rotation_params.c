/*
 * The fields of automated rotation, as Vault 1.19's community edition reads
 * them.
 */
#include "api/rotation_params.h"

#include <string.h>

#include "api/param.h"

/* The words of a cron line, as Go prints a list: [a b]. */
static const char *
rotation_printed_words(struct arena *a, const char *line, size_t *count)
{
	char *copy = arena_strdup(a, line), *rest = NULL;
	const char *text = "";

	*count = 0;
	for (char *word = strtok_r(copy, " \t\n", &rest); word;
	     word = strtok_r(NULL, " \t\n", &rest))
		text = arena_printf(
		    a, "%s%s%s", text, (*count)++ ? " " : "", word);
	return arena_printf(a, "[%s]", text);
}

static bool
rotation_param_is_set(struct request *req, const char *name)
{
	return param_is_given(req, name) && param_duration(req, name) != 0;
}

const char *
rotation_params_problem(struct request *req)
{
	bool scheduled = param_is_given(req, "rotation_schedule");
	bool windowed = rotation_param_is_set(req, "rotation_window");
	bool periodic = rotation_param_is_set(req, "rotation_period");
	const char *schedule = scheduled ? param_str(req, "rotation_schedule")
					 : "";
	const char *printed;
	size_t words;

	if (periodic && *schedule)
		return "mutually exclusive fields rotation_schedule and "
		       "rotation_period were both specified; only one of them "
		       "can be provided";
	printed = rotation_printed_words(req->arena, schedule, &words);
	if (*schedule && *schedule != '@' && words != 5)
		return arena_printf(req->arena,
		    "failed to parse provided rotation_schedule: expected "
		    "exactly 5 fields, found %zu: %s",
		    words, printed);
	if (windowed && periodic)
		return "rotation_window does not apply to period";
	if (windowed && !scheduled)
		return "cannot use rotation_window without rotation_schedule";
	return NULL;
}

bool
rotation_params_ask(struct request *req)
{
	bool disabled = param_is_given(req, "disable_automated_rotation") &&
	    param_bool(req, "disable_automated_rotation");

	return !disabled &&
	    (rotation_param_is_set(req, "rotation_period") ||
		(param_is_given(req, "rotation_schedule") &&
		    *param_str(req, "rotation_schedule")));
}
