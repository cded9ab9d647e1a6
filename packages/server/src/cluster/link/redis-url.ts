/** What a Redis URL says. */
export interface RedisTarget {
  readonly kind: "single" | "sentinel" | "cluster";
  /** Of the one server, of the sentinels, or of some nodes of the Redis Cluster. */
  readonly nodes: readonly RedisAddress[];
  /** What Sentinel calls the master; empty for other kinds. */
  readonly masterName: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** For the sentinels themselves. */
  readonly sentinelUser: string | undefined;
  readonly sentinelPassword: string | undefined;
  /** Keys are in this database; topics are in none. 0 in a Redis Cluster. */
  readonly database: number;
  readonly isTls: boolean;
  /** Paths of PEM files. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads one of these, where `rediss` in place of `redis` means TLS:
 *
 * - `redis://user:password@host:6379/0`
 * - `redis+sentinel://user:password@host:26379,host:26379/<name of the master>?db=0`
 * - `redis+cluster://user:password@host:6379,host:6379`
 *
 * @returns undefined for anything else, an unknown parameter included: one that asks for safety must not be passed over.
 */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const parts = URL_PARTS.exec(text)?.groups;
  if (!parts) return undefined;
  const kind = parts.kind === "sentinel" || parts.kind === "cluster" ? parts.kind : "single";
  const nodes = (parts.hosts ?? "").split(",").map((host) => parseAddress(host, kind));
  if (!nodes.every((node) => node !== undefined) || (kind === "single" && nodes.length > 1)) return undefined;
  const parameters = new URLSearchParams(parts.query ?? "");
  if ([...parameters.keys()].some((name) => !PARAMETERS[kind].includes(name))) return undefined;
  const isTls = parts.tls !== undefined;
  if (!isTls && TLS_PARAMETERS.some((name) => parameters.has(name))) return undefined;
  const given = (name: string) => parameters.get(name) || undefined;
  try {
    const path = decodeURIComponent(parts.path ?? "");
    const database = readDatabase(kind === "single" ? path : (given("db") ?? ""));
    if (
      database === undefined ||
      (kind === "cluster" && path !== "") ||
      (kind === "sentinel" && path === "")
    ) {
      return undefined;
    }
    return {
      kind,
      nodes,
      masterName: kind === "sentinel" ? path : "",
      user: decodeURIComponent(parts.user ?? "") || undefined,
      password: decodeURIComponent(parts.password ?? "") || undefined,
      sentinelUser: given("sentinel_user"),
      sentinelPassword: given("sentinel_password"),
      database,
      isTls,
      ca: given("ca"),
      cert: given("cert"),
      key: given("key"),
    };
  } catch {
    return undefined; // A stray percent sign.
  }
}

/** Names the Redis in messages, without the password. */
export function describeRedis({ kind, nodes, masterName }: RedisTarget): string {
  const hosts = nodes.map(describeAddress).join(", ");
  return kind === "sentinel" ? `${masterName} of ${hosts}` : hosts;
}

export function describeAddress({ host, port }: RedisAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const URL_PARTS =
  /^redis(?<tls>s)?(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^/?#]*))?(?:\?(?<query>[^#]*))?$/;

const TLS_PARAMETERS = ["ca", "cert", "key"];

const PARAMETERS: Readonly<Record<RedisTarget["kind"], readonly string[]>> = {
  single: TLS_PARAMETERS,
  sentinel: [...TLS_PARAMETERS, "db", "sentinel_user", "sentinel_password"],
  cluster: TLS_PARAMETERS,
};

const ADDRESS = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<host>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/i;

function parseAddress(text: string, kind: RedisTarget["kind"]): RedisAddress | undefined {
  const { ipv6, host, port } = ADDRESS.exec(text)?.groups ?? {};
  const name = ipv6 ?? host;
  const number = Number(port ?? (kind === "sentinel" ? 26_379 : 6_379));
  return name === undefined || number < 1 || number > 65_535 ? undefined : { host: name, port: number };
}

function readDatabase(text: string): number | undefined {
  if (text === "") return 0;
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
