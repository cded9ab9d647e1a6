import type { ServerConfig } from "./config/server-config.ts";

/** Where people find the server: origin and path prefix, without a slash at the end. */
export function publicUrl(config: ServerConfig, port: number): string {
  const { origin } = new URL(config.publicUrl ?? localOrigin(config, port));
  return `${origin}${config.pathPrefix}`;
}

/** Where a program on the same machine finds it, in the same form. */
export function localUrl(config: ServerConfig, port: number): string {
  return `${localOrigin(config, port)}${config.pathPrefix}`;
}

/** A server that listens on all addresses does so on loopback too. */
function localOrigin({ host }: ServerConfig, port: number): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (bare === "::") return `http://[::1]:${port}`;
  return bare.includes(":") ? `http://[${bare}]:${port}` : `http://${bare}:${port}`;
}
