/**
 * Is this a name that only this server can have?
 *
 * A site can point its own name at this server (DNS rebinding), and its pages then count as this server's own. It cannot
 * do so with `localhost` or with an address, so these are trusted, and the names that the operator gave.
 */
export function isTrustedHost(host: string | null, hostNames: readonly string[]): boolean {
  const name = HOST.exec(host ?? "")?.groups?.name?.toLowerCase();
  if (name === undefined) return false;
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  if (name.startsWith("[") || IPV4.test(name)) return true;
  return hostNames.some((known) => known.toLowerCase() === name);
}

const HOST = /^(?<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Does this request come from a page of this server, or from no page at all? Browsers send `Origin` with every POST. The
 * scheme is left out of the comparison: behind a proxy that ends TLS only the browser knows it.
 */
export function isFromThisPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const origin = headers.get("origin");
  if (origin === null) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host")?.toLowerCase();
}
