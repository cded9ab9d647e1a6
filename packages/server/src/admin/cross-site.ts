/**
 * Does a browser send this on behalf of a page that is not this server's own? Browsers send `Origin` with every request
 * that changes something. The scheme is left out of the comparison: behind a proxy that ends TLS only the browser knows it.
 *
 * @param publicHosts names, with port, by which browsers know this server besides the one in the request.
 */
export function isFromOtherSite(headers: Headers, publicHosts: readonly string[]): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  if (!URL.canParse(origin)) return true;
  const { host } = new URL(origin);
  return host !== headers.get("host")?.toLowerCase() && !publicHosts.includes(host);
}
