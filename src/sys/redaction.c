/*
 * Which of a listener's redactions a request is subject to.
 */
#include "sys/redaction.h"

#include "core/seal/seal.h"
#include "core/token/token.h"
#include "core/vault.h"

bool
sys_is_redacted(struct request *req, unsigned what)
{
	const char *text;
	struct token *token;

	if (!(req->redactions & what))
		return false;
	text = request_header(req, "X-Vault-Token");
	/* Sealed nodes and standbys can look none up. */
	if (!text || !*text || seal_is_sealed(req->vault) ||
	    req->vault->standby.on)
		return true;
	token = token_lookup(req->vault, text);
	token_unref(token);
	return !token;
}
