/*
 * Clients of the simulated cluster, and the history of what they saw: a line
 * each, for tests/cluster/linearizable.
 *
 *	SEED CLIENT KEY KIND VALUE CAS CALLED RETURNED RESULT VERSION VALUE
 *
 * RETURNED is 0 where nobody knows whether it was done.
 */
#include "tests/stress/nodesim/nodesim.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- answers ---- */

static void
nodesim_read_answer(struct nodesim_op *op, const struct reply *r)
{
	json_t *body = r->body.n ? json_loadb(r->body.p, r->body.n, 0, NULL)
				 : NULL;
	json_t *data = json_object_get(body, "data"), *read;

	if (op->kind == NODESIM_READ) {
		read = json_object_get(data, "data");
		op->got_value = (uint64_t)json_integer_value(
		    json_object_get(read, "v"));
		data = json_object_get(data, "metadata");
	}
	op->got_version = (uint64_t)json_integer_value(
	    json_object_get(data, "version"));
	json_decref(body);
}

/* 503: sealed. A redirect or a 500 that came at once did nothing. */
static void
nodesim_on_answer(struct request *req, void *arg)
{
	struct nodesim_op *op = arg;

	op->answered = true;
	op->status = req->reply.status;
	op->refused = op->status == 503 ||
	    (op->at_once && (op->status == 307 || op->status == 500));
	if (op->status == 200)
		nodesim_read_answer(op, &req->reply);
	if (op->at_once)
		return; /* nodesim_end_op frees it */
	op->req = NULL;
	request_free(req);
}

static const char *
nodesim_result(const struct nodesim_op *op)
{
	if (op->given_up)
		return "unknown";
	if (op->status == 200 || op->status == 204)
		return "ok";
	if (op->status == 404 && op->kind == NODESIM_READ)
		return "absent";
	if (op->status == 400 && op->kind == NODESIM_CAS)
		return "mismatch";
	return "unknown";
}

static void
nodesim_write_line(struct nodesim *s, const struct nodesim_op *op)
{
	static const char *const kinds[] = { "read", "write", "cas", "delete" };
	const char *result = nodesim_result(op);
	bool known = strcmp(result, "unknown") != 0;

	s->counts->reads += op->kind == NODESIM_READ && known;
	s->counts->writes += op->kind != NODESIM_READ;
	s->counts->acked += op->kind != NODESIM_READ && known;
	s->counts->unknown += op->kind != NODESIM_READ && !known;
	s->happened++;
	if (op->kind == NODESIM_READ && !known)
		return;
	if (s->o->history)
		fprintf(s->o->history,
		    "%" PRIu64 " %d %d %s %" PRIu64 " %" PRIu64 " %" PRIu64
		    " %" PRIu64 " %s %" PRIu64 " %" PRIu64 "\n",
		    s->seed, op->client, op->key, kinds[op->kind], op->value,
		    op->cas, op->called, known ? s->happened : 0, result,
		    op->got_version, op->got_value);
}

static void
nodesim_end_op(struct nodesim *s, struct nodesim_op *op)
{
	struct nodesim_client *c = &s->clients[op->client];

	if (!op->refused)
		nodesim_write_line(s, op);
	if (op->status == 200 && !op->given_up)
		c->version[op->key] = op->got_version;
	if (op->status == 404 || op->status == 204)
		c->version[op->key] = 0;
	if (c->op == op)
		c->op = NULL;
	if (op->req)
		request_free(op->req);
	free(op);
}

void
nodesim_collect(struct nodesim *s)
{
	struct nodesim_op **at = &s->ops, *op;

	while ((op = *at) != NULL) {
		if (!op->answered) {
			at = &op->next;
			continue;
		}
		*at = op->next;
		nodesim_end_op(s, op);
	}
}

/* ---- questions ---- */

static void
nodesim_fill(struct nodesim *s, struct nodesim_op *op)
{
	const char *folder = op->kind == NODESIM_DELETE ? "metadata" : "data";

	snprintf(
	    op->path, sizeof(op->path), "/v1/secret/%s/k%d", folder, op->key);
	if (op->kind == NODESIM_WRITE || op->kind == NODESIM_CAS)
		op->value = s->next_value++;
	if (op->kind == NODESIM_WRITE)
		snprintf(op->body, sizeof(op->body),
		    "{\"data\":{\"v\":%" PRIu64 "}}", op->value);
	if (op->kind == NODESIM_CAS) {
		op->cas = s->clients[op->client].version[op->key];
		snprintf(op->body, sizeof(op->body),
		    "{\"options\":{\"cas\":%" PRIu64
		    "},\"data\":{\"v\":%" PRIu64 "}}",
		    op->cas, op->value);
	}
}

void
nodesim_ask(struct nodesim *s, int client, int key, enum nodesim_kind kind,
    struct node *at)
{
	static const char *const methods[] = { "GET", "PUT", "PUT", "DELETE" };
	struct nodesim_op *op = xcalloc(1, sizeof(*op));
	struct header *headers;
	struct request *req;

	op->sim = s;
	op->client = client;
	op->key = key;
	op->kind = kind;
	op->called = ++s->happened;
	nodesim_fill(s, op);
	req = op->req = request_new(at->in->api);
	headers = arena_zalloc(req->arena, sizeof(*headers));
	headers[0] = (struct header){ "X-Vault-Token", "root" };
	req->method = methods[kind];
	req->target = op->path;
	req->headers = headers;
	req->nheaders = 1;
	req->body = (struct slice){ op->body, strlen(op->body) };
	req->peer = "127.0.0.1";
	op->next = s->ops;
	s->ops = op;
	s->clients[client].op = op;
	op->at_once = true;
	api_handle(at->in->api, req, nodesim_on_answer, op);
	op->at_once = false;
}

static bool
nodesim_is_alone(const struct nodesim *s, int i)
{
	int n = 0;

	for (int k = 0; k < NODESIM_NODES; k++)
		n += s->cut[i][k];
	return n == NODESIM_NODES - 1;
}

/* Who leads in the newest term and is not cut off. */
static struct node *
nodesim_newest_leader(struct nodesim *s)
{
	struct node *newest = NULL;

	for (int i = 0; i < s->nodes->n; i++) {
		struct node *n = &s->nodes->node[i];

		if (n->serves && n->cluster && !nodesim_is_alone(s, i) &&
		    (!newest ||
			cluster_term(n->cluster) >
			    cluster_term(newest->cluster)))
			newest = n;
	}
	return newest;
}

/* Readers ask any node; who writes, mostly the one that leads with a majority:
 * one that was cut off has readers alone, and no write holds them up. */
static bool
nodesim_is_reader(int client)
{
	return client < NODESIM_CLIENTS / 2;
}

static struct node *
nodesim_pick(struct nodesim *s, int client)
{
	struct node *n = &s->nodes->node[nodesim_below(s, NODESIM_NODES)];

	if (!nodesim_is_reader(client) && nodesim_below(s, 40) > 0)
		n = nodesim_newest_leader(s);
	return n && n->power == NODE_UP ? n : NULL;
}

static enum nodesim_kind
nodesim_pick_kind(struct nodesim *s, int client)
{
	uint64_t n = nodesim_is_reader(client) ? 0 : nodesim_below(s, 40);

	return n < 10 ? NODESIM_READ
	    : n < 25  ? NODESIM_WRITE
	    : n < 39  ? NODESIM_CAS
		      : NODESIM_DELETE;
}

static void
nodesim_run_client(struct nodesim *s, int i)
{
	struct nodesim_client *c = &s->clients[i];
	struct node *at = nodesim_pick(s, i);

	if (c->op) {
		c->op->given_up = true;
		if (c->op->req)
			api_client_gone(c->op->req);
		c->op = NULL;
	}
	if (at)
		nodesim_ask(s, i, (int)nodesim_below(s, NODESIM_KEYS),
		    nodesim_pick_kind(s, i), at);
}

void
nodesim_run_clients(struct nodesim *s)
{
	for (int i = 0; i < NODESIM_CLIENTS; i++) {
		struct nodesim_client *c = &s->clients[i];

		if (!c->next.due)
			continue;
		c->next.due = false;
		if (s->healed)
			continue;
		/* Who is not answered waits a while, then asks something else.
		 */
		if (c->op && !c->op->answered && c->patience_ns > 0) {
			c->patience_ns -= 500 * NODESIM_MS;
			nodesim_set(s, &c->next, 500 * NODESIM_MS);
			continue;
		}
		nodesim_collect(s);
		nodesim_run_client(s, i);
		c->patience_ns = (int64_t)nodesim_below(s, 40) * NODESIM_S;
		nodesim_set(
		    s, &c->next, (int64_t)nodesim_below(s, 700) * NODESIM_MS);
	}
}
