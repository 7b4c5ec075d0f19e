/*
 * Paths of the auth methods as Vault's documents name them; see
 * api/docs/docs.h.
 */
#include "api/docs/docs.h"

const struct route_doc docs_approle[] = {
	{ "login", NULL, "w:app-role-login" },
	{ "role/?", NULL, "l:app-role-list-roles" },
	{ "role/{role_name}", NULL,
	    "d:app-role-delete-role r:app-role-read-role w:app-role-write-role" },
	{ "role/{role_name}/bind-secret-id", NULL,
	    "d:app-role-delete-bind-secret-id r:app-role-read-bind-secret-id w:app-role-write-bind-secret-id" },
	{ "role/{role_name}/bound-cidr-list", NULL,
	    "d:app-role-delete-bound-cidr-list r:app-role-read-bound-cidr-list w:app-role-write-bound-cidr-list" },
	{ "role/{role_name}/custom-secret-id", NULL,
	    "w:app-role-write-custom-secret-id" },
	{ "role/{role_name}/local-secret-ids", NULL,
	    "r:app-role-read-local-secret-ids" },
	{ "role/{role_name}/period", NULL,
	    "d:app-role-delete-period r:app-role-read-period w:app-role-write-period" },
	{ "role/{role_name}/policies", NULL,
	    "d:app-role-delete-policies r:app-role-read-policies w:app-role-write-policies" },
	{ "role/{role_name}/role-id", NULL,
	    "r:app-role-read-role-id w:app-role-write-role-id" },
	{ "role/{role_name}/secret-id-accessor/destroy/?", NULL,
	    "d:app-role-destroy-secret-id-by-accessor2 w:app-role-destroy-secret-id-by-accessor" },
	{ "role/{role_name}/secret-id-accessor/lookup/?", NULL,
	    "w:app-role-look-up-secret-id-by-accessor" },
	{ "role/{role_name}/secret-id-bound-cidrs", NULL,
	    "d:app-role-delete-secret-id-bound-cidrs r:app-role-read-secret-id-bound-cidrs w:app-role-write-secret-id-bound-cidrs" },
	{ "role/{role_name}/secret-id-num-uses", NULL,
	    "d:app-role-delete-secret-id-num-uses r:app-role-read-secret-id-num-uses w:app-role-write-secret-id-num-uses" },
	{ "role/{role_name}/secret-id-ttl", NULL,
	    "d:app-role-delete-secret-id-ttl r:app-role-read-secret-id-ttl w:app-role-write-secret-id-ttl" },
	{ "role/{role_name}/secret-id/?", NULL,
	    "l:app-role-list-secret-ids w:app-role-write-secret-id" },
	{ "role/{role_name}/secret-id/destroy/?", NULL,
	    "d:app-role-destroy-secret-id2 w:app-role-destroy-secret-id" },
	{ "role/{role_name}/secret-id/lookup/?", NULL,
	    "w:app-role-look-up-secret-id" },
	{ "role/{role_name}/token-bound-cidrs", NULL,
	    "d:app-role-delete-token-bound-cidrs r:app-role-read-token-bound-cidrs w:app-role-write-token-bound-cidrs" },
	{ "role/{role_name}/token-max-ttl", NULL,
	    "d:app-role-delete-token-max-ttl r:app-role-read-token-max-ttl w:app-role-write-token-max-ttl" },
	{ "role/{role_name}/token-num-uses", NULL,
	    "d:app-role-delete-token-num-uses r:app-role-read-token-num-uses w:app-role-write-token-num-uses" },
	{ "role/{role_name}/token-ttl", NULL,
	    "d:app-role-delete-token-ttl r:app-role-read-token-ttl w:app-role-write-token-ttl" },
	{ "tidy/secret-id", NULL, "w:app-role-tidy-secret-id" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_aws[] = {
	{ "config/certificate/{cert_name}", NULL,
	    "d:aws-delete-certificate-configuration r:aws-read-certificate-configuration w:aws-configure-certificate" },
	{ "config/certificates/?", NULL,
	    "l:aws-list-certificate-configurations" },
	{ "config/client", NULL,
	    "d:aws-delete-client-configuration r:aws-read-client-configuration w:aws-configure-client" },
	{ "config/identity", NULL,
	    "r:aws-read-identity-integration-configuration w:aws-configure-identity-integration" },
	{ "config/sts/?", NULL, "l:aws-list-sts-role-relationships" },
	{ "config/sts/{account_id}", NULL,
	    "d:aws-delete-sts-role r:aws-read-sts-role w:aws-write-sts-role" },
	{ "config/tidy/identity-accesslist", NULL,
	    "d:aws-delete-identity-access-list-tidy-settings r:aws-read-identity-access-list-tidy-settings w:aws-configure-identity-access-list-tidy-operation" },
	{ "config/tidy/identity-whitelist", NULL,
	    "d:aws-delete-identity-whitelist-tidy-settings r:aws-read-identity-whitelist-tidy-settings w:aws-configure-identity-whitelist-tidy-operation" },
	{ "config/tidy/roletag-blacklist", NULL,
	    "d:aws-delete-role-tag-blacklist-tidy-settings r:aws-read-role-tag-blacklist-tidy-settings w:aws-configure-role-tag-blacklist-tidy-operation" },
	{ "config/tidy/roletag-denylist", NULL,
	    "d:aws-delete-role-tag-deny-list-tidy-settings r:aws-read-role-tag-deny-list-tidy-settings w:aws-configure-role-tag-deny-list-tidy-operation" },
	{ "login", NULL, "w:aws-login" },
	{ "role/?", NULL, "l:aws-list-auth-roles" },
	{ "role/{role}", NULL,
	    "d:aws-delete-auth-role r:aws-read-auth-role w:aws-write-auth-role" },
	{ "roles/?", NULL, "l:aws-list-auth-roles2" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_cert[] = {
	{ "certs/?", NULL, "l:cert-list-certificates" },
	{ "certs/{name}", NULL,
	    "d:cert-delete-certificate r:cert-read-certificate w:cert-write-certificate" },
	{ "config", NULL, "r:cert-read-configuration w:cert-configure" },
	{ "crls/?", NULL, "l:cert-list-crls" },
	{ "crls/{name}", NULL,
	    "d:cert-delete-crl r:cert-read-crl w:cert-write-crl" },
	{ "login", NULL, "w:cert-login" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_github[] = {
	{ "config", NULL, "r:github-read-configuration w:github-configure" },
	{ "login", NULL, "w:github-login" },
	{ "map/teams", NULL, "l:github-list-teams r:github-list-teams2" },
	{ "map/teams/{key}", NULL,
	    "d:github-delete-team-mapping r:github-read-team-mapping w:github-write-team-mapping" },
	{ "map/users", NULL, "l:github-list-users r:github-list-users2" },
	{ "map/users/{key}", NULL,
	    "d:github-delete-user-mapping r:github-read-user-mapping w:github-write-user-mapping" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_ldap[] = {
	{ "config", NULL,
	    "r:ldap-read-auth-configuration w:ldap-configure-auth" },
	{ "groups/?", NULL, "l:ldap-list-groups" },
	{ "groups/{name:more}", NULL,
	    "d:ldap-delete-group r:ldap-read-group w:ldap-write-group" },
	{ "login/{username:more}", NULL, "w:ldap-login" },
	{ "users/?", NULL, "l:ldap-list-users" },
	{ "users/{name:more}", NULL,
	    "d:ldap-delete-user r:ldap-read-user w:ldap-write-user" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_okta[] = {
	{ "config", NULL, "r:okta-read-configuration w:okta-configure" },
	{ "groups/?", NULL, "l:okta-list-groups" },
	{ "groups/{name:more}", NULL,
	    "d:okta-delete-group r:okta-read-group w:okta-write-group" },
	{ "login/{username:more}", NULL, "w:okta-login" },
	{ "users/?", NULL, "l:okta-list-users" },
	{ "users/{name:more}", NULL,
	    "d:okta-delete-user r:okta-read-user w:okta-write-user" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_radius[] = {
	{ "config", NULL, "r:radius-read-configuration w:radius-configure" },
	{ "login", "^login(/(?P<urlusername>.+))?$", "w:radius-login" },
	{ "login/{urlusername:more}", "^login(/(?P<urlusername>.+))?$",
	    "w:radius-login-with-username" },
	{ "users/?", NULL, "l:radius-list-users" },
	{ "users/{name:more}", NULL,
	    "d:radius-delete-user r:radius-read-user w:radius-write-user" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_token[] = {
	{ "accessors/?", NULL, "l:token-list-accessors" },
	{ "create", NULL, "w:token-create" },
	{ "create-orphan", NULL, "w:token-create-orphan" },
	{ "create/{role_name}", NULL, "w:token-create-against-role" },
	{ "lookup", NULL, "r:token-look-up-2 w:token-look-up" },
	{ "lookup-accessor", NULL, "w:token-look-up-accessor" },
	{ "lookup-self", NULL, "r:token-look-up-self w:token-look-up-self2" },
	{ "renew", NULL, "w:token-renew" },
	{ "renew-accessor", NULL, "w:token-renew-accessor" },
	{ "renew-self", NULL, "w:token-renew-self" },
	{ "revoke", NULL, "w:token-revoke" },
	{ "revoke-accessor", NULL, "w:token-revoke-accessor" },
	{ "revoke-orphan", NULL, "w:token-revoke-orphan" },
	{ "revoke-self", NULL, "w:token-revoke-self" },
	{ "roles/?", NULL, "l:token-list-roles" },
	{ "roles/{role_name}", NULL,
	    "d:token-delete-role r:token-read-role w:token-write-role" },
	{ "tidy", NULL, "w:token-tidy" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_userpass[] = {
	{ "login/{username}", NULL, "w:userpass-login" },
	{ "users/?", NULL, "l:userpass-list-users" },
	{ "users/{username}", NULL,
	    "d:userpass-delete-user r:userpass-read-user w:userpass-write-user" },
	{ "users/{username}/password", NULL, "w:userpass-reset-password" },
	{ "users/{username}/policies", NULL, "w:userpass-update-policies" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_alicloud[] = {
	{ "login", NULL, "w:ali-cloud-login" },
	{ "role/?", NULL, "l:ali-cloud-list-auth-roles" },
	{ "role/{role}", NULL,
	    "d:ali-cloud-delete-auth-role r:ali-cloud-read-auth-role w:ali-cloud-write-auth-role" },
	{ "roles/?", NULL, "l:ali-cloud-list-auth-roles2" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_azure[] = {
	{ "config", NULL,
	    "d:azure-delete-auth-configuration r:azure-read-auth-configuration w:azure-configure-auth" },
	{ "login", NULL, "w:azure-login" },
	{ "role/?", NULL, "l:azure-list-auth-roles" },
	{ "role/{name}", NULL,
	    "d:azure-delete-auth-role r:azure-read-auth-role w:azure-write-auth-role" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_cf[] = {
	{ "config", NULL,
	    "d:cloud-foundry-delete-configuration r:cloud-foundry-read-configuration w:cloud-foundry-configure" },
	{ "login", NULL, "w:cloud-foundry-login" },
	{ "roles/?", NULL, "l:cloud-foundry-list-roles" },
	{ "roles/{role}", NULL,
	    "d:cloud-foundry-delete-role r:cloud-foundry-read-role w:cloud-foundry-write-role" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_gcp[] = {
	{ "config", NULL,
	    "r:google-cloud-read-auth-configuration w:google-cloud-configure-auth" },
	{ "login", NULL, "w:google-cloud-login" },
	{ "role/?", NULL, "l:google-cloud-list-roles" },
	{ "role/{name}", NULL,
	    "d:google-cloud-delete-role r:google-cloud-read-role w:google-cloud-write-role" },
	{ "role/{name}/labels", NULL, "w:google-cloud-edit-labels-for-role" },
	{ "role/{name}/service-accounts", NULL,
	    "w:google-cloud-edit-service-accounts-for-role" },
	{ "roles/?", NULL, "l:google-cloud-list-roles2" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_jwt[] = {
	{ "config", NULL, "r:jwt-read-configuration w:jwt-configure" },
	{ "login", NULL, "w:jwt-login" },
	{ "role/?", NULL, "l:jwt-list-roles" },
	{ "role/{name}", NULL,
	    "d:jwt-delete-role r:jwt-read-role w:jwt-write-role" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_kerberos[] = {
	{ "config", NULL,
	    "r:kerberos-read-configuration w:kerberos-configure" },
	{ "config/ldap", NULL,
	    "r:kerberos-read-ldap-configuration w:kerberos-configure-ldap" },
	{ "groups/{name}", NULL,
	    "d:kerberos-delete-group r:kerberos-read-group w:kerberos-write-group" },
	{ "login", NULL, "w:kerberos-login" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_kubernetes[] = {
	{ "config", NULL,
	    "r:kubernetes-read-auth-configuration w:kubernetes-configure-auth" },
	{ "login", NULL, "w:kubernetes-login" },
	{ "role/?", NULL, "l:kubernetes-list-auth-roles" },
	{ "role/{name}", NULL,
	    "d:kubernetes-delete-auth-role r:kubernetes-read-auth-role w:kubernetes-write-auth-role" },
	{ NULL, NULL, NULL },
};

const struct route_doc docs_oci[] = {
	{ "config", NULL,
	    "d:oci-delete-configuration r:oci-read-configuration w:oci-configure" },
	{ "login/{role}", NULL, "w:oci-login" },
	{ "role/?", NULL, "l:oci-list-roles" },
	{ "role/{role}", NULL,
	    "d:oci-delete-role r:oci-read-role w:oci-write-role" },
	{ NULL, NULL, NULL },
};
