/*
 * Values of a configuration file, read as Vault reads them: first HashiCorp's
 * library puts what the text holds into fields with types (config_decode), then
 * Vault parses the fields that may hold anything (config_parse). Shared by the
 * files that read its parts.
 */
#ifndef MV_SERVER_CONFIG_VALUE_H
#define MV_SERVER_CONFIG_VALUE_H

#include <jansson.h>

#include "base/hcl/hcl.h"
#include "server/config/config_file.h"

struct config_loader {
	struct config_file *config;
	const struct vault *vault;
	struct arena *arena;
	const char *path;    /* as -config names it */
	const char *file;    /* the file that is read */
	bool in_folder;	     /* path is the folder of file */
	const char *where;   /* before each reason: "", or "listeners.0: " */
	struct error *error; /* "error loading configuration from ..." */
};

enum config_type {
	/* Typed by the library; what does not fit is refused with its place. */
	CONFIG_STRING,	 /* a text, or a number as it is written */
	CONFIG_TEMPLATE, /* a text that may hold a go-sockaddr template */
	CONFIG_TRUTH,	 /* true or false and nothing else */
	CONFIG_WHOLE,	 /* a whole number, or a text of one */
	CONFIG_STRINGS,	 /* struct strs, a list of texts */
	CONFIG_BLOCK,	 /* a block, which is read apart */
	/* Taken as they are and parsed by Vault. */
	CONFIG_BOOL,
	CONFIG_INT,
	CONFIG_UNSIGNED, /* int64_t all the same; larger ones are cut */
	CONFIG_SECONDS,
	CONFIG_ADDRESSES, /* struct strs, a list or with commas */
	CONFIG_ANY,	  /* known, and without effect here */
};

/* The offset of what is checked, and has no effect here. */
#define CONFIG_NOWHERE ((size_t)-1)

/* One key of a block and where its value goes. */
struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;
	const char *reason; /* before the reason: "invalid value for x: " */
	/* Refuses what was read into base, or NULL. */
	bool (*check)(struct config_loader *l, const void *base);
};

/* Sets the error and returns false. */
bool config_refuse(struct config_loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Are the values of these keys of the types that they must have? name is the
 * block's: "root", "root.telemetry". */
bool config_decode(struct config_loader *l, const char *name,
    const struct config_key *keys, size_t n, const struct hcl_value *block);
/* Puts each value where its key says, in the order of the table; of a key that
 * stands more than once the last counts. */
bool config_parse(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_value *block, void *base);
/* The key of that name in any case that the vault's version knows, or NULL. */
const struct config_key *config_find_key(const struct config_loader *l,
    const struct config_key *keys, size_t n, const char *name);
/* The last item of that name in any case, or NULL. */
const struct hcl_item *config_find_item(
    const struct hcl_value *block, const char *name);
/* How many items have that name in any case. */
int config_count_items(const struct hcl_value *block, const char *name);
/* Keeps a warning that a field is known by none of the keys, for each such. */
void config_warn_unknown(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_value *block);
/* Keeps a warning. */
void config_warn(struct config_loader *l, const char *text);
/* The block itself where JSON gives a list of one. */
const struct hcl_value *config_single_block(const struct hcl_value *v);
/* parseutil.ParseBool: Go's reason in the arena, NULL when there is none. */
const char *config_parse_bool(
    struct arena *a, const struct hcl_value *v, bool *out);
/* The type that the library gives a value, as "%T" prints it. */
const char *config_go_type(const struct hcl_value *v);
/* A value as "%v" prints it; in_list: an element of a list. */
const char *config_go_print(
    struct arena *a, const struct hcl_value *v, bool in_list);
/* A value as the library's map of anything has it, as JSON. */
json_t *config_value_json(const struct hcl_value *v);
/* A value as Vault's maps of texts keep it. */
const char *config_value_text(struct arena *a, const struct hcl_value *v);

/* One `listener` item, the index-th of the file. */
bool config_read_listener(
    struct config_loader *l, const struct hcl_item *item, int index);
/* `storage` and `ha_storage` by whichever name they have, and
 * `service_registration`. */
bool config_read_storages(
    struct config_loader *l, const struct hcl_value *root);
/* `hsm`, `seal` and `kms`. */
bool config_read_seals(struct config_loader *l, const struct hcl_value *root);
/* Refuses what a path's files come to, once all are read. */
bool config_check_seals(struct config_loader *l, const struct config_file *c);

#endif
