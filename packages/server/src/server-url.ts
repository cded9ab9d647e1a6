import type { ServerConfig } from "./config/server-config.ts";

/** The ports that a server listens on, which the configuration may leave open. */
export interface Ports {
  readonly port: number;
  readonly opsPort: number;
}

/** Where people find the admin API and the dashboard: origin and path prefix, without a slash at the end. */
export function operatorsUrl(config: ServerConfig, ports: Ports): string {
  if (config.admin === "ops" || config.publicUrl === null) return localOperatorsUrl(config, ports);
  return `${new URL(config.publicUrl).origin}${config.pathPrefix}`;
}

/** Where a program on the same machine finds them, in the same form. */
export function localOperatorsUrl({ admin, host, opsHost, pathPrefix }: ServerConfig, ports: Ports): string {
  const origin = admin === "ops" ? localOrigin(opsHost, ports.opsPort) : localOrigin(host, ports.port);
  return `${origin}${pathPrefix}`;
}

/** A server that listens on all addresses does so on loopback too. */
function localOrigin(host: string, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (bare === "::") return `http://[::1]:${port}`;
  return bare.includes(":") ? `http://[${bare}]:${port}` : `http://${bare}:${port}`;
}
