/*
 * Every dialect of globs: names and texts, paths of rules, paths of policies.
 * No pattern takes longer than its length times the text's, for each "**".
 */
#ifndef MV_BASE_GLOB_H
#define MV_BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* "*" is anything, as often as it stands there; nothing else is special. This
 * is ryanuber/go-glob, which Vault uses for names. */
bool glob_match(const char *pattern, const char *text);

/* Paths of rules: "*" is a segment or a part of one, "+" alone one segment,
 * "**" the rest. */
bool glob_match_path(const char *pattern, const char *path);
/* The same, but a slash at the end of either does not matter. */
bool glob_match_path_loose(const char *pattern, const char *path);

/*
 * Paths of policies, with their final "*" cut off: "+" alone is one segment.
 * is_prefix says that there was a "*": the last segment is a prefix then, and
 * more may follow. The path has n bytes.
 */
bool glob_match_policy_path(
    const char *pattern, bool is_prefix, const char *path, size_t n);

#endif
