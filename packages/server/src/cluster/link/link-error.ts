/** What can go wrong with Redis, with what to do next. */
export const LINK_ERRORS = {
  redis_down: "The server tries again by itself; look at Redis and at the network between.",
  redis_unreachable: "Start Redis, or set redis_url to where it is; a running server goes on by itself.",
  redis_authentication_failed:
    "Check user and password of redis_url; for Sentinel's own, sentinel_user and sentinel_password there.",
  redis_not_permitted:
    "Give this user the keys, channels and commands that docs/configuration.md names under Redis.",
  redis_tls_failed:
    "Use rediss:// where Redis speaks TLS and redis:// where it does not, and name the certificate authority with ca in redis_url.",
  redis_too_old: "Run Redis 7.0 or later, or Valkey 7.2 or later.",
  redis_is_cluster: "Begin redis_url with redis+cluster:// (rediss+cluster:// for TLS).",
  redis_is_no_cluster: "Begin redis_url with redis:// (rediss:// for TLS).",
  redis_is_sentinel:
    "Begin redis_url with redis+sentinel:// and end it with the name of the master: redis+sentinel://host:26379/mymaster.",
  redis_master_unknown:
    "Check the name of the master, the last part of redis_url, and that Sentinel has found it.",
  redis_read_only: "Name the master in redis_url, not a replica; with Sentinel, use redis+sentinel://.",
  redis_incomplete:
    "Give every slot of the Redis Cluster a master; `redis-cli --cluster check` shows which lack one.",
  redis_behind: "Redis does not keep up with what this server sends; look at what keeps it busy.",
  redis_failed: "Look at the cause; the log of Redis may tell more.",
} as const satisfies Record<string, string>;

export type LinkErrorCode = keyof typeof LINK_ERRORS;

/** Redis, or the way to it, did not do what it was asked. A script or command may have run all the same. */
export class LinkError extends Error {
  override readonly name = "LinkError";
  readonly code: LinkErrorCode;
  readonly hint: string;

  constructor(code: LinkErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = LINK_ERRORS[code];
  }
}

/**
 * Says what a failure of the client library means.
 *
 * @param where names the Redis, without its password.
 */
export function linkError(error: unknown, where: string): LinkError {
  if (error instanceof LinkError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof AggregateError ? error.errors.map(String).join("; ") : message;
  const code = codeOf(message, error);
  return new LinkError(code, `Redis at ${where} ${PHRASES[code] ?? "failed"}: ${reason}`, error);
}

/** Will trying again come to the same end, until somebody changes something? */
export function isLasting(error: LinkError): boolean {
  return LASTING.includes(error.code);
}

const LASTING: readonly LinkErrorCode[] = [
  "redis_authentication_failed",
  "redis_not_permitted",
  "redis_tls_failed",
  "redis_too_old",
  "redis_is_cluster",
  "redis_is_no_cluster",
  "redis_is_sentinel",
];

/** Did Redis give this answer because its slots or roles have moved? Then all connections are made anew. */
export function isMoved(message: string): boolean {
  return /^(?:MOVED|ASK|CLUSTERDOWN|READONLY|MASTERDOWN) /.test(message);
}

const PHRASES: Partial<Record<LinkErrorCode, string>> = {
  redis_unreachable: "cannot be reached",
  redis_authentication_failed: "does not let this user in",
  redis_not_permitted: "does not let this user do what a cluster needs",
  redis_tls_failed: "is not reached safely",
  redis_too_old: "is too old",
  redis_is_cluster: "is a Redis Cluster",
  redis_is_no_cluster: "is no Redis Cluster",
  redis_read_only: "is a replica",
};

/** The first that fits. Redis tells its errors apart by their first word; some have nothing but words. */
const ANSWERS: readonly (readonly [RegExp, LinkErrorCode])[] = [
  [
    /^(?:WRONGPASS|NOAUTH)|^ERR AUTH|invalid password|called without any password/i,
    "redis_authentication_failed",
  ],
  [/^NOPERM/, "redis_not_permitted"],
  [/unknown command|^NOPROTO|Unknown Redis command called from script/i, "redis_too_old"],
  [/cluster support disabled/i, "redis_is_no_cluster"],
  [/^(?:MOVED|ASK|CROSSSLOT)\b/, "redis_is_cluster"],
  [/^(?:CLUSTERDOWN|TRYAGAIN|MASTERDOWN|LOADING|BUSY)\b/, "redis_down"],
  [/^READONLY/, "redis_read_only"],
  [/queue is full/i, "redis_behind"],
  [/certificate|self[- ]signed|SSL|TLS|wrong version number|UNABLE_TO_/i, "redis_tls_failed"],
  [
    /ECONN|ENOTFOUND|EAI_|EPIPE|EHOST|ENET|ETIMEDOUT|timeout|closed|Failed to connect|offline|disconnect|destroyed|Socket/i,
    "redis_unreachable",
  ],
];

function codeOf(message: string, error: unknown): LinkErrorCode {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ANSWERS.find(([words]) => words.test(message) || words.test(code))?.[1] ?? "redis_failed";
}
