/*
 * The texts of the policies that Vault has from the start.
 */
#include "core/policy/acl.h"

static const char default_policy_text[] =
    "\n# Allow tokens to look up their own properties\n"
    "path \"auth/token/lookup-self\" {\n"
    "    capabilities = [\"read\"]\n}\n\n"
    "# Allow tokens to renew and revoke themselves\n"
    "path \"auth/token/renew-self\" {\n"
    "    capabilities = [\"update\"]\n}\n"
    "path \"auth/token/revoke-self\" {\n"
    "    capabilities = [\"update\"]\n}\n\n"
    "# Allow a token to look up its own capabilities on a path\n"
    "path \"sys/capabilities-self\" {\n"
    "    capabilities = [\"update\"]\n}\n\n"
    "# Allow a token to look up its own entity\n"
    "path \"identity/entity/id/{{identity.entity.id}}\" {\n"
    "  capabilities = [\"read\"]\n}\n"
    "path \"identity/entity/name/{{identity.entity.name}}\" {\n"
    "  capabilities = [\"read\"]\n}\n\n"
    "# Allow a token to look up its resultant ACL from all policies\n"
    "path \"sys/internal/ui/resultant-acl\" {\n"
    "    capabilities = [\"read\"]\n}\n\n"
    "# Allow a token to renew and look up leases\n"
    "path \"sys/renew\" {\n    capabilities = [\"update\"]\n}\n"
    "path \"sys/leases/renew\" {\n    capabilities = [\"update\"]\n}\n"
    "path \"sys/leases/lookup\" {\n    capabilities = [\"update\"]\n}\n\n"
    "# Allow a token to manage its own cubbyhole\n"
    "path \"cubbyhole/*\" {\n"
    "    capabilities = [\"create\", \"read\", \"update\", \"delete\", "
    "\"list\"]\n}\n\n"
    "# Allow a token to wrap, look up and unwrap responses\n"
    "path \"sys/wrapping/wrap\" {\n    capabilities = [\"update\"]\n}\n"
    "path \"sys/wrapping/lookup\" {\n    capabilities = [\"update\"]\n}\n"
    "path \"sys/wrapping/unwrap\" {\n    capabilities = [\"update\"]\n}\n\n"
    "# Allow general purpose tools\n"
    "path \"sys/tools/hash\" {\n    capabilities = [\"update\"]\n}\n"
    "path \"sys/tools/hash/*\" {\n    capabilities = [\"update\"]\n}\n\n"
    "# Allow checking the status of a control group request\n"
    "path \"sys/control-group/request\" {\n"
    "    capabilities = [\"update\"]\n}\n\n"
    "# Allow a token to make requests to the authorization endpoint\n"
    "path \"identity/oidc/provider/+/authorize\" {\n"
    "    capabilities = [\"read\", \"update\"]\n}\n";

static const char wrapping_policy_text[] =
    "\npath \"cubbyhole/response\" {\n"
    "    capabilities = [\"create\", \"read\"]\n}\n\n"
    "path \"sys/wrapping/unwrap\" {\n"
    "    capabilities = [\"update\"]\n}\n";

static const char control_group_policy_text[] =
    "\npath \"cubbyhole/control-group\" {\n"
    "    capabilities = [\"update\", \"create\", \"read\"]\n}\n\n"
    "path \"sys/wrapping/unwrap\" {\n"
    "    capabilities = [\"update\"]\n}\n";

void
policies_create_defaults(struct vault *v)
{
	policy_put(v, "default", default_policy_text);
	policy_put(v, "response-wrapping", wrapping_policy_text);
	policy_put(v, "control-group", control_group_policy_text);
}
