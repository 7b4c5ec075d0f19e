/*
 * The retry_join blocks of a configuration, refused where Vault does not start
 * with them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/go_text.h"
#include "base/text.h"
#include "core/crypto/client_tls.h"
#include "server/nodes/process_node.h"

#define RETRY_PEM_MAX ((size_t)1 << 20)

/* ---- reading ---- */

/* Go's words for a file that cannot be read. */
static const char *
retry_read_file(struct arena *a, const char *path, struct error *e)
{
	struct error failed = { 0 };
	char *text = file_read(path, RETRY_PEM_MAX, NULL, &failed);
	size_t skip = strlen(path) + 2;
	char *kept;

	if (!text) {
		kept = arena_strdup(a,
		    strlen(failed.text) > skip ? failed.text + skip
					       : failed.text);
		lower_ascii(kept);
		error_set(e, 400, "open %s: %s", path, kept);
		return NULL;
	}
	kept = arena_strdup(a, text);
	free(text);
	return kept;
}

static bool
retry_read_authorities(struct arena *a, const struct config_retry_join *r,
    struct join_leader *out, struct error *e)
{
	struct error failed = { 0 };

	if (!*r->leader_ca_cert_file)
		return true;
	out->tls.ca = retry_read_file(a, r->leader_ca_cert_file, &failed);
	if (!out->tls.ca)
		return error_set(
		    e, 400, "failed to read CA file: %s", failed.text);
	return client_tls_has_certificate(out->tls.ca) ||
	    error_set(e, 400, "failed to parse CA certificate");
}

/* Files count more than texts: one file, and no text is looked at. */
static bool
retry_read_tls(struct arena *a, const struct config_retry_join *r,
    struct join_leader *out, struct error *e)
{
	bool has_file = *r->leader_ca_cert_file ||
	    *r->leader_client_cert_file || *r->leader_client_key_file;
	bool has_files = *r->leader_client_cert_file &&
	    *r->leader_client_key_file;

	out->tls = (struct http_client_tls){ "", "", "",
		r->leader_tls_servername };
	if (!has_file) {
		out->tls.ca = r->leader_ca_cert;
		out->tls.certificate = r->leader_client_cert;
		out->tls.key = r->leader_client_key;
	} else if (*r->leader_ca_cert_file == '\0' && !has_files) {
		return error_set(e, 400, "invalid certificate parameters");
	} else if (!retry_read_authorities(a, r, out, e)) {
		return false;
	}
	if (has_files) {
		out->tls.certificate = retry_read_file(
		    a, r->leader_client_cert_file, e);
		out->tls.key = out->tls.certificate
		    ? retry_read_file(a, r->leader_client_key_file, e)
		    : NULL;
		if (!out->tls.key)
			return false;
	}
	if (!*out->tls.ca && !*out->tls.certificate && !*out->tls.key)
		return true;
	if (!client_tls_check(
		out->tls.ca, out->tls.certificate, out->tls.key, e))
		return false;
	if (!*out->tls.certificate || !*out->tls.key)
		out->tls.certificate = out->tls.key = "";
	return true;
}

/* Vault 1.19: a block that names nobody, or leaves it to a cloud to name
 * somebody, is not used. Here no cloud is asked. */
static const char *
retry_unused(struct arena *a, const struct config_retry_join *r)
{
	const char *at = strstr(r->auto_join, "provider=");
	size_t n;

	if (*r->leader_api_addr)
		return NULL;
	if (!*r->auto_join)
		return "must provide leader address or auto-join metadata";
	if (!at)
		return "failed to parse addresses from auto-join metadata: "
		       "discover: no provider";
	at += strlen("provider=");
	n = strcspn(at, " ");
	return arena_printf(a,
	    "failed to parse addresses from auto-join metadata: discover: "
	    "unknown provider %.*s",
	    (int)n, at);
}

static bool
retry_read_block(struct process_node *n, const struct config_retry_join *r,
    int at, struct error *e)
{
	struct join_leader leader = { .api_addr = r->leader_api_addr };
	struct error failed = { 0 };
	const char *unused;

	if (*r->auto_join && *r->leader_api_addr)
		return error_set(e, 400,
		    "cannot provide both a leader_api_addr and auto_join");
	if (*r->auto_join_scheme && strcmp(r->auto_join_scheme, "http") != 0 &&
	    strcmp(r->auto_join_scheme, "https") != 0)
		return error_set(e, 400,
		    "invalid scheme %s; must either be http or https",
		    go_quoted(n->retry_arena, r->auto_join_scheme));
	if (!retry_read_tls(n->retry_arena, r, &leader, &failed))
		return error_set(e, 400,
		    "failed to create tls config to communicate with leader "
		    "node (retry_join index: %d): %s",
		    at, failed.text);
	unused = retry_unused(n->retry_arena, r);
	if (unused)
		log_msg(&n->in->log, LOG_ERROR, "core",
		    "error in retry_join stanza, will not use it for raft "
		    "join: error=\"%s\"",
		    unused);
	else
		n->retry[n->nretry++] = leader;
	return true;
}

bool
process_retry_read(struct process_node *n, struct error *e)
{
	const struct config_storage *s = &n->in->config_file.storage;
	struct error failed = { 0 };

	if (s->nretry_joins == 0)
		return true;
	n->retry_arena = arena_new();
	n->retry = arena_zalloc(
	    n->retry_arena, (size_t)s->nretry_joins * sizeof(*n->retry));
	n->retries = true;
	for (int i = 0; i < s->nretry_joins; i++)
		if (!retry_read_block(n, &s->retry_joins[i], i, &failed))
			return error_set(e, 400,
			    "Failed to initiate raft retry join, %s",
			    go_quoted(n->retry_arena, failed.text));
	log_msg(&n->in->log, LOG_INFO, "core", "raft retry join initiated");
	return true;
}
