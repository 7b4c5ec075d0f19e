/*
 * One request on its way through the program, whoever sent it: a connection, a
 * fixture, a test. The caller fills in the first part, the pipeline the rest.
 */
#ifndef MV_API_REQUEST_H
#define MV_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/header.h"
#include "base/json/jsontext.h"
#include "base/mem.h"

struct acl;
struct async_key;
struct api;
struct request_info;
struct fault_decision;
struct response_fault;
struct engine;
struct mount;
struct route;
struct token;
struct vault;

/*
 * What a handler returns: HANDLED, the reply is complete; PENDING, it comes
 * later through pipeline_resume. 0 is neither, so that a result which nobody
 * set is found.
 */
enum handler_result {
	HANDLED = 1,
	PENDING,
};

enum op {
	OP_READ = 1 << 0,
	OP_LIST = 1 << 1,
	OP_WRITE = 1 << 2, /* POST and PUT: create or update */
	OP_DELETE = 1 << 3,
	OP_PATCH = 1 << 4,
	OP_HEAD = 1 << 5,
	OP_HELP = 1 << 6,
	OP_OPTIONS = 1 << 7,
	OP_PUT = 1 << 8, /* the control API alone tells it from POST */
};

/* What a listener serves without a token: telemetry, profiling and
 * inflight_requests_logging of its configuration. */
enum {
	REQUEST_OPEN_METRICS = 1 << 10,
	REQUEST_OPEN_PPROF = 1 << 11,
	REQUEST_OPEN_IN_FLIGHT = 1 << 12,
};

/* What a listener keeps from answers that ask for no token: redact_addresses
 * and so on of its configuration. */
enum {
	REQUEST_REDACT_ADDRESSES = 1 << 0,
	REQUEST_REDACT_CLUSTER_NAME = 1 << 1,
	REQUEST_REDACT_VERSION = 1 << 2,
};

/* What a listener allows: max_json_* and max_token_header_size. 0 stands for
 * Vault's default, a negative number for no limit. */
struct request_limits {
	int64_t json_depth;
	int64_t json_string;   /* bytes */
	int64_t json_entries;  /* of an object */
	int64_t json_elements; /* of an array */
	int64_t json_tokens;
	int64_t token_header; /* bytes */
};

/* A field of a route's parameters, once it is converted; see param.h. */
struct param_value;

enum reply_kind {
	REPLY_NONE,	/* nil: 204, or 404 for a read or a list */
	REPLY_ENVELOPE, /* data in Vault's envelope */
	REPLY_BARE,	/* a JSON object without envelope, with its newline */
	REPLY_RAW,	/* bytes as they are */
	REPLY_UPSTREAM, /* another server's: its head, bytes as they are */
	REPLY_ERROR,
};

/* The auth block of a login or of token create and renew. */
struct reply_auth {
	struct token *token;	  /* what it describes (a reference is held) */
	const char *client_token; /* as the client shall see it; "" hides it */
	int64_t lease_duration_s; /* s */
	const char *metadata;	  /* clean JSON or NULL for null */
	const char *const *token_policies;    /* NULL: the token's own */
	const char *const *identity_policies; /* NULL-terminated or NULL */
};

/* The head of an answer that another server made. */
struct reply_upstream {
	const char *reason; /* of its status line */
	const struct header *headers;
	int nheaders;
	int64_t length; /* of the body as announced; -1: not announced */
};

struct reply {
	enum reply_kind kind;
	int status;		  /* 0: by kind */
	struct buf data;	  /* clean JSON of `data`; empty: null */
	struct buf body;	  /* the bytes to send, once encoded */
	const char *content_type; /* NULL: application/json; "": none */
	const struct reply_upstream *upstream; /* of REPLY_UPSTREAM */
	bool no_vault_headers; /* not Vault's: without the headers it always
				  sends */
	bool forced_status;    /* envelope with a forced status: no newline */
	bool fields_warned;    /* of unknown fields, by params_warn */
	bool no_mount_type;    /* reply_mount_type "" */
	bool inject;	       /* data's keys at top level as well */
	const char *lease_id;  /* NULL: "" */
	int64_t lease_duration_s;
	bool renewable;
	const struct reply_auth *auth;
	struct token *auth_token;     /* the reference behind auth */
	const char *wrap_info;	      /* JSON text, NULL: null */
	const char *wrapped_accessor; /* for wrap_info_json, NULL when none */
	const char *request_id;	      /* NULL: the request's own */
	const char **warnings;
	int nwarnings;
	struct header headers[16]; /* beyond the usual ones */
	int nheaders;
	const char *error;  /* text of REPLY_ERROR, in the arena; NULL: none */
	bool error_empty;   /* {"errors":[]} */
	bool error_no_body; /* nothing at all */
	bool error_wrapped; /* "1 error occurred:..." when authenticated */
};

struct request;

/* The journal's part of a request: what it notes, and what is known. */
struct request_record {
	int64_t journal_seq; /* of its journal entry; 0: none */
	bool from_client;    /* from outside, for Vault: it may tell events */
	bool was_sealed;     /* when it came */
	bool handler_called; /* its handler was called */
	bool committed;	     /* its handler ran, and what it did stands */
	bool is_unsure;	     /* the answer waits for the commit of the pass */
	struct request_info *info; /* request_info.c; NULL: nobody has asked */
	struct token *info_token;  /* reference: looked up for info */
};

/* The faults' part of a request: what the rules say, and its waiting. */
struct request_fault {
	struct fault_decision *decision; /* NULL: no fault acted */
	struct response_fault
	    *response_fault; /* how its answer goes out; NULL: as usual */
	void (*cancel)(struct request *req); /* set while it only waits */
	bool waits_for_client; /* cancel also when it has sent its FIN: the
				  wait has no end of its own */
	void *cancel_arg;      /* whoever set cancel */
};

/* How reading goes on in the body of a request that is still coming. */
enum stream_read {
	STREAM_MORE, /* what has come was added */
	STREAM_END,  /* and that was all of it */
	STREAM_BROKEN,
};

/* What a connection can do for a handler that passes bodies on piece by
 * piece. The reply's head is set before start; pipeline_resume ends it. */
struct request_stream_ops {
	/* Adds to out what has come of the request's body, about max bytes. */
	enum stream_read (*read)(
	    struct request *req, struct buf *out, size_t max);
	/* The head goes out. The length of the body, -1: it is not known. */
	void (*start)(struct request *req, int64_t length);
	void (*write)(struct request *req, const char *p, size_t n);
	/* How many bytes wait for the client to take them. */
	size_t (*waiting)(const struct request *req);
};

struct request_stream {
	const struct request_stream_ops *ops; /* NULL: bodies are whole */
	bool body_follows;		      /* body is only its beginning */
	bool started;			      /* by ops->start */
	bool endless;  /* the answer has no end of its own: it ends with its
			  client, or when the server stops */
	bool cut;      /* started, and its end will not come */
	int64_t bytes; /* of the answer's body, written so far */
	/* The handler's, or NULL: more of the body is there; the client has
	 * taken what was written. */
	void (*on_body)(struct request *req);
	void (*on_room)(struct request *req);
	void *arg;
};

typedef void (*request_done)(struct request *req, void *arg);

struct request {
	/* The caller's part. Texts live in the arena or outlive the request. */
	struct arena *arena;
	const char *method; /* "GET", "LIST"... */
	char *target; /* "/v1/secret/data/x?version=1"; pipeline edits it */
	const struct header *headers;
	int nheaders;
	/* A bit for each length of a header's name, modulo 64, so that most of
	 * what is looked for is known to be absent; 0: nobody has counted. */
	uint64_t header_lengths;
	struct slice body;
	struct buf *body_buf; /* of its bytes; NULL: nobody gives them away */
	const char *peer;     /* address without port, "127.0.0.1" */
	int peer_port;
	bool tls;
	bool internal;		  /* in-process: no journal, no faults */
	bool forwarded;		  /* internal, but a client's: by a standby */
	bool admin;		  /* came to the admin listener */
	const char *space;	  /* it names this one; NULL: none */
	const char *space_prefix; /* "/s/ID", taken off the target; or NULL */
	unsigned open_paths; /* REQUEST_OPEN_*: no token is asked for there */
	unsigned redactions; /* REQUEST_REDACT_* */
	struct request_limits limits;
	int64_t conn_id;
	int64_t conn_nth;     /* of the connection's requests, from 1 */
	int64_t conn_idle_ns; /* since its last answer, on the vault's clock */
	const char *tls_text; /* "TLSv1.3 TLS_AES_128_GCM_SHA256", or NULL */
	const char *refusal;  /* NULL, or the text of the 400 with which the
				 listener's configuration refuses it */
	void *owner;	      /* connection; api/ does not look at it */
	struct request_stream stream;

	/* The pipeline's part: request_new, api_handle and phase_open. */
	struct api *api;
	struct api *home; /* of request_new: it keeps what is freed */
	struct vault *vault;
	request_done done;
	void *done_arg;
	struct request *next_in_flight,
	    **prev_in_flight;	     /* of the api's list */
	size_t phase;		     /* index of the phase that runs next */
	struct async_key *async_key; /* api/async_key.h; NULL: nothing was */
	int64_t started_ns;	     /* virtual ns */
	int64_t mono_ns;	     /* the same time of the machine */
	char id[37];

	/* What was asked: api/phases/request_parse.c and wrapping.c. */
	enum op op;
	char *path; /* below /v1/, decoded and clean, LIST with its slash */
	const char *unclean_path; /* the whole path as sent, when it may need
				     cleaning; NULL: it needs none */
	char *query;		  /* raw text behind '?', "" */
	struct slice json; /* clean text of the body's object, p NULL: none */
	struct jsontext_member *fields; /* body or query, sorted by key */
	size_t nfields;
	int64_t wrap_ttl_s; /* s; 0: not wrapped */

	/* Where it leads: api/phases/routing.c, route.c and param.c. */
	const struct mount *mount;
	int64_t waiting_mount_id; /* while it waits: mounts are loaded anew */
	const char *waiting_mount_uuid;
	const struct engine *engine;
	const char *rel_path; /* path within the mount */
	const struct route *route;
	bool needs_sudo;	    /* the path does, whatever the operation */
	struct param_value *params; /* one per entry of route->params */
	struct {		    /* captures of the route's pattern */
		const char *name;
		const char *value;
	} captures[8];
	int ncaptures;

	/* Who asks, and whether it may: api/phases/authorize.c. */
	const char *token_text; /* "" when none was sent; NULL: not read yet */
	struct token *token;	/* reference; NULL when unauthenticated */
	bool creating; /* a write that the existence check found absent */
	const void *existing; /* what that check read, for the handler */
	/* A handler's only writes, made once its answer stands: nothing undoes
	 * them, so they need no savepoint. NULL: none. */
	void (*write_at_end)(struct request *req, const void *arg);
	const void *write_at_end_arg; /* in the arena */

	/* What other phases note. */
	bool audited;	   /* the devices have its request entry */
	bool rate_limited; /* refused by a rate limit */
	struct request_record record;
	struct request_fault fault;

	/* The answer: api/reply.h writes it, pipeline_finish completes it. */
	struct reply reply;
};

/* A request with an arena of its own; body, headers etc. are the caller's to
 * set. request_free ends it. */
struct request *request_new(struct api *api);
void request_free(struct request *req);

/* First header of that name, in any case; NULL when absent. */
const char *request_header(const struct request *req, const char *name);
/* The bytes of the body are out's from now on, and stay where they are. Only
 * while there is a body_buf. */
void request_take_body(struct request *req, struct buf *out);
/* Vault 1.19: is the body a question about a certificate, by its type and
 * whatever the path? It is no object then. */
bool request_is_ocsp(const struct request *req);

#endif
