/**
 * May a page from this origin open a connection? An entry is an origin such as `https://example.com`, or one with a
 * wildcard for one or more leading labels, `https://*.example.com`. Compared whole, case-insensitively.
 */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  const given = origin.toLowerCase();
  return allowed.some((entry) => matches(given, entry.toLowerCase()));
}

function matches(origin: string, entry: string): boolean {
  if (entry === "*" || entry === origin) return true;
  const star = entry.indexOf("*.");
  if (star === -1) return false;
  const start = entry.slice(0, star);
  const end = entry.slice(star + 1);
  if (!origin.startsWith(start) || !origin.endsWith(end)) return false;
  const label = origin.slice(start.length, origin.length - end.length);
  return /^[a-z0-9.-]+$/.test(label);
}
