/*
 * The client behind every word of the vault command: what the flags and the
 * environment say, and requests with their retries, redirects and errors.
 */
#ifndef MV_CLI_VAULT_CLIENT_VCLIENT_H
#define MV_CLI_VAULT_CLIENT_VCLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/vault/client/address.h"
#include "cli/vault/client/transport.h"
#include "cli/vault/client/trust.h"
#include "cli/vault/output/goflag.h"
#include "cli/vault/output/ui.h"

enum vclient_wrap {
	VCLIENT_WRAP_FLAG, /* -wrap-ttl, then the variable */
	VCLIENT_WRAP_ENV,  /* the variable alone */
	VCLIENT_WRAP_NEVER,
};

struct vclient {
	struct arena *arena;
	const struct goflags *flags;
	struct address address;
	struct address proxy;
	bool has_proxy;
	struct trust trust;
	struct trust_options tls; /* as curl would be told */
	int64_t timeout_ms;	  /* below 0: none */
	uint64_t max_retries;
	bool disable_redirects;
	char *token;		/* "" is none */
	struct headers headers; /* of every request */
	char **mfa;
	int nmfa;
	bool policy_override;
	enum vclient_wrap wrap;
	bool curl;   /* requests are printed as curl lines, not made */
	bool policy; /* or as the policy that would allow them */
	char *shown; /* that line or policy */
};

struct vrequest {
	const char *method;
	const char *path;	  /* below /v1/ */
	struct slice body;	  /* p NULL: none */
	const char *content_type; /* NULL: none */
	struct buf query;
	bool once; /* no retries, as snapshots are sent */
};

struct vreply {
	bool answered;
	bool refused; /* the answer's status is an error's */
	int status;
	struct slice body;
	const char *why; /* the error's text, or NULL */
};

/* false with the text of the error in *why. */
bool vclient_init(struct vclient *c, struct arena *a, struct ui *ui,
    const struct goflags *flags, const char **why);
void vclient_release(struct vclient *c);
void vclient_set_namespace(struct vclient *c, const char *name);

/* A request without body and query; texts are borrowed. */
void vrequest_init(struct vrequest *r, const char *method, const char *path);
/* Makes the request and releases its query; false with reply->why. */
bool vclient_ask(struct vclient *c, struct vrequest *r, struct vreply *reply);
/* One request without a query; body may be SLICE_NONE. */
bool vclient_do(struct vclient *c, const char *method, const char *path,
    struct slice body, struct vreply *reply);

#define SLICE_NONE ((struct slice){ NULL, 0 })

#endif
