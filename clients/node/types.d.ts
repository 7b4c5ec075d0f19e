// Made by clients/generate from the control API's OpenAPI document.

export interface Rule {
  id?: string;
  priority?: number;
  enabled?: boolean;
  expires_in?: string | number;
  clock?: 'real' | 'virtual';
  connections?: 'all' | 'new';
  match?: Match;
  when?: When;
  then?: unknown[];
  commit?: 'none' | 'before-fault' | 'passthrough';
}

export interface Match {
  method?: 'GET' | 'HEAD' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HELP' | ('GET' | 'HEAD' | 'LIST' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HELP')[];
  path?: unknown;
  op?: 'read' | 'write' | 'list' | 'delete' | 'login' | 'renew' | 'lookup' | 'revoke' | 'seal-status' | 'health' | 'any' | ('read' | 'write' | 'list' | 'delete' | 'login' | 'renew' | 'lookup' | 'revoke' | 'seal-status' | 'health' | 'any')[];
  mount?: unknown;
  token?: MatchToken;
  namespace?: string | string[];
  space?: string | string[];
  client_ip?: string | string[];
  node?: string | string[];
  header?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
  conn?: MatchConnection;
  not?: Match;
}

export interface MatchToken {
  id?: string | string[];
  accessor?: string | string[];
  policy?: string | string[];
  role?: string | string[];
  auth_mount?: string | string[];
  none?: unknown;
}

export interface MatchConnection {
  tls?: unknown;
  reused?: unknown;
  nth?: number | number[];
  idle?: string | number;
}

export interface When {
  skip?: number;
  times?: number;
  every?: number;
  nth?: number | number[];
  probability?: number;
  ramp?: string | number;
  seed?: number;
  after?: string | number;
  for?: string | number;
  clock?: 'real' | 'virtual';
  on?: string;
  until?: string;
  max_active?: number;
  open_over?: number;
  over?: Over;
}

export interface Over {
  rate?: number;
  per?: string | number;
  block?: string | number;
}

export interface Outage {
  params?: Record<string, unknown>;
  for?: string | number;
  match?: Match;
  after?: string | number;
  clock?: 'real' | 'virtual';
  id?: string;
}

export interface Clock {
  mode?: 'real' | 'frozen' | 'offset' | 'rate';
  now?: string;
  offset?: string | number;
  rate?: number;
  ttl_scale?: number;
  skew?: string | number;
}

export interface ClockAdvance {
  by?: string | number;
  to?: string;
}

export interface Find {
  match?: Match;
  status?: number | number[];
  rule?: string;
  since?: unknown;
  limit?: number;
}

export interface Wait {
  match?: Match;
  status?: number | number[];
  rule?: string;
  since?: unknown;
  limit?: number;
  n?: number;
  timeout?: string | number;
}

export interface Verify {
  match?: Match;
  status?: unknown;
  rule?: unknown;
  since?: unknown;
  after?: string | VerifyAfter;
  before?: string | VerifyBefore;
  within?: string | number;
  times?: number | VerifyTimes | 'some' | 'none';
  spacing?: VerifySpacing;
  rate?: VerifyRate;
  concurrency?: VerifyConcurrency;
  none_after?: VerifyNoneAfter;
  every?: unknown;
  ends_with?: unknown;
  distinct?: VerifyDistinct;
  tokens?: VerifyTokens;
  secrets_in?: 'path' | 'query' | 'header' | ('path' | 'query' | 'header')[];
  order?: Match[];
  strict?: boolean;
  clock?: 'real' | 'virtual';
}

export interface VerifyTimes {
  exact?: number;
  min?: number;
  max?: number;
}

export interface VerifySpacing {
  min?: string | number;
  max?: string | number;
  growing?: number;
  jitter?: boolean;
}

export interface VerifyRate {
  max?: number;
  per?: string | number;
}

export interface VerifyConcurrency {
  max?: number;
}

export interface VerifyNoneAfter {
  event?: string;
  grace?: string | number;
}

export interface VerifyAfter {
  event?: string;
  grace?: string | number;
  which?: 'last' | 'first' | 'each';
}

export interface VerifyBefore {
  event?: string;
  which?: 'last' | 'first';
}

export interface VerifyDistinct {
  by?: 'clients' | 'tokens' | 'peers';
  exact?: number;
  min?: number;
  max?: number;
}

export interface VerifyTokens {
  leaked?: number;
  unrevoked?: number;
}

export interface Populate {
  faults?: Rule[];
  nodes?: Record<string, unknown>;
  fixtures?: Record<string, unknown>;
}

export interface Node {
  state?: 'active' | 'standby' | 'sealed' | 'down';
  skew?: string | number;
}

export interface Partition {
  groups?: unknown[];
}

export interface Network {
  latency?: string | number;
  loss?: number;
}

export interface Tls {
  cert?: 'valid' | 'expired' | 'not-yet-valid' | 'wrong-host' | 'unknown-ca' | 'self-signed';
  min?: '1.0' | '1.1' | '1.2' | '1.3';
  max?: '1.0' | '1.1' | '1.2' | '1.3';
  alpn?: string;
  require_client_cert?: boolean;
}

export interface Space {
  from?: string;
  fixtures?: Record<string, unknown>;
  faults?: unknown[];
  clock?: string;
  seed?: number;
  expires_in?: string | number;
  owner?: 'connection';
  listen?: string;
}

export interface Explain {
  request?: Asked;
  seq?: number;
}

export interface Asked {
  method?: string;
  path?: string;
  token?: string;
  headers?: Record<string, unknown>;
  body?: unknown;
}

export interface Scenario {
  version?: number;
  name?: string;
  description?: string;
  seed?: number;
  start?: 'boot' | 'ready' | 'first-request' | 'manual';
  begin?: unknown;
  params?: Record<string, unknown>;
  duration?: string | number;
  nodes?: unknown[];
  fixtures?: Record<string, unknown>;
  clock?: Clock;
  keep_state?: boolean;
  timeline?: ScenarioStep[];
  expect?: Expectation[];
  with_nodes?: Record<string, unknown>;
}

export interface ScenarioStep {
  at?: string | number;
  clock?: 'real' | 'virtual';
  on?: unknown;
  after?: string | number;
  do?: unknown;
}

export interface ScenarioStart {
  set?: Record<string, unknown>;
  speed?: number;
  clock?: 'real' | 'virtual';
  begin?: 'now' | 'first-request';
}

export interface Reset {
  scenarios?: boolean;
  faults?: boolean;
  clock?: boolean;
  state?: boolean;
  journal?: boolean;
  counters?: boolean;
}

export interface State {
}

export interface Expectation {
  match?: Match;
  status?: unknown;
  rule?: unknown;
  since?: unknown;
  after?: string | VerifyAfter;
  before?: string | VerifyBefore;
  within?: string | number;
  times?: number | VerifyTimes | 'some' | 'none';
  spacing?: VerifySpacing;
  rate?: VerifyRate;
  concurrency?: VerifyConcurrency;
  none_after?: VerifyNoneAfter;
  every?: unknown;
  ends_with?: unknown;
  distinct?: VerifyDistinct;
  tokens?: VerifyTokens;
  secrets_in?: 'path' | 'query' | 'header' | ('path' | 'query' | 'header')[];
  order?: Match[];
  strict?: boolean;
  clock?: 'real' | 'virtual';
  name?: string;
}
