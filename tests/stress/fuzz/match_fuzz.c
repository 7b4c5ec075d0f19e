/* Matches from bytes: what is taken can be asked of a request, what is refused
 * says why and where. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "journal/match/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
header(const void *arg, const char *name)
{
	(void)arg;
	return *name == 'u' ? "agent/1.0" : NULL;
}

static void
try_match(const struct match *m)
{
	static const char *const policies[] = { "app", "default", NULL };
	struct request_info f = {
		.method = "PUT",
		.path = "auth/approle/login",
		.query = "list=true&a=%62&&c",
		.op = "login",
		.mount = "auth/approle/",
		.mount_type = "approle",
		.has_token = true,
		.token_id = "hvs.abc",
		.accessor = "acc",
		.role = "web",
		.auth_mount = "auth/approle/",
		.policies = policies,
		.client_ip = "10.1.2.3",
		.node = "n1",
		.node_active = true,
		.header = header,
		.body = SLICE("{\"data\":[{\"/x\":1}],\"role_id\":\"r\"}"),
		.nth = 2,
	};
	struct request_info none = { .client_ip = "::1" };
	struct mismatch why = { "" };

	if (!match_request(m, &f, &why) && !*why.text)
		abort();
	(void)match_request(m, &none, &why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *tree = json_loadb((const char *)data, size, 0, NULL);
	struct error c = { 0 };
	struct match *m;

	if (!tree)
		return 0;
	m = match_parse(tree, "match", &c);
	if (!m && !c.status)
		abort();
	if (m)
		try_match(m);
	match_free(m);
	error_release(&c);
	json_decref(tree);
	return 0;
}
