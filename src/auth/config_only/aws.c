/*
 * aws: the clients' configuration, accounts, certificates and roles.
 */
#include "auth/config_only/config_only_common.h"

#include <ctype.h>
#include <string.h>

#include "api/rotation_params.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "base/pem.h"
#include "base/text.h"

static const struct param aws_client_params[] = {
	{ "access_key", P_STRING, NULL, "Access key" },
	{ "secret_key", P_STRING, NULL, "Secret key" },
	{ "endpoint", P_STRING, NULL, "EC2 endpoint" },
	{ "iam_endpoint", P_STRING, NULL, "IAM endpoint" },
	{ "sts_endpoint", P_STRING, NULL, "STS endpoint" },
	{ "sts_region", P_STRING, NULL, "STS region" },
	{ "use_sts_region_from_client", P_BOOL, NULL,
	    "Take the region from the client" },
	{ "iam_server_id_header_value", P_STRING, NULL,
	    "Value of the server id header" },
	{ "allowed_sts_header_values", P_COMMA_STRINGS, "null",
	    "Headers of a login that may be sent on" },
	{ "max_retries", P_INT, "-1", "Retries of a call" },
	{ "role_arn", P_STRING, NULL, "Role to take on" },
	IDENTITY_TOKEN_PARAMS,
	ROTATION_PARAMS,
	PARAM_END,
};

static const struct param aws_identity_params[] = {
	{ "iam_alias", P_STRING, "\"role_id\"", "What names an IAM alias" },
	{ "iam_metadata", P_COMMA_STRINGS, "[\"account_id\",\"auth_type\"]",
	    "Metadata of an IAM alias" },
	{ "ec2_alias", P_STRING, "\"role_id\"", "What names an EC2 alias" },
	{ "ec2_metadata", P_COMMA_STRINGS, "[\"account_id\",\"auth_type\"]",
	    "Metadata of an EC2 alias" },
	PARAM_END,
};

static const struct param aws_sts_params[] = {
	{ "sts_role", P_STRING, NULL, "Role of the account" },
	{ "external_id", P_STRING, NULL, "External id of the role" },
	PARAM_END,
};

static const struct param aws_certificate_params[] = {
	{ "aws_public_cert", P_STRING, NULL, "The certificate in base64" },
	{ "type", P_STRING, "\"pkcs7\"", "pkcs7 or identity" },
	PARAM_END,
};

#define AWS_TIDY_PARAMS(buffer_s)                                          \
	{ "safety_buffer", P_SECONDS, buffer_s, "What is younger stays" }, \
	    { "disable_periodic_tidy", P_BOOL, NULL,                       \
		    "Do not tidy by itself" },                             \
	    PARAM_END

static const struct param aws_tidy_identity_params[] = { AWS_TIDY_PARAMS(
    "259200") };
static const struct param aws_tidy_roletag_params[] = { AWS_TIDY_PARAMS(
    "15552000") };

static const struct param aws_role_params[] = {
	{ "auth_type", P_STRING, NULL, "iam or ec2" },
	{ "bound_account_id", P_COMMA_STRINGS, NULL, "Accounts" },
	{ "bound_ami_id", P_COMMA_STRINGS, NULL, "Images" },
	{ "bound_ec2_instance_id", P_COMMA_STRINGS, "null", "Instances" },
	{ "bound_iam_instance_profile_arn", P_COMMA_STRINGS, NULL,
	    "Instance profiles" },
	{ "bound_iam_principal_arn", P_COMMA_STRINGS, NULL, "Principals" },
	{ "bound_iam_role_arn", P_COMMA_STRINGS, NULL, "Roles" },
	{ "bound_region", P_COMMA_STRINGS, NULL, "Regions" },
	{ "bound_subnet_id", P_COMMA_STRINGS, NULL, "Subnets" },
	{ "bound_vpc_id", P_COMMA_STRINGS, NULL, "VPCs" },
	{ "allow_instance_migration", P_BOOL, NULL, "An instance may move" },
	{ "disallow_reauthentication", P_BOOL, NULL,
	    "One login for an instance" },
	{ "inferred_aws_region", P_STRING, NULL,
	    "Region of the inferred entity" },
	{ "inferred_entity_type", P_STRING, NULL, "ec2_instance" },
	{ "resolve_aws_unique_ids", P_BOOL, "true", "Resolve names to ids" },
	{ "role_tag", P_STRING, NULL, "Key of the role tag" },
	OLD_ROLE_PARAMS,
	TOKEN_PARAMS,
	PARAM_END,
};

static const char *const aws_client_secrets[] = { "secret_key", NULL };

/* Go's CanonicalMIMEHeaderKey: a capital after each hyphen, the rest small;
 * what is no header's name stays as it is. */
static void
aws_canonical_header(char *name)
{
	bool first = true;

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) &&
		    !strchr("!#$%&'*+-.^_`|~", *c))
			return;
	for (; *name; name++) {
		*name = (char)(first ? toupper((unsigned char)*name)
				     : tolower((unsigned char)*name));
		first = *name == '-';
	}
}

static void
aws_canonical_headers(struct config_entry *entry)
{
	char **names = param_strings(
	    entry->req, "allowed_sts_header_values", NULL);

	for (char **name = names; *name; name++)
		aws_canonical_header(*name);
	json_object_set_new(
	    entry->data, "allowed_sts_header_values", jsontree_strings(names));
}

/* Vault 1.19: headers are kept as HTTP writes their names. */
static bool
aws_client_check(struct config_entry *entry, struct error *e)
{
	const char *problem = rotation_params_problem(entry->req);
	bool audience = config_has(entry, "identity_token_audience");

	if (problem)
		return error_set(e, 400, "%s", problem);
	if (audience && config_has(entry, "access_key"))
		return error_set(e, 400,
		    "only one of 'access_key' or 'identity_token_audience' can "
		    "be set");
	if (audience && !config_has(entry, "role_arn"))
		return error_set(e, 400,
		    "role_arn must be set when identity_token_audience is set");
	if (param_is_given(entry->req, "allowed_sts_header_values"))
		aws_canonical_headers(entry);
	return config_refuse_identity_token(entry, e) &&
	    config_refuse_rotation(entry, e);
}

static const struct config_entry_type aws_client_type = {
	.secrets = aws_client_secrets,
	.check = aws_client_check,
};
CONFIG_ENTRY_HANDLERS(aws_client, &aws_client_type)

static const char *const aws_iam_metadata[] = { "account_id", "auth_type",
	"canonical_arn", "client_arn", "client_user_id", "inferred_aws_region",
	"inferred_entity_id", "inferred_entity_type", NULL };
static const char *const aws_ec2_metadata[] = { "account_id", "auth_type",
	"ami_id", "instance_id", "region", NULL };

static bool
aws_identity_check(struct config_entry *entry, struct error *e)
{
	const char *iam = config_str(entry->data, "iam_alias");
	const char *ec2 = config_str(entry->data, "ec2_alias");

	if (strcmp(iam, "role_id") != 0 && strcmp(iam, "unique_id") != 0 &&
	    strcmp(iam, "full_arn") != 0 && strcmp(iam, "canonical_arn") != 0)
		return error_set(e, 400,
		    "iam_alias of \"%s\" not in set of allowed values: "
		    "[role_id unique_id full_arn canonical_arn]",
		    iam);
	if (strcmp(ec2, "role_id") != 0 && strcmp(ec2, "instance_id") != 0 &&
	    strcmp(ec2, "image_id") != 0)
		return error_set(e, 400,
		    "ec2_alias of \"%s\" not in set of allowed values: "
		    "[role_id instance_id image_id]",
		    ec2);
	return config_check_metadata(
		   entry, "iam_metadata", aws_iam_metadata, 2, "", e) &&
	    config_check_metadata(
		entry, "ec2_metadata", aws_ec2_metadata, 2, "", e);
}

static const struct config_entry_type aws_identity_type = {
	.flags = CONFIG_DEFAULTS,
	.check = aws_identity_check,
};
CONFIG_UPDATED_SETTINGS_HANDLERS(aws_identity, &aws_identity_type)

static bool
aws_sts_check(struct config_entry *entry, struct error *e)
{
	return config_has(entry, "sts_role") ||
	    error_set(e, 400, "sts_role cannot be empty");
}

static const struct config_entry_type aws_sts_type = {
	.check = aws_sts_check,
};
CONFIG_ENTRY_HANDLERS(aws_sts, &aws_sts_type)

/* One certificate in PEM and nothing more. */
static bool
aws_check_pem(const char *pem, struct error *e)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *rest = strstr(pem, end);
	X509 *cert = pem_certificate(pem);
	bool ok;

	if (rest)
		rest += sizeof(end) - 1;
	if (rest && *rest == '\n')
		rest++;
	if (!rest || *rest)
		ok = error_wrap(e, 500,
		    "invalid certificate; should be one PEM block only");
	else
		ok = cert || error_wrap(e, 500, "x509: malformed certificate");
	X509_free(cert);
	return ok;
}

/* It comes in base64 or as it is, and is shown as it is. */
static bool
aws_certificate_check(struct config_entry *entry, struct error *e)
{
	const char *type = config_str(entry->data, "type");
	const char *text = config_str(entry->data, "aws_public_cert");
	char *lower = arena_strdup(entry->req->arena, type);
	struct buf pem;
	bool ok;

	lower_ascii(lower);
	json_object_set_new(entry->data, "type", json_string(lower));
	if (strcmp(lower, "pkcs7") != 0 && strcmp(lower, "identity") != 0)
		return error_set(e, 400, "invalid certificate type %s",
		    go_quoted(entry->req->arena, lower));
	if (!param_is_given(entry->req, "aws_public_cert"))
		return error_set(e, 400, "missing aws_public_cert");
	buf_init(&pem, 0);
	if (!base64_decode(&pem, text, strlen(text), NULL)) {
		buf_release(&pem);
		buf_init(&pem, 0);
		buf_printf(&pem, "%s", text);
	}
	ok = pem.n ? aws_check_pem(pem.p, e)
		   : error_set(e, 400, "invalid aws_public_cert");
	if (ok)
		json_object_set_new(
		    entry->data, "aws_public_cert", json_string(pem.p));
	buf_release(&pem);
	return ok;
}

static const struct config_entry_type aws_certificate_type = {
	.check = aws_certificate_check,
};
CONFIG_ENTRY_HANDLERS(aws_certificate, &aws_certificate_type)

static const struct config_entry_type aws_tidy_identity_type = {
	.path = "config/tidy/identity-accesslist",
};
CONFIG_ENTRY_HANDLERS(aws_tidy_identity, &aws_tidy_identity_type)

static const struct config_entry_type aws_tidy_roletag_type = {
	.path = "config/tidy/roletag-denylist",
};
CONFIG_ENTRY_HANDLERS(aws_tidy_roletag, &aws_tidy_roletag_type)

/* ---- roles ---- */

/* What a role may be bound to: by which of the two login types. */
static const struct aws_bind {
	const char *field;
	enum { AWS_BIND_EC2_OR_INFERRED, AWS_BIND_EC2, AWS_BIND_IAM } by;
} aws_binds[] = {
	{ "bound_account_id", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_region", AWS_BIND_EC2 },
	{ "bound_ami_id", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_iam_instance_profile_arn", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_ec2_instance_id", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_iam_role_arn", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_iam_principal_arn", AWS_BIND_IAM },
	{ "bound_vpc_id", AWS_BIND_EC2_OR_INFERRED },
	{ "bound_subnet_id", AWS_BIND_EC2_OR_INFERRED },
};

static bool
aws_role_check_auth_type(struct config_entry *entry, struct error *e)
{
	const char *type = config_str(entry->data, "auth_type");
	const char *before = config_str(entry->before, "auth_type");

	if (!param_is_given(entry->req, "auth_type") && !*before)
		json_object_set_new(
		    entry->data, "auth_type", json_string("iam"));
	else if (*before && strcmp(before, type) != 0)
		return error_set(
		    e, 400, "changing auth_type on a role is not allowed");
	else if (strcmp(type, "iam") != 0 && strcmp(type, "ec2") != 0)
		return error_set(e, 400, "unrecognized auth_type: %s", type);
	return true;
}

static bool
aws_role_check_inferred(
    const struct config_entry *entry, bool ec2, struct error *e)
{
	const char *type = config_str(entry->data, "inferred_entity_type");
	bool region = config_has(entry, "inferred_aws_region");

	if (*type == '\0')
		return !region ||
		    error_set(e, 400,
			"specified inferred_aws_region but not "
			"inferred_entity_type");
	if (ec2)
		return error_set(e, 400,
		    "specified inferred_entity_type but didn't allow iam "
		    "auth_type");
	if (strcmp(type, "ec2_instance") != 0)
		return error_set(
		    e, 400, "specified invalid inferred_entity_type: %s", type);
	return region ||
	    error_set(e, 400,
		"specified inferred_entity_type but not inferred_aws_region");
}

static bool
aws_role_check_binds(
    const struct config_entry *entry, bool ec2, struct error *e)
{
	bool inferred = config_has(entry, "inferred_entity_type");
	int binds = 0;

	for (size_t i = 0; i < sizeof(aws_binds) / sizeof(*aws_binds); i++) {
		const struct aws_bind *b = &aws_binds[i];

		if (!config_has(entry, b->field))
			continue;
		binds++;
		if (b->by == AWS_BIND_EC2_OR_INFERRED && !ec2 && !inferred)
			return error_set(e, 400,
			    "specified %s but not specifying ec2 auth_type or "
			    "inferring ec2_instance",
			    b->field);
		if (b->by != AWS_BIND_EC2_OR_INFERRED &&
		    ec2 != (b->by == AWS_BIND_EC2))
			return error_set(e, 400,
			    "specified %s but not specifying %s auth_type",
			    b->field, b->by == AWS_BIND_EC2 ? "ec2" : "iam");
	}
	return binds ||
	    error_set(e, 400,
		"at least one bound parameter should be specified on the role");
}

static bool
aws_role_check_ec2_only(
    const struct config_entry *entry, bool ec2, struct error *e)
{
	const json_t *d = entry->data;

	if (!ec2 && param_is_given(entry->req, "disallow_reauthentication"))
		return error_set(e, 400,
		    "specified disallow_reauthentication when not using ec2 "
		    "auth type");
	if (!ec2 && param_is_given(entry->req, "allow_instance_migration"))
		return error_set(e, 400,
		    "specified allow_instance_migration when not using ec2 "
		    "auth type");
	if (json_is_true(json_object_get(d, "disallow_reauthentication")) &&
	    json_is_true(json_object_get(d, "allow_instance_migration")))
		return error_set(e, 400,
		    "cannot specify both disallow_reauthentication=true and "
		    "allow_instance_migration=true");
	if (!ec2 && param_is_given(entry->req, "role_tag"))
		return error_set(e, 400,
		    "tried to enable role_tag when not using ec2 auth method");
	return strlen(config_str(d, "role_tag")) <= 127 ||
	    error_set(e, 400,
		"length of role tag exceeds the EC2 key limit of 127 "
		"characters");
}

/* Checks the login type, what is inferred, what is bound and what only ec2
 * has; a new role gets its id. */
static bool
aws_role_check(struct config_entry *entry, struct error *e)
{
	bool ec2, resolve = param_bool(entry->req, "resolve_aws_unique_ids");
	char id[UUID_LEN + 1];

	if (json_is_true(
		json_object_get(entry->before, "resolve_aws_unique_ids")) &&
	    !resolve)
		return error_set(e, 400,
		    "changing resolve_aws_unique_ids from true to false is "
		    "not allowed");
	if (!aws_role_check_auth_type(entry, e))
		return false;
	ec2 = strcmp(config_str(entry->data, "auth_type"), "ec2") == 0;
	if (!aws_role_check_inferred(entry, ec2, e) ||
	    !aws_role_check_binds(entry, ec2, e) ||
	    !aws_role_check_ec2_only(entry, ec2, e))
		return false;
	if (config_ttl_is_above_mount(entry))
		reply_warn(entry->req,
		    "Given ttl of %lld seconds greater than current "
		    "mount/system default of %lld seconds; ttl will be capped "
		    "at login time",
		    (long long)config_int(entry->data, "token_ttl"),
		    (long long)mount_default_ttl(
			entry->req->vault, entry->req->mount));
	if (config_max_ttl_is_above_mount(entry))
		reply_warn(entry->req,
		    "Given max ttl of %lld seconds greater than current "
		    "mount/system default of %lld seconds; max ttl will be "
		    "capped at login time",
		    (long long)config_int(entry->data, "token_max_ttl"),
		    (long long)mount_max_ttl(
			entry->req->vault, entry->req->mount));
	if (config_ttl_is_above_max(entry))
		return error_set(e, 400, "ttl should be shorter than max ttl");
	if (!entry->before) {
		random_uuid(entry->req->vault->random, id);
		json_object_set_new(entry->data, "role_id", json_string(id));
	}
	json_object_set_new(
	    entry->data, "bound_iam_principal_id", json_array());
	return config_check_period(entry,
	    "period of \"%s\" is greater than the backend's maximum lease TTL "
	    "of \"%s\"",
	    e);
}

static const struct config_entry_type aws_role_type = {
	.flags = CONFIG_LOWER_NAME,
	.check = aws_role_check,
};
CONFIG_ENTRY_HANDLERS(aws_role, &aws_role_type)

CONFIG_LIST_HANDLER(aws_role_list, "role/")
CONFIG_LIST_HANDLER(aws_sts_list, "config/sts/")
CONFIG_LIST_HANDLER(aws_certificate_list, "config/certificate/")

static const struct route aws_routes[] = {
	CONFIG_LOGIN_ROUTE("login", config_only_login),
	{ OP_LIST, "role/?", 0, NULL, aws_role_list, NULL,
	    "Names of the roles" },
	{ OP_LIST, "roles/?", 0, NULL, aws_role_list, NULL,
	    "Names of the roles" },
	CONFIG_ENTRY_ROUTES("role/{role}", aws_role_params, aws_role, "a role"),
	CONFIG_ENTRY_ROUTES("config/client", aws_client_params, aws_client,
	    "the clients' configuration"),
	CONFIG_UPDATED_SETTINGS_ROUTES("config/identity", aws_identity_params,
	    aws_identity, "what names an alias"),
	{ OP_LIST, "config/sts/?", 0, NULL, aws_sts_list, NULL,
	    "Accounts with a role" },
	CONFIG_ENTRY_ROUTES("config/sts/{account_id}", aws_sts_params, aws_sts,
	    "an account's role"),
	{ OP_LIST, "config/certificates/?", 0, NULL, aws_certificate_list, NULL,
	    "Names of the certificates" },
	CONFIG_ENTRY_ROUTES("config/certificate/{cert_name}",
	    aws_certificate_params, aws_certificate, "a certificate"),
	CONFIG_ENTRY_ROUTES("config/tidy/identity-accesslist",
	    aws_tidy_identity_params, aws_tidy_identity,
	    "how the access list is tidied"),
	CONFIG_ENTRY_ROUTES("config/tidy/roletag-denylist",
	    aws_tidy_roletag_params, aws_tidy_roletag,
	    "how the deny list is tidied"),
	/* Deprecated names of the same. */
	CONFIG_ENTRY_ROUTES("config/tidy/identity-whitelist",
	    aws_tidy_identity_params, aws_tidy_identity,
	    "how the access list is tidied"),
	CONFIG_ENTRY_ROUTES("config/tidy/roletag-blacklist",
	    aws_tidy_roletag_params, aws_tidy_roletag,
	    "how the deny list is tidied"),
	ROUTE_END,
};

CONFIG_ENGINE_IN_TREE(aws, aws_routes);
