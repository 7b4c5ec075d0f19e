/*
 * Standard output in Vault's words and order. Labels are right-aligned in 24
 * columns and sorted.
 */
#include "server/dev/banner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "server/admin_listener.h"
#include "server/listeners.h"

extern char **environ;

#define BANNER_LINE "%24s: %s\n"

static void
banner_print_environment(void)
{
	size_t n = 0;
	char **names;
	const char *comma = "";

	while (environ[n])
		n++;
	names = xcalloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		names[i] = xstrndup(environ[i], strcspn(environ[i], "="));
	qsort(names, n, sizeof(char *), compare_strings);
	printf("%24s: ", "Environment Variables");
	for (size_t i = 0; i < n; i++) {
		printf("%s%s", comma, names[i]);
		comma = ", ";
		free(names[i]);
	}
	putchar('\n');
	free(names);
}

void
banner_configuration(const struct instance *in)
{
	const struct vault_config *c = &in->vault.config;
	char version[100];
	char label[32], line[500];

	snprintf(version, sizeof(version), "Vault v%s, built %s", c->version,
	    MOCKVAULT_BUILD_DATE);
	puts("==> Vault server configuration:\n");
	printf(BANNER_LINE, "Administrative Namespace", "");
	printf(BANNER_LINE, "Api Address", in->api_addr);
	printf(BANNER_LINE, "Cgo", "disabled");
	printf(BANNER_LINE, "Cluster Address", in->cluster_addr);
	banner_print_environment();
	printf(BANNER_LINE, "Go Version", "go1.23.8");
	for (int i = 0; listener_describe(in, i, line, sizeof(line)); i++) {
		snprintf(label, sizeof(label), "Listener %d", i + 1);
		printf(BANNER_LINE, label, line);
	}
	printf(BANNER_LINE, "Log Level", log_level_name(in->log.level));
	printf(BANNER_LINE, "Mlock", "supported: true, enabled: false");
	printf(BANNER_LINE, "Recovery Mode", "false");
	printf(BANNER_LINE, "Storage", c->storage_type);
	printf(BANNER_LINE, "Version", version);
	printf(BANNER_LINE, "Version Sha", MOCKVAULT_SHA);
	putchar('\n');
	fflush(stdout);
}

void
banner_started(const struct instance *in)
{
	/* Vault drops this line when the log goes to the same place. */
	if (!in->options->combine_logs)
		puts("==> Vault server started! Log data will stream in "
		     "below:\n");
	fflush(stdout);
}

void
banner_dev(const struct instance *in)
{
	puts("WARNING! dev mode is enabled! In this mode, Vault runs entirely "
	     "in-memory\n"
	     "and starts unsealed with a single unseal key. The root token is "
	     "already\n"
	     "authenticated to the CLI, so you can immediately begin using "
	     "Vault.\n\n"
	     "You may need to set the following environment variables:\n");
	printf("    $ export VAULT_ADDR='%s'\n", in->api_addr);
	if (in->dev_ca_path[0])
		printf("    $ export VAULT_CACERT='%s'\n", in->dev_ca_path);
	puts("\nThe unseal key and root token are displayed below in case you "
	     "want to\nseal/unseal the Vault or re-authenticate.\n");
	printf("Unseal Key: %s\nRoot Token: %s\n\n", in->unseal_key,
	    in->root_token);
	puts("Development mode should NOT be used in production "
	     "installations!\n");
	fflush(stdout);
}

/* The nodes of this process, itself the first. */
static json_t *
banner_nodes(const struct instance *in)
{
	json_t *list = json_array();

	for (const struct instance *at = in->host->instances; at;
	     at = at->next_in_host)
		if (at->first == in)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s}", "id", at->node_name,
				"api_addr", at->api_addr, "cluster_addr",
				at->cluster_addr));
	return list;
}

void
banner_json(const struct instance *in)
{
	json_t *list = json_array();
	json_t *whole;
	struct buf line;
	struct listener_address b;
	char admin[220];

	for (int i = 0; listener_get_address(in, i, &b); i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:b, s:s}", "address", b.address, "tls",
			b.tls, "url", b.url));
	buf_init(&line, 0);
	admin_listener_url(in, admin, sizeof(admin));
	whole = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o}", "mockvault",
	    MOCKVAULT_OWN_VERSION, "vault_version", in->vault.config.version,
	    "api_addr", in->api_addr, "admin_addr", admin, "seed",
	    (json_int_t)in->seed, "listeners", list);
	if (in->node_name)
		json_object_set_new(whole, "nodes", banner_nodes(in));
	jsontext_put_ordered(&line, whole);
	json_decref(whole);
	puts(line.p);
	fflush(stdout);
	buf_release(&line);
}
