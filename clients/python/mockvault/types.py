# Made by clients/generate from the control API's OpenAPI document.
# ruff: noqa
"""What the control API is sent."""

from typing import Any, Dict, List, Literal, TypedDict, Union

Rule = TypedDict(
    "Rule",
    {
        "id": str,
        "priority": int,
        "enabled": bool,
        "expires_in": Union[str, int],
        "clock": Literal["real", "virtual"],
        "connections": Literal["all", "new"],
        "match": "Match",
        "when": "When",
        "then": List[Any],
        "commit": Literal["none", "before-fault", "passthrough"],
    },
    total=False,
)

Match = TypedDict(
    "Match",
    {
        "method": Union[Literal["GET", "HEAD", "LIST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HELP"], List[Literal["GET", "HEAD", "LIST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HELP"]]],
        "path": Any,
        "op": Union[Literal["read", "write", "list", "delete", "login", "renew", "lookup", "revoke", "seal-status", "health", "any"], List[Literal["read", "write", "list", "delete", "login", "renew", "lookup", "revoke", "seal-status", "health", "any"]]],
        "mount": Any,
        "token": "MatchToken",
        "namespace": Union[str, List[str]],
        "space": Union[str, List[str]],
        "client_ip": Union[str, List[str]],
        "node": Union[str, List[str]],
        "header": Dict[str, Any],
        "query": Dict[str, Any],
        "body": Dict[str, Any],
        "conn": "MatchConnection",
        "not": "Match",
    },
    total=False,
)

MatchToken = TypedDict(
    "MatchToken",
    {
        "id": Union[str, List[str]],
        "accessor": Union[str, List[str]],
        "policy": Union[str, List[str]],
        "role": Union[str, List[str]],
        "auth_mount": Union[str, List[str]],
        "none": Any,
    },
    total=False,
)

MatchConnection = TypedDict(
    "MatchConnection",
    {
        "tls": Any,
        "reused": Any,
        "nth": Union[int, List[int]],
        "idle": Union[str, int],
    },
    total=False,
)

When = TypedDict(
    "When",
    {
        "skip": int,
        "times": int,
        "every": int,
        "nth": Union[int, List[int]],
        "probability": float,
        "ramp": Union[str, int],
        "seed": int,
        "after": Union[str, int],
        "for": Union[str, int],
        "clock": Literal["real", "virtual"],
        "on": str,
        "until": str,
        "max_active": int,
        "open_over": int,
        "over": "Over",
    },
    total=False,
)

Over = TypedDict(
    "Over",
    {
        "rate": int,
        "per": Union[str, int],
        "block": Union[str, int],
    },
    total=False,
)

Outage = TypedDict(
    "Outage",
    {
        "params": Dict[str, Any],
        "for_": Union[str, int],
        "match": "Match",
        "after": Union[str, int],
        "clock": Literal["real", "virtual"],
        "id": str,
    },
    total=False,
)

Clock = TypedDict(
    "Clock",
    {
        "mode": Literal["real", "frozen", "offset", "rate"],
        "now": str,
        "offset": Union[str, int],
        "rate": float,
        "ttl_scale": float,
        "skew": Union[str, int],
    },
    total=False,
)

ClockAdvance = TypedDict(
    "ClockAdvance",
    {
        "by": Union[str, int],
        "to": str,
    },
    total=False,
)

Find = TypedDict(
    "Find",
    {
        "match": "Match",
        "status": Union[int, List[int]],
        "rule": str,
        "since": Any,
        "limit": int,
    },
    total=False,
)

Wait = TypedDict(
    "Wait",
    {
        "match": "Match",
        "status": Union[int, List[int]],
        "rule": str,
        "since": Any,
        "limit": int,
        "n": int,
        "timeout": Union[str, int],
    },
    total=False,
)

Verify = TypedDict(
    "Verify",
    {
        "match": "Match",
        "status": Any,
        "rule": Any,
        "since": Any,
        "after": Union[str, "VerifyAfter"],
        "before": Union[str, "VerifyBefore"],
        "within": Union[str, int],
        "times": Union[int, "VerifyTimes", Literal["some", "none"]],
        "spacing": "VerifySpacing",
        "rate": "VerifyRate",
        "concurrency": "VerifyConcurrency",
        "none_after": "VerifyNoneAfter",
        "every": Any,
        "ends_with": Any,
        "distinct": "VerifyDistinct",
        "tokens": "VerifyTokens",
        "secrets_in": Union[Literal["path", "query", "header"], List[Literal["path", "query", "header"]]],
        "order": List["Match"],
        "strict": bool,
        "clock": Literal["real", "virtual"],
    },
    total=False,
)

VerifyTimes = TypedDict(
    "VerifyTimes",
    {
        "exact": int,
        "min": int,
        "max": int,
    },
    total=False,
)

VerifySpacing = TypedDict(
    "VerifySpacing",
    {
        "min": Union[str, int],
        "max": Union[str, int],
        "growing": float,
        "jitter": bool,
    },
    total=False,
)

VerifyRate = TypedDict(
    "VerifyRate",
    {
        "max": int,
        "per": Union[str, int],
    },
    total=False,
)

VerifyConcurrency = TypedDict(
    "VerifyConcurrency",
    {
        "max": int,
    },
    total=False,
)

VerifyNoneAfter = TypedDict(
    "VerifyNoneAfter",
    {
        "event": str,
        "grace": Union[str, int],
    },
    total=False,
)

VerifyAfter = TypedDict(
    "VerifyAfter",
    {
        "event": str,
        "grace": Union[str, int],
        "which": Literal["last", "first", "each"],
    },
    total=False,
)

VerifyBefore = TypedDict(
    "VerifyBefore",
    {
        "event": str,
        "which": Literal["last", "first"],
    },
    total=False,
)

VerifyDistinct = TypedDict(
    "VerifyDistinct",
    {
        "by": Literal["clients", "tokens", "peers"],
        "exact": int,
        "min": int,
        "max": int,
    },
    total=False,
)

VerifyTokens = TypedDict(
    "VerifyTokens",
    {
        "leaked": int,
        "unrevoked": int,
    },
    total=False,
)

Populate = TypedDict(
    "Populate",
    {
        "faults": List["Rule"],
        "nodes": Dict[str, Any],
        "fixtures": Dict[str, Any],
    },
    total=False,
)

Node = TypedDict(
    "Node",
    {
        "state": Literal["active", "standby", "sealed", "down"],
        "skew": Union[str, int],
    },
    total=False,
)

Partition = TypedDict(
    "Partition",
    {
        "groups": List[Any],
    },
    total=False,
)

Network = TypedDict(
    "Network",
    {
        "latency": Union[str, int],
        "loss": float,
    },
    total=False,
)

Tls = TypedDict(
    "Tls",
    {
        "cert": Literal["valid", "expired", "not-yet-valid", "wrong-host", "unknown-ca", "self-signed"],
        "min": Literal["1.0", "1.1", "1.2", "1.3"],
        "max": Literal["1.0", "1.1", "1.2", "1.3"],
        "alpn": str,
        "require_client_cert": bool,
    },
    total=False,
)

Space = TypedDict(
    "Space",
    {
        "from": str,
        "fixtures": Dict[str, Any],
        "faults": List[Any],
        "clock": str,
        "seed": int,
        "expires_in": Union[str, int],
        "owner": Literal["connection"],
        "listen": str,
    },
    total=False,
)

Explain = TypedDict(
    "Explain",
    {
        "request": "Asked",
        "seq": int,
    },
    total=False,
)

Asked = TypedDict(
    "Asked",
    {
        "method": str,
        "path": str,
        "token": str,
        "headers": Dict[str, Any],
        "body": Any,
    },
    total=False,
)

Scenario = TypedDict(
    "Scenario",
    {
        "version": int,
        "name": str,
        "description": str,
        "seed": int,
        "start": Literal["boot", "ready", "first-request", "manual"],
        "begin": Any,
        "params": Dict[str, Any],
        "duration": Union[str, int],
        "nodes": List[Any],
        "fixtures": Dict[str, Any],
        "clock": "Clock",
        "keep_state": bool,
        "timeline": List["ScenarioStep"],
        "expect": List["Expectation"],
        "with_nodes": Dict[str, Any],
    },
    total=False,
)

ScenarioStep = TypedDict(
    "ScenarioStep",
    {
        "at": Union[str, int],
        "clock": Literal["real", "virtual"],
        "on": Any,
        "after": Union[str, int],
        "do": Any,
    },
    total=False,
)

ScenarioStart = TypedDict(
    "ScenarioStart",
    {
        "set": Dict[str, Any],
        "speed": float,
        "clock": Literal["real", "virtual"],
        "begin": Literal["now", "first-request"],
    },
    total=False,
)

Reset = TypedDict(
    "Reset",
    {
        "scenarios": bool,
        "faults": bool,
        "clock": bool,
        "state": bool,
        "journal": bool,
        "counters": bool,
    },
    total=False,
)

State = TypedDict(
    "State",
    {
    },
    total=False,
)

Expectation = TypedDict(
    "Expectation",
    {
        "match": "Match",
        "status": Any,
        "rule": Any,
        "since": Any,
        "after": Union[str, "VerifyAfter"],
        "before": Union[str, "VerifyBefore"],
        "within": Union[str, int],
        "times": Union[int, "VerifyTimes", Literal["some", "none"]],
        "spacing": "VerifySpacing",
        "rate": "VerifyRate",
        "concurrency": "VerifyConcurrency",
        "none_after": "VerifyNoneAfter",
        "every": Any,
        "ends_with": Any,
        "distinct": "VerifyDistinct",
        "tokens": "VerifyTokens",
        "secrets_in": Union[Literal["path", "query", "header"], List[Literal["path", "query", "header"]]],
        "order": List["Match"],
        "strict": bool,
        "clock": Literal["real", "virtual"],
        "name": str,
    },
    total=False,
)
