/** A request's address. Some servers give a path alone when the client named no host, or none that can be. */
export function urlOf(request: Request): URL {
  return new URL(request.url, "http://localhost");
}
