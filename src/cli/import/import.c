/*
 * mockvault import: reads a genuine Vault and writes fixtures of its shape.
 */
#include "cli/import/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/args.h"

const struct flag import_flags[] = {
	{ "upstream", FLAG_STRING,
	    "The Vault to read, https://vault.example:8200. Environment: "
	    "VAULT_ADDR.",
	    .env = "VAULT_ADDR", .value = "URL" },
	{ "token", FLAG_STRING,
	    "A token that may read it. Environment: VAULT_TOKEN.",
	    .env = "VAULT_TOKEN", .value = "TOKEN" },
	{ "namespace", FLAG_STRING,
	    "The namespace to read. Environment: VAULT_NAMESPACE.",
	    .env = "VAULT_NAMESPACE", .value = "NAME" },
	{ "ca", FLAG_STRING,
	    "Whom to trust: a file of CA certificates. Environment: "
	    "VAULT_CACERT.",
	    .env = "VAULT_CACERT", .alias = "ca-cert", .value = "FILE" },
	{ "tls-skip-verify", FLAG_BOOL,
	    "Do not check the Vault's certificate." },
	{ "tls-server-name", FLAG_STRING,
	    "The name in the Vault's certificate.", .value = "NAME" },
	{ "client-cert", FLAG_STRING, "The certificate to show.",
	    .value = "FILE" },
	{ "client-key", FLAG_STRING, "Its key.", .value = "FILE" },
	{ "with-values", FLAG_BOOL,
	    "Copy what secrets say, too; otherwise values of the same shape "
	    "are made up." },
	FLAG_END
};

static void
import_help(FILE *out)
{
	fputs("Usage: mockvault import [flags] FILE\n\n"
	      "  Reads mounts, policies, roles, identity and secrets of a "
	      "genuine Vault and writes\n  them to FILE as fixtures, for\n\n"
	      "      mockvault server -dev -dev-no-kv -fixtures FILE\n\n"
	      "  It only reads. Values of secrets are made up, passwords and "
	      "keys are new; what\n  cannot be copied is listed at the end.\n\n"
	      "Flags:\n",
	    out);
	args_help(out, import_flags);
}

/* The flag's value, its variable's, or "". */
static const char *
import_option(const struct args *a, const char *name)
{
	const char *value = args_value(a, name);

	for (const struct flag *f = import_flags; f->name && !value; f++)
		if (strcmp(f->name, name) == 0 && f->env)
			value = getenv(f->env);
	return value ? value : "";
}

/* NULL, or why it cannot be asked. */
static const char *
import_connect(struct importer *im, const struct args *a)
{
	const struct trust_options o = {
		.ca_cert = import_option(a, "ca"),
		.ca_path = "",
		.ca_bytes = "",
		.client_cert = import_option(a, "client-cert"),
		.client_key = import_option(a, "client-key"),
		.server_name = import_option(a, "tls-server-name"),
		.insecure = args_has(a, "tls-skip-verify"),
	};
	const char *url = import_option(a, "upstream"), *why = NULL;
	const char *namespace = import_option(a, "namespace");

	if (!*url)
		return "-upstream=URL says which Vault is read";
	if (!*import_option(a, "token"))
		return "-token, or VAULT_TOKEN, is needed to read it";
	why = address_parse(im->arena, url, &im->address);
	if (why)
		return why;
	headers_add(im->arena, &im->headers, "X-Vault-Request", "true");
	headers_add(im->arena, &im->headers, "X-Vault-Token",
	    import_option(a, "token"));
	if (*namespace)
		headers_add(
		    im->arena, &im->headers, "X-Vault-Namespace", namespace);
	im->trust.arena = im->arena;
	return trust_configure(&im->trust, &o, &why) ? NULL : why;
}

/* A token that is refused everywhere would give an empty file. */
static const char *
import_check_token(struct importer *im)
{
	int status;
	json_t *self = import_read(
	    im, "GET", "auth/token/lookup-self", &status);

	json_decref(self);
	if (im->failure)
		return im->failure;
	return self ? NULL : "the Vault does not take this token";
}

static void
import_everything(struct importer *im)
{
	import_mounts(im);
	import_policies(im);
	import_token_roles(im);
	import_identity(im);
	import_quotas(im);
}

static void
import_report(const struct importer *im, const char *path)
{
	static const char *const sections[] = { "mounts", "auth", "policies",
		"identity", "pki", "writes", NULL };
	json_t *line;
	size_t i;

	printf("%s:", path);
	for (int n = 0; sections[n]; n++)
		printf(" %zu %s,",
		    json_object_size(
			json_object_get(im->document, sections[n])),
		    sections[n]);
	printf(" %ld secrets%s\n", im->secrets,
	    im->with_values ? "" : " with made-up values");
	puts("Not copied:\n  tokens, leases: they cannot be read");
	json_array_foreach (im->skipped, i, line)
		printf("  %s\n", json_string_value(line));
}

/* Reads it and writes the file; NULL, or why not. */
static const char *
import_run(struct importer *im, const struct args *a, const char *path)
{
	const char *why = import_connect(im, a);
	struct error e = { 0 };
	char *text;
	bool ok;

	if (!why)
		why = import_check_token(im);
	if (why)
		return why;
	import_everything(im);
	if (im->failure)
		return im->failure;
	text = json_dumps(im->document, JSON_INDENT(2));
	ok = text && file_write(path, text, strlen(text), &e);
	free(text);
	if (!ok)
		return arena_strdup(im->arena, *e.text ? e.text : "no text");
	import_report(im, path);
	return NULL;
}

static int
import_usage_error(const char *why)
{
	fprintf(stderr, "import: %s\n\n", why);
	import_help(stderr);
	return 1;
}

int
import_main(int argc, char *const *argv)
{
	struct args a = { .tables = { import_flags } };
	struct importer im = { .arena = arena_new() };
	struct error e = { 0 };
	const char *why = NULL, *path;
	int status = 0;

	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "-help") == 0 ||
		    strcmp(argv[i], "--help") == 0) {
			import_help(stdout);
			arena_free(im.arena);
			return 0;
		}
	im.random = random_new();
	im.document = json_object();
	im.skipped = json_array();
	im.entities = json_object();
	im.groups = json_object();
	if (!args_parse(&a, argc, argv, &e)) {
		status = import_usage_error(e.text);
	} else if (!(path = args_positional(&a, 0)) || args_positional(&a, 1)) {
		status = import_usage_error("one FILE is expected");
	} else {
		im.with_values = args_has(&a, "with-values");
		why = import_run(&im, &a, path);
	}
	if (why)
		fprintf(stderr, "import: %s\n", why);
	args_release(&a);
	trust_release(&im.trust);
	json_decref(im.document);
	json_decref(im.skipped);
	json_decref(im.entities);
	json_decref(im.groups);
	random_free(im.random);
	arena_free(im.arena);
	return why ? 1 : status;
}
