#!/bin/sh
# The image's start. What comes first decides:
#   -flag ...      vault -flag ...
#   server ...     vault server with the image's folders and VAULT_DEV_*
#   a command of vault's or mockvault's own
#   anything else  runs as it is
# VAULT_LOCAL_CONFIG is configuration itself. SKIP_CHOWN and SKIP_SETCAP have
# nothing to skip: no owner is changed and no capability asked for.
set -e
config=/vault/config
fixtures=/mockvault/fixtures

# An address of an interface, where one was named.
address_of() {
	ip -4 addr show dev "$1" | sed -n 's/.* inet \([0-9.]*\).*/\1/p' | head -1
}
if [ -n "$VAULT_REDIRECT_INTERFACE" ]; then
	VAULT_API_ADDR=http://$(address_of "$VAULT_REDIRECT_INTERFACE"):8200
	export VAULT_API_ADDR
fi
if [ -n "$VAULT_CLUSTER_INTERFACE" ]; then
	VAULT_CLUSTER_ADDR=https://$(address_of "$VAULT_CLUSTER_INTERFACE"):8201
	export VAULT_CLUSTER_ADDR
fi

# has_json FOLDER: is there a *.json in it?
has_json() {
	for f in "$1"/*.json; do
		[ -e "$f" ] && return 0
	done
	return 1
}

# A scenario of the image's folder by its name.
for f in "/mockvault/scenarios/$MOCKVAULT_SCENARIO" \
	"/mockvault/scenarios/$MOCKVAULT_SCENARIO.json"; do
	if [ -n "$MOCKVAULT_SCENARIO" ] && [ -f "$f" ]; then
		export MOCKVAULT_SCENARIO="$f"
		break
	fi
done

case $1 in
-*) set -- vault "$@" ;;
esac
case $1 in
server)
	shift
	has_json "$fixtures" && set -- -fixtures="$fixtures" "$@"
	[ -n "$VAULT_LOCAL_CONFIG" ] &&
		set -- -config=env:VAULT_LOCAL_CONFIG "$@"
	set -- vault server -config="$config" \
		-dev-root-token-id="$VAULT_DEV_ROOT_TOKEN_ID" \
		-dev-listen-address="${VAULT_DEV_LISTEN_ADDRESS:-0.0.0.0:8200}" \
		"$@"
	;;
vault)
	if [ "$2" = server ] && has_json "$fixtures"; then
		shift 2
		set -- vault server -fixtures="$fixtures" "$@"
	fi
	;;
agent | audit | auth | debug | delete | events | kv | lease | list | login | \
	monitor | namespace | operator | patch | path-help | pki | plugin | \
	policy | print | proxy | read | secrets | ssh | status | token | \
	transit | unwrap | version | version-history | write)
	set -- vault "$@"
	;;
completion | ctl | healthcheck | man | outages | routes | scenario)
	set -- mockvault "$@"
	;;
esac
exec "$@"
