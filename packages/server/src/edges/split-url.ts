/**
 * Path and query of a request, exactly as they came in: signatures cover these bytes, so nothing may be normalised on
 * the way.
 *
 * @param url absolute, as `Request.url` is, or without an authority, as it is of an HTTP/1.0 request that names no host.
 */
export function splitUrl(url: string): { readonly path: string; readonly rawQuery: string } {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("//") + 2);
  if (start === -1) return { path: "/", rawQuery: "" };
  const question = url.indexOf("?", start);
  if (question === -1) return { path: url.slice(start), rawQuery: "" };
  return { path: url.slice(start, question), rawQuery: url.slice(question + 1) };
}
