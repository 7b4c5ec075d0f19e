/*
 * The outages that have a name, one entry each. In the rules, ' stands for a
 * JSON quote and ` for a quote within a string. The numbers are those of the
 * catalogue of real outages; docs/outages.md is printed from this table.
 */
#include "fault/outage/outage.h"

#define NOT_PROBES "'not':{'op':['health','seal-status']}"
/* What Vault answers without asking an audit device. */
#define AUDITED                                                       \
	"'not':{'path':['sys/health','sys/seal-status','sys/leader'," \
	"'sys/init','sys/unseal']}"
/* What Vault exempts from rate limits by default. */
#define NOT_EXEMPT                                                    \
	"'not':{'path':['sys/health','sys/seal-status','sys/unseal'," \
	"'sys/generate-root/attempt','sys/generate-root/update',"     \
	"'sys/generate-recovery-token/attempt',"                      \
	"'sys/generate-recovery-token/update']}"
/* What a standby answers itself. */
#define NOT_LOCAL                                                     \
	"'not':{'path':['sys/health','sys/seal-status','sys/leader'," \
	"'sys/init','sys/seal','sys/unseal','sys/internal/ui/"        \
	"feature-flags','sys/metrics','sys/storage/raft/join',"       \
	"'sys/storage/raft/bootstrap']}"
#define NO_LEADER "local node not active but active cluster node not found"
#define DENIED "1 error occurred:\\n\\t* permission denied\\n\\n"
#define HTML(title)                                                           \
	"<html>\\r\\n<head><title>" title "</title></head>\\r\\n<body>\\r\\n" \
	"<center><h1>" title "</h1></center>\\r\\n"                           \
	"<hr><center>nginx</center>\\r\\n</body>\\r\\n</html>\\r\\n"
#define LB(status, title)                                               \
	"{'if':{'status':" status "},'match':{" NOT_PROBES "},'then':[" \
	"{'respond':{'status':" status ",'from':'proxy',"               \
	"'headers':{'Server':'nginx'},'content_type':'text/html',"      \
	"'body':'" HTML(title) "'}}]}"

/* Writes of secrets, and not of their metadata. */
#define KV2_DATA                                            \
	"'op':'write','mount':{'type':'kv','version':'2'}," \
	"'path':{'regex':'^.+/data/.+$'}"
#define KV_WRONG_PATH(op, verb)                                           \
	"{'match':{'mount':{'type':'kv'},'op':'" op "'},"                 \
	"'then':[{'respond':{'status':404,'warnings':['Invalid path for " \
	"a versioned K/V secrets engine. See the API docs for the "       \
	"appropriate API endpoints to use. If using the Vault CLI, use "  \
	"\\u0027vault kv " verb "\\u0027 for this operation.']}}]}"

/* The active node's address, for standbys. */
#define LEADER                                                         \
	{                                                              \
		"leader", "string", "\"\"", NULL, false,               \
		    "address of the active node, dead or not; empty: " \
		    "this host, a port where nobody listens"           \
	}

/* How many times, for presets that fail a few calls. */
#define TIMES(def)                                       \
	{                                                \
		"times", "integer", def, NULL, false,    \
		    "how many matches fail; absent: all" \
	}

const struct outage outages[] = {
	/* ---- lifecycle and high availability ---- */
	{ .name = "uninitialized",
	    .catalogue_number = "1",
	    .summary = "A fresh server: health 501, everything else 503. The "
		       "state is kept aside and comes back.",
	    .error_messages = { "Vault is sealed" },
	    .replace = outage_uninitialized_replace,
	    .example = "uninitialized --for 30s" },
	{ .name = "sealed",
	    .catalogue_number = "2, 3",
	    .summary = "Really sealed: health 503, seal-status says so, the "
		       "rest 503. Leases keep running out; unseal keys work.",
	    .error_messages = { "Vault is sealed" },
	    .start = outage_seal_start,
	    .start_on_nodes = outage_sealed_on_nodes,
	    .on_nodes =
		"All nodes, or those of match.node: a sealed one hands over and takes no part in Raft.",
	    .example = "sealed --for 30s" },
	{ .name = "no-leader",
	    .catalogue_number = "4, 5",
	    .summary = "A standby that sees no active node: 500 on every "
		       "path, health 429, sys/leader without an address.",
	    .params = { { "forwarding", "string", "\"on\"", "on|off", false,
			    "off: 503, as for a client that forbids "
			    "forwarding" },
		{ "health", "integer", "429", "429|474", false,
		    "the status of sys/health" } },
	    .error_messages = { NO_LEADER, "no active Vault instance found" },
	    .start = outage_no_leader_start,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "One node plays the standby, and leads again at the end.",
	    .start_on_nodes = outage_no_leader_on_nodes,
	    .on_nodes =
		"Raft runs on no node, or on none of match.node; what comes after it is an election.",
	    .example = "no-leader --for 8s" },
	{ .name = "election",
	    .catalogue_number = "6",
	    .summary = "The leader died: connections are reset, this standby "
		       "answers 307 to the dead leader's address, health 429 "
		       "and then 474, and in the last moments 500 and no "
		       "leader; tokens stay valid.",
	    .params = { LEADER,
		{ "overdue", "duration", "\"10s\"", NULL, false,
		    "when health turns to 474: two heartbeats are missing" },
		{ "final", "duration", "\"1500ms\"", NULL, false,
		    "the last moments, without any leader; they need --for" } },
	    .error_messages = { NO_LEADER },
	    .start = outage_election_start,
	    .phase = outage_election_phase,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"One node plays the standby: --for says how long it lasts, and the next leader is this node.",
	    .start_on_nodes = outage_election_on_nodes,
	    .ends_with_leader = true,
	    .on_nodes =
		"The active node loses the lead and the nodes elect another, which takes as long as it takes; with --for nobody is elected before that.",
	    .example = "election --for 8s" },
	{ .name = "crash",
	    .catalogue_number = "6",
	    .summary =
		"The active node is killed, or those that match.node names: the others say 307 to the dead one's address until another leads. It comes back as a standby.",
	    .error_messages = { NO_LEADER },
	    .target = TARGET_ACTIVE,
	    .start_on_nodes = outage_crash_on_nodes,
	    .on_nodes = "As by SIGKILL, and started again at the end.",
	    .example = "crash --for 20s",
	    .fidelity = OUTAGE_NEEDS_CLUSTER },
	{ .name = "flapping",
	    .catalogue_number = "6",
	    .summary = "The lead goes from node to node, again and again.",
	    .params = { { "every", "duration", "\"5s\"", NULL, false,
		"from one change to the next" } },
	    .target = TARGET_ALL,
	    .start_on_nodes = outage_flapping_on_nodes,
	    .phase_on_nodes = outage_flapping_phase,
	    .on_nodes = "The active node steps down each time.",
	    .example = "flapping every=5s --for 30s",
	    .fidelity = OUTAGE_NEEDS_CLUSTER },
	{ .name = "redirect",
	    .catalogue_number = "7, 8",
	    .summary = "A standby that does not forward: 307 without a body; "
		       "health 429, and sys/leader names the address. With "
		       "a match, those requests alone.",
	    .params = { { "to", "string", NULL, NULL, true,
		"an address, or unreachable, http, loop, dead" } },
	    .rules = "[{'match':{" NOT_LOCAL "},"
		     "'then':[{'redirect':{'to':'$to'}}]}]",
	    .start = outage_redirect_start,
	    .upstream = "*",
	    .while_unsealed = true,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"One node plays the standby: a loop is one of this node alone.",
	    .start_on_nodes = outage_redirect_on_nodes,
	    .on_nodes =
		"Every standby names that address, whatever leads; loop is the next standby, dead a port where nobody listens.",
	    .example = "redirect to=http://127.0.0.1:8210" },
	{ .name = "forward-fail",
	    .catalogue_number = "9",
	    .summary = "The line between standby and active node is broken: "
		       "a stall, then 500 (or 307); health 429, then 474. "
		       "With a match, those requests alone.",
	    .params = { { "as", "string", "\"deadline\"",
			    "deadline|unavailable|redirect", false,
			    "what follows the stall" },
		{ "stall", "duration", "\"5s\"", NULL, false,
		    "how long nothing happens" },
		{ "to", "string", "\"unreachable\"", NULL, false,
		    "where as=redirect sends to; with nodes "
		    "unreachable is the active one" },
		LEADER,
		{ "overdue", "duration", "\"10s\"", NULL, false,
		    "when health turns to 474" } },
	    .rules =
		"[{'if':{'as':'deadline'},'match':{" NOT_LOCAL "},"
		"'then':[{'delay':'$stall'},{'respond':{'status':500,"
		"'errors':['context deadline exceeded']}}]},"
		"{'if':{'as':'unavailable'},'match':{" NOT_LOCAL "},"
		"'then':[{'delay':'$stall'},{'respond':{'status':500,"
		"'errors':['rpc error: code = Unavailable desc = connection "
		"error: desc = `transport: Error while dialing: dial tcp "
		"127.0.0.1:8201: connect: connection refused`']}}]},"
		"{'if':{'as':'redirect'},'one_node':true,'match':{" NOT_LOCAL
		"},"
		"'then':[{'delay':'$stall'},{'redirect':{'to':'$to'}}]}]",
	    .start = outage_forward_fail_start,
	    .upstream = "*",
	    .phase = outage_forward_fail_phase,
	    .while_unsealed = true,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Measured nodes of Vault fall back to 307 at once; the 500s, and the stall, are those of reports, and the gRPC text varies with the build.",
	    .rules_on_nodes = true,
	    .start_on_nodes = outage_forward_fail_on_nodes,
	    .on_nodes =
		"No standby forwards and its heartbeats are lost; as=redirect is what measured nodes do: 307 to the active node, at once.",
	    .example = "forward-fail as=deadline stall=5s" },
	{ .name = "quorum-loss",
	    .catalogue_number = "10",
	    .summary = "Two of three nodes are gone: reads go on and writes "
		       "hang until the leader's lease is over, then it steps "
		       "down and stays without a leader.",
	    .params = { { "lease", "duration", "\"2600ms\"", NULL, false,
		"for so long it still leads" } },
	    .rules =
		"[{'match':{'method':['PUT','POST','PATCH','DELETE']," NOT_LOCAL
		"},'when':{'times':1},'then':[{'hold':true},{'respond':{"
		"'status':500,'errors':['1 error occurred:\\n\\t* failed "
		"to write: leadership lost while committing log\\n\\n']}}]"
		"},"
		"{'match':{'method':['PUT','POST','PATCH','DELETE']," NOT_LOCAL
		"},'then':[{'hold':true},{'respond':{'status':500,'errors':"
		"['1 error occurred:\\n\\t* failed to write: node is not "
		"the leader\\n\\n']}}]}]",
	    .error_messages = { NO_LEADER },
	    .start = outage_quorum_loss_start,
	    .phase = outage_quorum_loss_phase,
	    .whole_node = true,
	    .while_unsealed = true,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "One node plays the last of three.",
	    .target = TARGET_STANDBYS,
	    .start_on_nodes = outage_quorum_loss_on_nodes,
	    .on_nodes =
		"The standbys are killed, or those of match.node: who is left has no majority.",
	    .example = "quorum-loss" },
	{ .name = "split",
	    .catalogue_number = "10",
	    .summary =
		"The network is split: the active node is alone, or those that match.node names are on one side and the others on the other.",
	    .error_messages = { NO_LEADER,
		"1 error occurred:\n\t* failed to write: leadership lost "
		"while committing log\n\n" },
	    .target = TARGET_ACTIVE,
	    .start_on_nodes = outage_split_on_nodes,
	    .on_nodes =
		"No message passes between the two sides; clients reach all.",
	    .example = "split --for 30s",
	    .fidelity = OUTAGE_NEEDS_CLUSTER },
	{ .name = "stale-read",
	    .catalogue_number = "11",
	    .summary = "A performance standby that lags behind; health 473. "
		       "With a match, those requests alone.",
	    .params = { { "as", "string", "\"index\"",
			    "index|not-found|denied|readonly", false,
			    "412 on X-Vault-Index, 404 or 403 for what was "
			    "just written, or 400 from its own storage" },
		LEADER, TIMES(NULL) },
	    .rules =
		"[{'if':{'as':'index'},'match':{'header':{'X-Vault-Index':"
		"'*'}},'when':{'times':'$times'},'then':[{'respond':{"
		"'status':412,'errors':['required index state not present']"
		"}}]},"
		"{'if':{'as':'not-found'},'match':{'op':'read'},'when':{"
		"'times':'$times'},'then':[{'respond':{'status':404,"
		"'errors':[]}}]},"
		"{'if':{'as':'denied'},'match':{'token':{'id':'*'}},'when':{"
		"'times':'$times'},'then':[{'respond':{'status':403,"
		"'errors':['" DENIED "']}}]},"
		"{'if':{'as':'readonly'},'match':{" NOT_PROBES "},'when':{"
		"'times':'$times'},'then':[{'respond':{'status':400,"
		"'errors':['error performing token check: failed to persist "
		"lease entry: cannot write to readonly storage']}}]}]",
	    .start = outage_stale_read_start,
	    .upstream = "*",
	    .while_unsealed = true,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Nothing lags: what was just written is answered as if it did. Enterprise alone has such nodes, so the texts are those of reports.",
	    .target = TARGET_LAST_STANDBY,
	    .rules_on_nodes = true,
	    .start_on_nodes = outage_stale_read_on_nodes,
	    .on_nodes =
		"The last standby, or those of match.node, get no entries of the log, so that they really lag; what clients are told of it are rules.",
	    .example = "stale-read as=index times=1" },
	{ .name = "health-code",
	    .catalogue_number = "12",
	    .summary = "Health answers as another kind of node; all else "
		       "works.",
	    .params = { { "code", "integer", "429", "429|472|473|474|530",
		false, "the status of sys/health" } },
	    .start = outage_health_code_start,
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "sys/health alone; all else answers as a leader does.",
	    .example = "health-code code=473" },
	{ .name = "amnesia",
	    .catalogue_number = "13",
	    .summary = "Restarted without its state: tokens 403, secret ids "
		       "400, mounts gone. The old state comes back.",
	    .error_messages = { "2 errors occurred:\n\t* permission denied\n\t* "
				"invalid token\n\n",
		"invalid role or secret ID" },
	    .replace = outage_amnesia_replace,
	    .example = "amnesia --for 1m" },
	{ .name = "rolling-restart",
	    .catalogue_number = "14",
	    .summary =
		"Each node restarts in turn, the active one last, once it has stepped down.",
	    .params = { { "down", "duration", "\"5s\"", NULL, false,
			    "how long each is away" },
		{ "every", "duration", "\"10s\"", NULL, false,
		    "from one node to the next" } },
	    .start_on_nodes = outage_rolling_on_nodes,
	    .phase_on_nodes = outage_rolling_phase,
	    .on_nodes = "It is over with the last node.",
	    .example = "rolling-restart down=5s every=10s",
	    .fidelity = OUTAGE_NEEDS_CLUSTER },
	{ .name = "rolling-upgrade",
	    .catalogue_number = "14",
	    .summary =
		"Nodes of two versions: each node in turn comes back with another one, the active one last.",
	    .params = { { "to", "string", "\"1.20.0\"", NULL, false,
			    "the other version of Vault" },
		{ "down", "duration", "\"5s\"", NULL, false,
		    "how long each is away" },
		{ "every", "duration", "\"10s\"", NULL, false,
		    "from one node to the next" } },
	    .start_on_nodes = outage_rolling_on_nodes,
	    .phase_on_nodes = outage_rolling_phase,
	    .on_nodes =
		"They are all of the new version until it is turned off; what a version changes is on each node its own.",
	    .example = "rolling-upgrade to=1.20.0 every=10s",
	    .fidelity = OUTAGE_NEEDS_CLUSTER },

	/* ---- overload and back ends ---- */
	{ .name = "slow",
	    .catalogue_number = "15",
	    .summary = "Every answer takes longer: constant, with jitter, or "
		       "lognormal.",
	    .params = { { "mode", "string", "\"constant\"",
			    "constant|jitter|lognormal", false,
			    "the shape of the distribution" },
		{ "delay", "duration", "\"1s\"", NULL, false,
		    "constant and middle of jitter; median of lognormal" },
		{ "jitter", "duration", "\"250ms\"", NULL, false,
		    "to both sides" },
		{ "sigma", "number", "0.5", NULL, false, "of lognormal" },
		{ "max", "duration", "\"30s\"", NULL, false,
		    "cap of lognormal" },
		{ "grow", "duration", "0", NULL, false,
		    "from no delay to all of it in this time" } },
	    .rules =
		"[{'if':{'mode':'constant'},'match':{" NOT_PROBES "},"
		"'then':[{'delay':{'fixed':'$delay','ramp':'$grow'}}]},"
		"{'if':{'mode':'jitter'},'match':{" NOT_PROBES "},'then':[{"
		"'delay':{'fixed':'$delay','jitter':'$jitter',"
		"'ramp':'$grow'}}]},"
		"{'if':{'mode':'lognormal'},'match':{" NOT_PROBES "},'then':"
		"[{'delay':{'lognormal':{'median':'$delay','sigma':'$sigma',"
		"'max':'$max'},'ramp':'$grow'}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The delay is one a request.",
	    .example =
		"slow mode=lognormal delay=80ms --match 'auth/*/login'" },
	{ .name = "brown-out",
	    .catalogue_number = "15",
	    .summary = "It fails more and more: the share of requests that "
		       "fail grows to all of them, or to probability.",
	    .params = { { "as", "string", "\"500\"", "500|503|reset", false,
			    "an internal error, a balancer's page, or a reset" },
		{ "grow", "duration", "\"1m\"", NULL, false,
		    "from none to all in this time" } },
	    .rules =
		"[{'if':{'as':'500'},'match':{" NOT_PROBES
		"},'when':{'ramp':'$grow'},'then':[{'respond':{"
		"'status':500,'errors':['1 error occurred:\\n\\t* "
		"internal error\\n\\n']}}]},"
		"{'if':{'as':'503'},'match':{" NOT_PROBES
		"},'when':{'ramp':'$grow'},'then':[{'respond':{"
		"'status':503,'from':'proxy','headers':{'Server':"
		"'nginx'},'content_type':'text/html','body':'" HTML(
		    "503 Service Temporarily Unavailable") "'}}]},"
							   "{'if':{'as':'reset'},'match':{" NOT_PROBES
							   "},'when':{'ramp':'$grow'},'then':[{'reset':true}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "Which requests fail is chance, not load.",
	    .example = "brown-out grow=2m --for 5m" },
	{ .name = "storage-slow",
	    .catalogue_number = "15",
	    .summary = "Disk, etcd or Consul lags: seconds on all data "
		       "paths, health stays fast.",
	    .params = { { "delay", "duration", "\"3s\"", NULL, false,
		"on each request" } },
	    .rules = "[{'match':{" AUDITED "},'then':[{'delay':'$delay'}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The delay is one a request, not one an access to storage.",
	    .example = "storage-slow delay=2s" },
	{ .name = "storage-error",
	    .catalogue_number = "15",
	    .summary = "The back end answers with errors: 500 on data paths.",
	    .params = { { "text", "string",
			    "\"1 error occurred:\\n\\t* internal error\\n\\n\"",
			    NULL, false, "the error's text" },
		TIMES(NULL) },
	    .rules = "[{'match':{" AUDITED "},'when':{'times':'$times'},"
		     "'then':[{'respond':{'status':500,"
		     "'errors':['$text']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The text is the most usual one; text= sets another.",
	    .example = "storage-error times=2" },
	{ .name = "storage-hang",
	    .catalogue_number = "16",
	    .summary = "The back end keeps the line open and says nothing: "
		       "no bytes until Vault's 90 s or the client's limit.",
	    .params = { { "limit", "duration", "\"90s\"", NULL, false,
			    "Vault's own max_request_duration" },
		{ "health", "boolean", "false", NULL, false,
		    "does health hang too?" } },
	    .rules = "[{'if':{'health':false},'match':{" NOT_PROBES
		     "},'then':[{"
		     "'stall':{'for':'$limit'}},{'respond':{'status':500,"
		     "'errors':['context deadline exceeded']}}]},"
		     "{'if':{'health':true},'match':{'op':'any'},'then':[{"
		     "'stall':{'for':'$limit'}},{'respond':{'status':500,"
		     "'errors':['context deadline exceeded']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The request waits as a whole, before it is looked at.",
	    .example = "storage-hang --for 2m" },
	{ .name = "hold",
	    .catalogue_number = "16",
	    .summary = "A breakpoint: requests wait until mockvault ctl fault "
		       "release ID lets them go on, or for so long.",
	    .params = { { "limit", "duration", "0", NULL, false,
		"the longest wait; 0: none" } },
	    .rules = "[{'match':{" NOT_PROBES "},'then':[{'hold':{'for':"
		     "'$limit'}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "A tool, no outage of Vault's.",
	    .example = "hold times=1 --match 'auth/*/login'" },
	{ .name = "audit-blocked",
	    .catalogue_number = "17",
	    .summary = "An audit device blocks: every audited request hangs; "
		       "health and seal-status answer.",
	    .rules = "[{'match':{" AUDITED "},'then':[{'stall':true}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The request waits as a whole, before it is looked at.",
	    .example = "audit-blocked --for 1m" },
	{ .name = "audit-fail",
	    .catalogue_number = "18",
	    .summary = "All audit devices fail: 500 before the operation, or "
		       "after it took effect.",
	    .params = { { "side", "string", "\"request\"", "request|response",
			    false, "response: the operation has taken effect" },
		TIMES(NULL) },
	    .rules = "[{'if':{'side':'request'},'match':{" AUDITED "},'when':{"
		     "'times':'$times'},'then':[{'respond':{'status':500,"
		     "'errors':['1 error occurred:\\n\\t* internal error\\n\\n'"
		     "]}}]},"
		     "{'if':{'side':'response'},'match':{" AUDITED "},'when':{"
		     "'times':'$times'},'commit':'before-fault','then':[{"
		     "'respond':{'status':500,'errors':['internal error']}}]}]",
	    .example = "audit-fail side=response --match 'database/creds/*'" },
	{ .name = "rate-limit",
	    .catalogue_number = "19",
	    .summary = "A rate limit quota: 429 beyond so many requests in "
		       "an interval.",
	    .params = { { "rate", "integer", "5", NULL, false,
			    "requests let through" },
		{ "per", "duration", "\"1s\"", NULL, false,
		    "in this time, on the vault's clock" },
		{ "headers", "boolean", "false", NULL, false,
		    "X-Ratelimit-* and Retry-After" },
		{ "block", "duration", NULL, NULL, false,
		    "block interval: refuse all for so long" } },
	    .rules = "[{'if':{'headers':false},'match':{" NOT_EXEMPT
		     "},'when':{"
		     "'over':{'rate':'$rate','per':'$per','block':'$block'}},"
		     "'then':[{'respond':{'status':429,'errors':['request path "
		     "`{{path}}`: rate limit quota exceeded']}}]},"
		     "{'if':{'headers':true},'match':{" NOT_EXEMPT "},'when':{"
		     "'over':{'rate':'$rate','per':'$per','block':'$block'}},"
		     "'then':[{'respond':{'status':429,'headers':{"
		     "'X-Ratelimit-Limit':'{{limit}}','X-Ratelimit-Remaining':"
		     "'{{remaining}}','X-Ratelimit-Reset':'{{reset}}',"
		     "'Retry-After':'{{retry_after}}'},'errors':['request path "
		     "`{{path}}`: rate limit quota exceeded']}}]}]",
	    .example = "rate-limit rate=5 --match 'auth/*/login'" },
	{ .name = "lease-quota",
	    .catalogue_number = "20",
	    .summary = "Too many leases (Enterprise): 429 on what would make "
		       "one; reads go on.",
	    .rules = "[{'match':{'op':'login'},'then':[{'respond':{'status':"
		     "429,'errors':['1 error occurred:\\n\\t* request path "
		     "`{{path}}`: lease count quota exceeded\\n\\n']}}]},"
		     "{'match':{'path':['*/creds/**','auth/token/create',"
		     "'auth/token/create-orphan','auth/token/create/**']},"
		     "'then':[{'respond':{"
		     "'status':429,'errors':['1 error occurred:\\n\\t* "
		     "request path `{{path}}`: lease count quota exceeded"
		     "\\n\\n']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "Which requests would make a lease is told by their paths.",
	    .example = "lease-quota" },
	{ .name = "overloaded",
	    .catalogue_number = "21",
	    .summary = "Adaptive overload protection (Enterprise): writes "
		       "503, reads go on.",
	    .params = { { "probability", "number", "1", NULL, false,
		"share of the writes" } },
	    .rules = "[{'match':{'op':'login'},'when':{'probability':"
		     "'$probability'},'then':[{'respond':{'status':503,"
		     "'errors':['failed to create token: failed to persist "
		     "accessor index entry: overloaded, try again later: "
		     "internal error']}}]},"
		     "{'match':{'method':['PUT','POST','PATCH','DELETE'],"
		     "'not':{'path':['auth/*/login','auth/*/login/**',"
		     "'sys/unseal','sys/seal','sys/init','sys/step-down',"
		     "'sys/generate-root/**','sys/rekey/**',"
		     "'sys/storage/raft/**']}},"
		     "'when':{'probability':'$probability'},'then':[{"
		     "'respond':{'status':503,'errors':['1 error occurred:"
		     "\\n\\t* overloaded, try again later: internal error"
		     "\\n\\n']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Enterprise alone has it; which writes it refuses is chance, not load.",
	    .example = "overloaded probability=0.5" },
	{ .name = "lease-explosion",
	    .catalogue_number = "22",
	    .summary = "A login per request has filled the lease store: "
		       "logins take seconds, then a rate limit.",
	    .params = { { "delay", "duration", "\"2s\"", NULL, false,
			    "median of a login" },
		{ "rate", "integer", "5", NULL, false,
		    "logins a second let through" } },
	    .rules = "[{'match':{'op':'login'},'then':[{'delay':{'lognormal':{"
		     "'median':'$delay','sigma':0.5,'max':'30s'}}}]},"
		     "{'match':{'op':'login'},'when':{'over':{'rate':'$rate'}},"
		     "'then':[{'respond':{'status':429,'errors':['request path "
		     "`{{path}}`: rate limit quota exceeded']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The time of a login is chance, not the number of leases.",
	    .example = "lease-explosion delay=4s" },
	{ .name = "too-large",
	    .catalogue_number = "23",
	    .summary = "The body is over the limit: 413, or a reset while "
		       "the client still sends.",
	    .params = { { "as", "string", "\"answer\"", "answer|reset", false,
		"413, or RST" } },
	    .rules =
		"[{'if':{'as':'answer'},'match':{'op':'write'},'then':[{"
		"'respond':{'status':413,'errors':['http: request body too "
		"large']}}]},"
		"{'if':{'as':'reset'},'match':{'op':'write'},'then':[{"
		"'reset':true}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Any write meets it, whatever its size; a body over the limit of max_request_size really does.",
	    .example = "too-large" },
	{ .name = "max-conns",
	    .catalogue_number = "24",
	    .summary = "Out of descriptors: connections beyond the limit are "
		       "accepted and ignored, or reset.",
	    .params = { { "limit", "integer", "0", NULL, false,
			    "connections that may be open at a time" },
		{ "as", "string", "\"silence\"", "silence|reset", false,
		    "what the others meet" } },
	    .rules =
		"[{'if':{'as':'silence'},'when':{'open_over':'$limit'},"
		"'then':[{'stall':{'at':'accept'}}]},"
		"{'if':{'as':'reset'},'when':{'open_over':'$limit'},'then':[{"
		"'reset':{'at':'accept'}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Connections beyond the limit are accepted and left alone; the queue of the kernel does not fill.",
	    .example = "max-conns limit=10" },
	{ .name = "long-op",
	    .catalogue_number = "25",
	    .summary = "The server completes what the client gave up on: the "
		       "operation runs, its answer is late.",
	    .params = { { "delay", "duration", "\"65s\"", NULL, false,
		"of the answer" } },
	    .rules = "[{'match':{'method':['DELETE','POST','PUT'],"
		     "'path':['sys/mounts/**','sys/auth/**','sys/leases/**',"
		     "'sys/remount']},'then':[{'delay':{'fixed':'$delay',"
		     "'at':'headers'}}]}]",
	    .example = "long-op delay=65s" },

	/* ---- tokens, leases, policies ---- */
	{ .name = "token-expired",
	    .catalogue_number = "26",
	    .summary = "The TTL of every token (root's aside) that match "
		       "names is over. Final, as in Vault.",
	    .error_messages = { "2 errors occurred:\n\t* permission denied\n\t* "
				"invalid token\n\n" },
	    .start = outage_token_expired_start,
	    .final = true,
	    .narrows_tokens = true,
	    .example =
		"token-expired --match '{\"token\":{\"policy\":\"app\"}}'" },
	{ .name = "token-revoked",
	    .catalogue_number = "26",
	    .summary = "Every token (root's aside) that match names is "
		       "revoked, with its leases. Final, as in Vault.",
	    .error_messages = { "2 errors occurred:\n\t* permission denied\n\t* "
				"invalid token\n\n" },
	    .start = outage_token_revoked_start,
	    .final = true,
	    .narrows_tokens = true,
	    .example = "token-revoked" },
	{ .name = "token-exhausted",
	    .catalogue_number = "27",
	    .summary = "Tokens have so many uses left; the last one hands "
		       "out no lease.",
	    .params = { { "uses", "integer", "1", NULL, false,
		"that are left" } },
	    .error_messages = { "Secret cannot be returned; token had one use left, "
				"so leased credentials were immediately revoked.",
		"2 errors occurred:\n\t* permission denied\n\t* invalid "
		"token\n\n" },
	    .start = outage_token_exhausted_start,
	    .final = true,
	    .narrows_tokens = true,
	    .example = "token-exhausted uses=1" },
	{ .name = "max-ttl",
	    .catalogue_number = "28",
	    .summary = "Tokens near their maximum life: renewals succeed and "
		       "grant less and less.",
	    .params = { { "left", "duration", "\"5m\"", NULL, false,
		"of the maximum life" } },
	    .error_messages = { "past the max TTL, cannot renew" },
	    .start = outage_max_ttl_start,
	    .final = true,
	    .narrows_tokens = true,
	    .example = "max-ttl left=5m" },
	{ .name = "renew-denied",
	    .catalogue_number = "29",
	    .summary = "The policy lacks renew-self: 403 on renewals alone.",
	    .params = { TIMES(NULL) },
	    .rules = "[{'match':{'op':'renew'},'when':{'times':'$times'},"
		     "'then':[{'respond':{'status':403,'errors':['" DENIED
		     "']}}]}]",
	    .example = "renew-denied" },
	{ .name = "renew-lost",
	    .catalogue_number = "30",
	    .summary = "An outage at the moment of the renewal.",
	    .params = { { "as", "string", "\"reset\"", "reset|504|timeout",
			    false, "how it is lost" },
		TIMES("1") },
	    .rules =
		"[{'if':{'as':'reset'},'match':{'op':'renew'},'when':{"
		"'times':'$times'},'then':[{'reset':true}]},"
		"{'if':{'as':'504'},'match':{'op':'renew'},'when':{'times':"
		"'$times'},'then':[{'respond':{'status':504,'from':'proxy',"
		"'content_type':'text/html','body':'" HTML(
		    "504 Gateway Time-out") "'}}]},"
					    "{'if':{'as':'timeout'},'match':{'op':'renew'},'when':{"
					    "'times':'$times'},'then':[{'stall':true}]}]",
	    .example = "renew-lost times=1" },
	{ .name = "policy-lost",
	    .catalogue_number = "31",
	    .summary = "A policy is gone: lookup-self 200, data 403. It "
		       "comes back.",
	    .params = { { "policy", "string", NULL, NULL, true, "its name" } },
	    .error_messages = { "1 error occurred:\n\t* permission denied\n\n" },
	    .edit = outage_policy_lost_edit,
	    .revert = outage_policy_lost_revert,
	    .is_undone = outage_policy_lost_is_undone,
	    .subject = "policy",
	    .example = "policy-lost policy=app --for 1m" },
	{ .name = "permission-flap",
	    .catalogue_number = "32",
	    .summary = "403 and 200 alternate: a node that lags, a balancer "
		       "that drops the header.",
	    .params = { { "every", "integer", "2", NULL, false,
		"each n-th call is refused" } },
	    .rules = "[{'match':{" NOT_PROBES "},'when':{'every':'$every'},"
		     "'then':[{'respond':{'status':403,'errors':['" DENIED
		     "']}}]}]",
	    .example = "permission-flap every=2" },
	{ .name = "secret-id-expired",
	    .catalogue_number = "33",
	    .summary = "TTL or uses of AppRole secret ids are over. Final, "
		       "as in Vault.",
	    .params = { { "role", "string", NULL, NULL, false,
			    "whose; absent: every role's" },
		{ "mount", "string", "\"approle\"", NULL, false,
		    "path of the auth mount" } },
	    .error_messages = { "invalid role or secret ID" },
	    .start = outage_secret_id_expired_start,
	    .final = true,
	    .example = "secret-id-expired role=web" },
	{ .name = "login-denied",
	    .catalogue_number = "34",
	    .summary = "The role is gone: logins fail, each method in its "
		       "own words.",
	    .params = { { "status", "integer", "400", "400|403", false,
			    "400 or 403" },
		TIMES(NULL) },
	    .rules = "[{'if':{'status':400},'match':{'op':'login'},'when':{"
		     "'times':'$times'},'then':[{'respond':{'status':400,"
		     "'errors':['{{login_refusal}}']}}]},"
		     "{'if':{'status':403},'match':{'op':'login'},'when':{"
		     "'times':'$times'},'then':[{'respond':{'status':403,"
		     "'errors':['permission denied']}}]}]",
	    .error_messages = { "invalid role or secret ID",
		"invalid username or password",
		"ldap operation failed: failed to bind as user",
		"invalid role name \"web\"", "role \"web\" could not be found",
		"entry for role \"web\" not found", "role \"web\" not found",
		"user is not part of required org" },
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"Methods that ask elsewhere, such as LDAP or a cloud, say what they say most.",
	    .example = "login-denied status=403" },
	{ .name = "lease-gone",
	    .catalogue_number = "35",
	    .summary = "Leases are revoked, or renewals say that they "
		       "cannot be.",
	    .params = { { "as", "string", "\"revoked\"",
			    "revoked|expired|not-renewable", false,
			    "revoked: the leases really go" },
		{ "prefix", "string", "\"\"", NULL, false,
		    "of the leases, as in sys/leases" } },
	    .rules =
		"[{'if':{'as':'expired'},'match':{'path':['sys/leases/renew',"
		"'sys/renew','sys/leases/renew/**','sys/renew/**']},'then':[{"
		"'respond':{'status':400,'errors':['lease expired']}}]},"
		"{'if':{'as':'not-renewable'},'match':{'path':["
		"'sys/leases/renew','sys/renew','sys/leases/renew/**',"
		"'sys/renew/**']},'then':[{'respond':{'status':400,'errors':"
		"['lease is not renewable']}}]}]",
	    .error_messages = { "lease not found" },
	    .start = outage_lease_gone_start,
	    .upstream = "as=expired|not-renewable",
	    .final = true,
	    .example = "lease-gone prefix=database/creds/" },
	{ .name = "creds-revoked-with-parent",
	    .catalogue_number = "36",
	    .summary = "The token behind leases reached its maximum life: "
		       "the credentials die with it.",
	    .params = { { "prefix", "string", "\"\"", NULL, false,
		"of the leases, as in sys/leases" } },
	    .start = outage_lease_parent_gone_start,
	    .final = true,
	    .example = "creds-revoked-with-parent" },

	/* ---- KV and routing ---- */
	{ .name = "kv-deleted",
	    .catalogue_number = "37",
	    .summary = "The latest version of a secret is deleted: 404 with "
		       "its metadata. It comes back.",
	    .params = { { "path", "string", NULL, NULL, true,
		"mount and path: secret/app" } },
	    .edit = outage_kv_deleted_edit,
	    .revert = outage_kv_deleted_revert,
	    .is_undone = outage_kv_deleted_is_undone,
	    .subject = "path",
	    .example = "kv-deleted path=secret/app" },
	{ .name = "kv-destroyed",
	    .catalogue_number = "37",
	    .summary = "The latest version of a secret is destroyed: 404 "
		       "with its metadata. Final, as in Vault.",
	    .params = { { "path", "string", NULL, NULL, true,
		"mount and path: secret/app" } },
	    .start = outage_kv_destroyed_start,
	    .final = true,
	    .example = "kv-destroyed path=secret/app" },
	{ .name = "cas-conflict",
	    .catalogue_number = "38",
	    .summary = "Somebody else wrote first: 400 on writes.",
	    .params = { { "as", "string", "\"mismatch\"", "mismatch|required",
			    false, "which of the two texts" },
		TIMES("1") },
	    .rules =
		"[{'if':{'as':'mismatch'},'match':{" KV2_DATA "},'when':{"
		"'times':'$times'},'then':[{'respond':"
		"{'status':400,'errors':['check-and-set parameter did not "
		"match the current version']}}]},"
		"{'if':{'as':'required'},'match':{" KV2_DATA "},'when':{"
		"'times':'$times'},'then':[{'respond':"
		"{'status':400,'errors':['check-and-set parameter required "
		"for this call']}}]}]",
	    .example = "cas-conflict times=2" },
	{ .name = "kv-upgrading",
	    .catalogue_number = "39",
	    .summary = "The mount is being made or upgraded: a pause of 15 "
		       "ms, then 400.",
	    .params = { TIMES(NULL) },
	    .rules =
		"[{'match':{'mount':{'type':'kv'}},'when':{'times':'$times'"
		"},'then':[{'delay':'15ms'},{'respond':{'status':400,"
		"'errors':['Upgrading from non-versioned to versioned data. "
		"This backend will be unavailable for a brief period and "
		"will resume service shortly.']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "Every KV mount pauses, whatever its version.",
	    .example = "kv-upgrading times=1" },
	{ .name = "kv-version-mismatch",
	    .catalogue_number = "40",
	    .summary = "A version 1 path on a version 2 mount: 404 with a "
		       "warning.",
	    .rules = "[" KV_WRONG_PATH("read", "get") "," KV_WRONG_PATH(
		"list", "list") "," KV_WRONG_PATH("write",
		"put") "," KV_WRONG_PATH("delete", "delete") "]",
	    .example = "kv-version-mismatch" },
	{ .name = "namespace",
	    .catalogue_number = "41",
	    .summary = "A namespace that is wrong, unavailable or locked.",
	    .params = { { "as", "string", "\"locked\"",
		"not-found|no-handler|unavailable|locked", false,
		"404, 404, 400, 503" } },
	    .rules =
		"[{'if':{'as':'not-found'},'match':{" NOT_PROBES "},'then':["
		"{'respond':{'status':404,'errors':['namespace not found']}}"
		"]},"
		"{'if':{'as':'no-handler'},'match':{" NOT_PROBES "},'then':["
		"{'respond':{'status':404,'errors':['no handler for route "
		"`{{path}}`. route entry not found.']}}]},"
		"{'if':{'as':'unavailable'},'match':{" NOT_PROBES "},'then':"
		"[{'respond':{'status':400,'errors':['operation unavailable "
		"in namespaces']}}]},"
		"{'if':{'as':'locked'},'match':{" NOT_PROBES "},'then':[{"
		"'respond':{'status':503,'errors':['API access to this "
		"namespace has been locked by an administrator']}}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "Enterprise alone has namespaces; every path answers so.",
	    .example = "namespace as=locked" },

	/* ---- TLS ---- */
	{ .name = "tls",
	    .catalogue_number = "42, 43, 44, 45, 46",
	    .summary = "The handshake goes wrong: a bad certificate, a stall "
		       "after ClientHello, plain HTTP on the port.",
	    .params = { { "cert", "string", NULL,
			    "expired|not-yet-valid|wrong-host|unknown-ca|"
			    "self-signed",
			    false, "the certificate shown" },
		{ "stall", "boolean", "false", NULL, false, "no ServerHello" },
		{ "plain", "boolean", "false", NULL, false,
		    "a TLS port that speaks plain HTTP, and the reverse" },
		{ "min", "string", NULL, "1.0|1.1|1.2|1.3", false,
		    "lowest TLS version" },
		{ "max", "string", NULL, "1.0|1.1|1.2|1.3", false,
		    "highest TLS version" },
		{ "alpn", "string", NULL, NULL, false,
		    "the protocol chosen, offered or not; empty: none" },
		{ "require_client_cert", "boolean", "false", NULL, false,
		    "who shows no certificate is refused" } },
	    .rules = "[{'if':{'stall':false},'then':[{'tls':{'cert':'$cert',"
		     "'plain':'$plain','min':'$min','max':'$max',"
		     "'alpn':'$alpn','require_client_cert':"
		     "'$require_client_cert'}}]},"
		     "{'if':{'stall':true},'then':[{'stall':{'at':"
		     "'handshake'}}]}]",
	    .start = outage_tls_start,
	    .upstream = "*",
	    .example = "tls cert=expired --for 10s" },

	/* ---- transport and balancer ---- */
	{ .name = "refuse",
	    .catalogue_number = "47",
	    .summary = "The process is down: connections are reset, new ones "
		       "refused.",
	    .start = outage_refuse_start,
	    .upstream = "*",
	    .example = "refuse --for 5s" },
	{ .name = "blackhole",
	    .catalogue_number = "48",
	    .summary = "A firewall drops the SYN. Approximated: the accept "
		       "queue is full, so connecting hangs; connections that "
		       "stand go on.",
	    .start = outage_blackhole_start,
	    .upstream = "*",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"The accept queue is full, so connecting hangs; a firewall would drop packets of connections that stand as well.",
	    .example = "blackhole --for 20s" },
	{ .name = "reset",
	    .catalogue_number = "49",
	    .summary = "RST on accept, after the request, or in the body.",
	    .params = { { "at", "string", "\"request\"",
			    "accept|request|headers|body", false, "where" },
		{ "after_bytes", "integer", NULL, NULL, false, "of the body" },
		{ "effect", "string", NULL, "none|before-fault", false,
		    "has the operation taken effect?" },
		TIMES(NULL),
		{ "probability", "number", "1", NULL, false,
		    "share that is reset" } },
	    .rules = "[{'when':{'times':'$times','probability':"
		     "'$probability'},'commit':'$effect','then':[{'reset':{"
		     "'at':'$at','after_bytes':'$after_bytes'}}]}]",
	    .example = "reset at=body after_bytes=10 times=1" },
	{ .name = "truncate",
	    .catalogue_number = "50",
	    .summary = "A crash in the body: Content-Length says more than "
		       "comes, or a chunk without end.",
	    .params = { { "bytes", "integer", NULL, NULL, false,
			    "of the body; absent: half of it" },
		{ "keep_length", "boolean", "true", NULL, false,
		    "false: chunked, and the last chunk never comes" },
		TIMES(NULL) },
	    .rules = "[{'match':{" NOT_PROBES "},'when':{'times':'$times'},"
		     "'then':[{'truncate':{'bytes':'$bytes','keep_length':"
		     "'$keep_length'}}]}]",
	    .example = "truncate bytes=20 times=1" },
	{ .name = "empty",
	    .catalogue_number = "51",
	    .summary = "The connection closes without a byte.",
	    .params = { TIMES(NULL) },
	    .rules = "[{'match':{" NOT_PROBES "},'when':{'times':'$times'},"
		     "'then':[{'empty':true}]}]",
	    .example = "empty times=1" },
	{ .name = "slow-body",
	    .catalogue_number = "52",
	    .summary = "A bad link: the body comes byte by byte.",
	    .params = { { "chunk", "integer", "1", NULL, false, "bytes at a time" }, { "every", "duration", "\"1s\"", NULL, false, "between them" } },
	    .rules = "[{'match':{" NOT_PROBES "},'then':[{'dribble':{"
		     "'chunk':'$chunk','every':'$every'}}]}]",
	    .example = "slow-body every=1s" },
	{ .name = "half-open",
	    .catalogue_number = "53",
	    .summary = "A NAT lost its state: connections that were used "
		       "before take requests and stay silent.",
	    .rules = "[{'match':{'op':'any','conn':{'reused':true}},'then':"
		     "[{'stall':true}]}]",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how = "The kernel still acknowledges what the client sends.",
	    .example = "half-open --for 1m" },
	{ .name = "stale-keepalive",
	    .catalogue_number = "54",
	    .summary = "The balancer's idle limit is below the client's: a "
		       "request on a connection that was idle for so long "
		       "meets its close.",
	    .params = { { "idle", "duration", "\"60s\"", NULL, false,
		"the balancer's limit, on the vault's clock" } },
	    .rules = "[{'match':{'op':'any','conn':{'reused':true,'idle':"
		     "'$idle'}},'then':[{'reset':true}]}]",
	    .example = "stale-keepalive idle=60s" },
	{ .name = "lb-html",
	    .catalogue_number = "55",
	    .summary = "The balancer answers: an HTML page with 502, 503 or "
		       "504, and no errors field.",
	    .params = { { "status", "integer", "502", "502|503|504", false,
		"its status" } },
	    .rules = "[" LB("502", "502 Bad Gateway") "," LB(
		"503", "503 Service Temporarily Unavailable") "," LB("504",
		"504 Gateway Time-out") "]",
	    .example = "lb-html status=503 --for 10s" },
	{ .name = "lb-200-html",
	    .catalogue_number = "56",
	    .summary = "A captive or maintenance page: 200 with HTML.",
	    .rules = "[{'match':{" NOT_PROBES "},'then':[{'respond':{"
		     "'status':200,'from':'proxy','content_type':'text/html; "
		     "charset=utf-8','body':'" HTML("Maintenance") "'}}]}]",
	    .example = "lb-200-html" },
	{ .name = "garbage",
	    .catalogue_number = "57",
	    .summary = "Bytes that are no HTTP.",
	    .params = { { "bytes", "integer", "64", NULL, false, "how many" },
		TIMES(NULL) },
	    .rules = "[{'match':{" NOT_PROBES "},'when':{'times':'$times'},"
		     "'then':[{'garbage':{'bytes':'$bytes'}}]}]",
	    .example = "garbage bytes=64 times=1" },
	{ .name = "dns-switch",
	    .catalogue_number = "58",
	    .summary = "The name has moved: this, the old address, refuses, "
		       "or serves as sealed or standby. Approximated: there "
		       "is no name server to ask.",
	    .params = { { "as", "string", "\"refuse\"", "refuse|sealed|standby",
		false, "what the old address does" } },
	    .error_messages = { "Vault is sealed", NO_LEADER },
	    .start = outage_dns_switch_start,
	    .upstream = "as=refuse",
	    .fidelity = OUTAGE_APPROXIMATED,
	    .how =
		"There is no name server to ask: this address is the old one.",
	    .target = TARGET_ACTIVE,
	    .start_on_nodes = outage_dns_switch_on_nodes,
	    .on_nodes =
		"The node that led, or those of match.node, are the old address; the others are the new one.",
	    .example = "dns-switch as=sealed" },

	/* ---- time ---- */
	{ .name = "clock-skew",
	    .catalogue_number = "59",
	    .summary = "What clients see of the time is shifted: Date, "
		       "server_time_utc, issue and expiry times.",
	    .params = { { "by", "offset", "\"30s\"", NULL, false,
		"shift; may be negative" } },
	    .start = outage_clock_skew_start,
	    .example = "clock-skew by=-90s" },
	{ .name = "clock-jump",
	    .catalogue_number = "60",
	    .summary = "A machine resumes: time jumps ahead, and what ran "
		       "out meanwhile ends at once. Final.",
	    .params = { { "by", "duration", "\"1h\"", NULL, false,
		"how far" } },
	    .start = outage_clock_jump_start,
	    .final = true,
	    .example = "clock-jump by=2h" },
	{ .name = NULL },
};
