/*
 * Auth methods that can be enabled, configured and listed, but that let nobody
 * in: what they would ask (a directory, a cloud, a provider) is not there. Each
 * has a file with its fields, its refusals and its engine; what they share is
 * here: an entry (a configuration, a role, a user) is a JSON object of typed
 * fields, kept under its path in the mount.
 */
#ifndef MV_AUTH_CONFIG_ONLY_CONFIG_ONLY_COMMON_H
#define MV_AUTH_CONFIG_ONLY_CONFIG_ONLY_COMMON_H

#include <jansson.h>

#include "api/engine.h"
#include "api/reply.h"
#include "auth/token_params.h"
#include "core/mount/plain_kv.h"

enum config_entry_flags {
	CONFIG_LOWER_NAME = 1 << 0,  /* its path is kept in lower case */
	CONFIG_REPLACE = 1 << 1,     /* a write keeps nothing of what stood */
	CONFIG_DEFAULTS = 1 << 2,    /* reads before the first write as well */
	CONFIG_EMPTY_REPLY = 1 << 3, /* a write answers 200 with no data */
};

/* A write on its way. */
struct config_entry {
	struct request *req;
	json_t *data;	      /* the fields as they will be kept */
	const json_t *before; /* as they were; NULL when it is new */
};

struct config_entry_type {
	unsigned flags;
	const char *const *secrets; /* fields never shown; NULL-terminated */
	/* Refuses or completes what was read, in Vault's order; may warn. */
	bool (*check)(struct config_entry *entry, struct error *e);
	/* Changes the copy that is shown. */
	void (*show)(struct request *req, json_t *data);
	const char *path; /* where it is kept; NULL: under the request's */
};

/*
 * The four operations on the entry that the request's path names. The fields
 * are those of the route's table; one that was never given has its default, and
 * a list whose default is null reads as null. token_* fields and their
 * deprecated names are read by Vault's rules when the table has them.
 */
enum handler_result config_entry_read(
    struct request *req, const struct config_entry_type *type);
enum handler_result config_entry_write(
    struct request *req, const struct config_entry_type *type);
enum handler_result config_entry_delete(
    struct request *req, const struct config_entry_type *type);
bool config_entry_exists(
    struct request *req, const struct config_entry_type *type);
/* Names of the entries below a path, nested ones with their slashes. */
enum handler_result config_entry_list(struct request *req, const char *prefix);
/* An entry of the mount by its path, owned by the caller; NULL: none. */
json_t *config_entry_load(struct request *req, const char *path);
/* Keeps the data as the entry of that path. */
void config_entry_store(
    struct request *req, const char *path, const json_t *data);

/* Is the field a text, a list or an object that is not empty? */
bool config_has(const struct config_entry *entry, const char *field);
/* Has the list this member? */
bool config_list_has(
    const struct config_entry *entry, const char *field, const char *member);
/* The text of a field of an object, "" when it is none. */
const char *config_str(const json_t *data, const char *field);
int64_t config_int(const json_t *data, const char *field);
/* Removes the fields that are empty, null or 0. names is NULL-terminated. */
void config_drop_empty(json_t *data, const char *const *names);
/* policies as Vault cleans them: lower case, sorted, each once. */
void config_clean_policies(struct config_entry *entry, const char *field);
/* What an alias's metadata is made of, when a write names it: members of `all`,
 * of which the first `ndefaults` are meant by "default", which stands alone.
 * Kept in lower case, sorted, each once. The refusal is wrapped when it has a
 * prefix. */
bool config_check_metadata(struct config_entry *entry, const char *field,
    const char *const *all, size_t ndefaults, const char *prefix,
    struct error *e);
/* The versions of TLS, the client's certificate and the aliases of a directory.
 */
bool config_check_directory(struct config_entry *entry, struct error *e);
/* token_period against the mount's maximum; fmt has two %s for the durations.
 */
bool config_check_period(
    struct config_entry *entry, const char *fmt, struct error *e);
/* Is token_max_ttl above the mount's maximum? Vault only warns of it. */
bool config_max_ttl_is_above_mount(const struct config_entry *entry);
/* Is token_ttl above a token_max_ttl that is set, whatever names gave them? */
bool config_ttl_is_above_max(const struct config_entry *entry);
/* Is token_ttl above the mount's default? Some methods warn of it. */
bool config_ttl_is_above_mount(const struct config_entry *entry);
/* Vault 1.19's community edition has neither identity tokens for plugins nor
 * rotations: refuses the fields that ask for one of them. */
bool config_refuse_identity_token(struct config_entry *entry, struct error *e);
bool config_refuse_rotation(struct config_entry *entry, struct error *e);
/* Is the text, as Go reads it, a certificate in PEM, whatever comes behind? */
bool config_is_certificate(const char *pem);

/* The one refusal of logins that would need what is not there. */
enum handler_result config_only_login(struct request *req);

/* Static handlers PREFIX_read, PREFIX_write, PREFIX_delete and PREFIX_exists
 * for a type, and the routes that use them. SETTINGS have no delete; UPDATED
 * ones have no existence check in Vault: every write is an update, and a field
 * of the wrong type is "Field validation failed". */
#define CONFIG_UPDATED_SETTINGS_HANDLERS(prefix, type)                 \
	static enum handler_result prefix##_read(struct request *req)  \
	{                                                              \
		return config_entry_read(req, type);                   \
	}                                                              \
	static enum handler_result prefix##_write(struct request *req) \
	{                                                              \
		return config_entry_write(req, type);                  \
	}
#define CONFIG_SETTINGS_HANDLERS(prefix, type)           \
	CONFIG_UPDATED_SETTINGS_HANDLERS(prefix, type)   \
	static bool prefix##_exists(struct request *req) \
	{                                                \
		return config_entry_exists(req, type);   \
	}
#define CONFIG_DELETE_HANDLER(prefix, type)                             \
	static enum handler_result prefix##_delete(struct request *req) \
	{                                                               \
		return config_entry_delete(req, type);                  \
	}
#define CONFIG_ENTRY_HANDLERS(prefix, type)    \
	CONFIG_SETTINGS_HANDLERS(prefix, type) \
	CONFIG_DELETE_HANDLER(prefix, type)
#define CONFIG_UPDATED_ENTRY_HANDLERS(prefix, type)    \
	CONFIG_UPDATED_SETTINGS_HANDLERS(prefix, type) \
	CONFIG_DELETE_HANDLER(prefix, type)
#define CONFIG_SETTINGS_ROUTES(path, params, prefix, help)                  \
	{ OP_READ, path, 0, params, prefix##_read, NULL, "Read " help },    \
	{                                                                   \
		OP_WRITE, path, 0, params, prefix##_write, prefix##_exists, \
		    "Write " help                                           \
	}
#define CONFIG_UPDATED_SETTINGS_ROUTES(path, params, prefix, help)             \
	{ OP_READ, path, 0, params, prefix##_read, NULL, "Read " help },       \
	{                                                                      \
		OP_WRITE, path, 0, params, prefix##_write, NULL, "Write " help \
	}
#define CONFIG_DELETE_ROUTE(path, params, prefix, help)            \
	{                                                          \
		OP_DELETE, path, 0, params, prefix##_delete, NULL, \
		    "Remove " help                                 \
	}
#define CONFIG_ENTRY_ROUTES(path, params, prefix, help)     \
	CONFIG_SETTINGS_ROUTES(path, params, prefix, help), \
	    CONFIG_DELETE_ROUTE(path, params, prefix, help)
#define CONFIG_UPDATED_ENTRY_ROUTES(path, params, prefix, help)     \
	CONFIG_UPDATED_SETTINGS_ROUTES(path, params, prefix, help), \
	    CONFIG_DELETE_ROUTE(path, params, prefix, help)
#define CONFIG_LIST_HANDLER(name, prefix)                    \
	static enum handler_result name(struct request *req) \
	{                                                    \
		return config_entry_list(req, prefix);       \
	}
#define CONFIG_LOGIN_ROUTE(path, handler)                      \
	{                                                      \
		OP_WRITE, path, R_UNAUTH, NULL, handler, NULL, \
		    "Refused here: nobody is asked"            \
	}

#define CONFIG_ENGINE_COMMON                                    \
	.table = MOUNT_AUTH, .on_unmount = plain_kv_on_unmount, \
	.help = "Configured like Vault's method; its logins are refused."
/* An engine of Vault's tree, and one that comes as a plugin of its version. */
#define CONFIG_ENGINE_IN_TREE(name, routes)                  \
	const struct engine engine_##name = { .type = #name, \
		.flags = ENGINE_IN_TREE,                     \
		CONFIG_ENGINE_COMMON,                        \
		.tables = { routes } }
#define CONFIG_ENGINE_PLUGIN(name, v, routes)                \
	const struct engine engine_##name = { .type = #name, \
		.version = v "+builtin",                     \
		CONFIG_ENGINE_COMMON,                        \
		.tables = { routes } }

/* Deprecated names of token_* fields. */
#define OLD_TTL_PARAMS                                               \
	{ "max_ttl", P_SECONDS, NULL, "Old name of token_max_ttl" }, \
	{                                                            \
		"ttl", P_SECONDS, NULL, "Old name of token_ttl"      \
	}
#define OLD_ROLE_PARAMS                                            \
	{ "period", P_SECONDS, NULL, "Old name of token_period" }, \
	    { "policies", P_COMMA_STRINGS, NULL,                   \
		    "Old name of token_policies" },                \
	    OLD_TTL_PARAMS
#define OLD_CIDR_PARAM                                \
	{                                             \
		"bound_cidrs", P_COMMA_STRINGS, NULL, \
		    "Old name of token_bound_cidrs"   \
	}
#define OLD_USES_PARAM                                                \
	{                                                             \
		"num_uses", P_INT, NULL, "Old name of token_num_uses" \
	}
/* Fields of a directory, which ldap and kerberos share. */
#define LDAP_DIRECTORY_PARAMS                                                                         \
	{ "anonymous_group_search", P_BOOL, NULL,                                                     \
		"Search groups without a name" },                                                     \
	    { "binddn", P_STRING, NULL, "Name to search with" },                                      \
	    { "bindpass", P_STRING, NULL, "Its password" },                                           \
	    { "case_sensitive_names", P_BOOL, NULL, "Names keep their case" },                        \
	    { "certificate", P_STRING, NULL, "CA certificate" },                                      \
	    { "client_tls_cert", P_STRING, NULL, "Client certificate" },                              \
	    { "client_tls_key", P_STRING, NULL, "Its key" },                                          \
	    { "connection_timeout", P_SECONDS, "30",                                                  \
		    "Longest wait for a connection" },                                                \
	    { "deny_null_bind", P_BOOL, "true", "Refuse an empty password" },                         \
	    { "dereference_aliases", P_STRING, "\"never\"",                                           \
		    "never, finding, searching or always" },                                          \
	    { "discoverdn", P_BOOL, NULL, "Search the user's name" },                                 \
	    { "enable_samaccountname_login", P_BOOL, NULL,                                            \
		    "Log in by sAMAccountName" },                                                     \
	    { "groupattr", P_STRING, "\"cn\"",                                                        \
		    "Attribute of a group's name" },                                                  \
	    { "groupdn", P_STRING, NULL, "Where groups are" },                                        \
	    { "groupfilter", P_STRING,                                                                \
		    "\"(|(memberUid={{.Username}})(member={{.UserDN}})(uniqueMember={{.UserDN}}))\"", \
		    "Filter of groups" },                                                             \
	    { "insecure_tls", P_BOOL, NULL, "Do not check certificates" },                            \
	    { "max_page_size", P_INT, NULL, "Entries of a page" },                                    \
	    { "request_timeout", P_SECONDS, "90",                                                     \
		    "Longest wait for an answer" },                                                   \
	    { "starttls", P_BOOL, NULL, "STARTTLS" },                                                 \
	    { "tls_max_version", P_STRING, "\"tls12\"",                                               \
		    "Highest version of TLS" },                                                       \
	    { "tls_min_version", P_STRING, "\"tls12\"",                                               \
		    "Lowest version of TLS" },                                                        \
	    { "upndomain", P_STRING, NULL, "Domain of userPrincipalName" },                           \
	    { "url", P_STRING, "\"ldap://127.0.0.1\"", "Servers" },                                   \
	    { "use_pre111_group_cn_behavior", P_BOOL, NULL,                                           \
		    "How groups were named before 1.1.1" },                                           \
	    { "use_token_groups", P_BOOL, NULL, "Groups by tokenGroups" },                            \
	    { "userattr", P_STRING, "\"cn\"", "Attribute of a user's name" },                         \
	    { "userdn", P_STRING, NULL, "Where users are" },                                          \
	    { "userfilter", P_STRING, "\"({{.UserAttr}}={{.Username}})\"",                            \
		    "Filter of users" },                                                              \
	{                                                                                             \
		"username_as_alias", P_BOOL, NULL,                                                    \
		    "The name as typed is the alias"                                                  \
	}
/* Fields of the enterprise edition, which read as their zeros. */
#define IDENTITY_TOKEN_PARAMS                                        \
	{ "identity_token_audience", P_STRING, NULL, "Enterprise" }, \
	{                                                            \
		"identity_token_ttl", P_SECONDS, NULL, "Enterprise"  \
	}
#define ROTATION_PARAMS                                               \
	{ "disable_automated_rotation", P_BOOL, NULL, "Enterprise" }, \
	    { "rotation_period", P_SECONDS, NULL, "Enterprise" },     \
	    { "rotation_schedule", P_STRING, NULL, "Enterprise" },    \
	{                                                             \
		"rotation_window", P_SECONDS, NULL, "Enterprise"      \
	}

#endif
