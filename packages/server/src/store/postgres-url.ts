/** What a database URL says. What it leaves out, `pg` takes from PGHOST, PGUSER and the like, as PostgreSQL's own tools do. */
export interface PostgresTarget {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly sslmode: SslMode;
  /** Paths of PEM files. */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
  readonly applicationName: string | undefined;
  /** Further settings of the session, as `psql` takes them: `-c search_path=usher`. */
  readonly options: string | undefined;
}

/**
 * `disable` is plain text. `require`, `verify-ca` and `verify-full` are one: the certificate is checked, and that it is
 * the host's. `no-verify` encrypts and checks nothing.
 */
export type SslMode = (typeof SSL_MODES)[number];

const SSL_MODES = ["disable", "no-verify", "require", "verify-ca", "verify-full"] as const;

const PARAMETERS = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "application_name",
  "options",
] as const;

/**
 * Reads `postgres://user:password@host:port/database?sslmode=verify-full`; the socket of a local server is
 * `?host=/var/run/postgresql`.
 *
 * @returns undefined for anything else, an unknown parameter included: one that asks for safety must not be passed over.
 */
export function parsePostgresUrl(text: string): PostgresTarget | undefined {
  // A user without a host is common in front of a socket's `host`, and no URL to the standard's mind.
  const withHost = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?]|$)/, `$1${NO_HOST}`);
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(withHost)) return undefined;
  const url = new URL(withHost);
  const parameters = url.searchParams;
  if ([...parameters.keys()].some((name) => !PARAMETERS.some((known) => known === name))) return undefined;
  const sslmode = SSL_MODES.find((mode) => mode === (parameters.get("sslmode") ?? "disable"));
  const port = Number(parameters.get("port") ?? url.port);
  if (!sslmode || url.hash !== "" || !Number.isInteger(port) || port > 65_535) return undefined;
  const given = (name: (typeof PARAMETERS)[number]) => parameters.get(name) || undefined;
  try {
    return {
      host: given("host") ?? hostOf(url),
      port: port || undefined,
      user: given("user") ?? (decodeURIComponent(url.username) || undefined),
      password: given("password") ?? (decodeURIComponent(url.password) || undefined),
      database: given("dbname") ?? (decodeURIComponent(url.pathname.slice(1)) || undefined),
      sslmode,
      sslrootcert: given("sslrootcert"),
      sslcert: given("sslcert"),
      sslkey: given("sslkey"),
      applicationName: given("application_name"),
      options: given("options"),
    };
  } catch {
    return undefined; // A stray percent sign.
  }
}

const NO_HOST = "no-host.invalid";

function hostOf(url: URL): string | undefined {
  const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  return host === NO_HOST || host === "" ? undefined : host;
}

/** Names the database in messages, without the password. */
export function describeTarget({ host, port, database }: PostgresTarget): string {
  const server = host?.startsWith("/") ? host : `${host ?? "localhost"}:${port ?? 5432}`;
  return database ? `${database} at ${server}` : `at ${server}`;
}
