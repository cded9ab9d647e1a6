/** Which pages may use the endpoint: origins as browsers write them, such as `https://app.example.com`. */
export type Origins = readonly string[];

/** @throws TypeError for what no browser would ever send, so that a slip is found at start and not by a user. */
export function checkOrigins(origins: Origins, option: string): void {
  for (const origin of origins) {
    if (isOrigin(origin)) continue;
    throw new TypeError(
      `${option}: "${origin}" is no origin; it looks like https://app.example.com, without a path`,
    );
  }
}

/** The page that a request comes from: its Origin or, where the browser sends none, that of its Referer. */
export function originOf(request: Request): string | undefined {
  const origin = request.headers.get("origin");
  if (origin !== null) return origin;
  const referer = request.headers.get("referer");
  return referer !== null && URL.canParse(referer) ? new URL(referer).origin : undefined;
}

function isOrigin(text: string): boolean {
  if (!/^https?:/i.test(text)) return /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(text); // An app's shell, as capacitor://localhost.
  return URL.canParse(text) && new URL(text).origin === text && !text.includes("*");
}
