/*
 * Values of a configuration file, read as Vault reads them. Shared by the files
 * that read its parts.
 */
#ifndef MV_SERVER_CONFIG_VALUE_H
#define MV_SERVER_CONFIG_VALUE_H

#include "base/hcl/hcl.h"
#include "server/config_file.h"

struct config_loader {
	struct config_file *config;
	struct arena *arena;
	const struct log *log;
	const char *file;    /* the file that is read */
	const char *where;   /* before each reason: "", or "listeners.0 " */
	struct error *error; /* "error loading configuration from ..." */
};

enum config_type {
	CONFIG_STRING,
	CONFIG_TEMPLATE, /* a text that may hold a go-sockaddr template */
	CONFIG_BOOL,
	CONFIG_INT,
	CONFIG_SECONDS,
	CONFIG_ADDRESSES, /* struct config_texts, a list or a text with commas
			   */
	CONFIG_IGNORED,	  /* known, and without effect here */
};

/* One key of a block and where its value goes. */
struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;
	const char *complaint; /* before the reason: "invalid value for x: " */
};

/* Sets the error and returns false. */
bool config_refuse(struct config_loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The key of that name in any case, or NULL. */
const struct config_key *config_find_key(
    const struct config_key *keys, size_t n, const char *name);
/* Puts one value where its key says. */
bool config_assign(struct config_loader *l, const struct config_key *key,
    const struct hcl_value *value, void *base);
/* Reads the items of a block; what no key names is logged with its place. */
bool config_read_block(struct config_loader *l, const struct config_key *keys,
    size_t n, const struct hcl_value *block, void *base);
/* Logs a field that nobody reads. */
void config_warn_unknown(struct config_loader *l, const struct hcl_item *item);
/* The block itself where JSON gives a list of one. */
const struct hcl_value *config_single_block(const struct hcl_value *v);
/* The text of a value as Vault's maps of texts keep it. */
const char *config_text(const struct hcl_value *v);

/* One `listener` item, the index-th of the file. */
bool config_read_listener(
    struct config_loader *l, const struct hcl_item *item, int index);

#endif
