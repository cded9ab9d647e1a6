import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { splitUrl } from "../split-url.ts";

/** Undefined for a path that is not the dashboard's. */
export type DashboardEdge = (request: Request) => Response | undefined;

/**
 * Serves what was built of the dashboard: its one page at every address below `/dashboard`, and its files, whose names
 * change with what is in them. Whoever asks gets them: they hold nothing but what everybody may download from a registry.
 *
 * @param folder holds `index.html` and `assets/`, each file also as `.br` and `.gz`; `null` when there is no dashboard.
 */
export function dashboardEdge(folder: string | null, pathPrefix: string): DashboardEdge {
  const base = `${pathPrefix}/dashboard`;
  if (folder === null) return ({ url }) => (isAt(splitUrl(url).path, base) ? notThere() : undefined);
  const page = readFileSync(join(folder, "index.html"), "utf8")
    .replaceAll("{{base}}", base)
    .replaceAll("{{prefix}}", pathPrefix);
  const assets = readAssets(join(folder, "assets"));
  return (request) => {
    const { path } = splitUrl(request.url);
    if (!isAt(path, base)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response("Send a GET.\n", { status: 405, headers: { ...TEXT, allow: "GET, HEAD" } });
    }
    const name = path.startsWith(`${base}/assets/`) ? path.slice(`${base}/assets/`.length) : undefined;
    if (name === undefined) return new Response(page, { headers: PAGE_HEADERS });
    const asset = assets.get(name);
    if (!asset) return new Response("404 NOT FOUND\n", { status: 404, headers: TEXT });
    return assetResponse(asset, request.headers.get("accept-encoding") ?? "");
  };
}

interface Asset {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly br: Uint8Array<ArrayBuffer> | undefined;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const TEXT = { "content-type": "text/plain; charset=utf-8" };

// Nothing inline and nothing from elsewhere. Positions that the components compute are set through the style object,
// which a policy for inline styles does not concern.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
};

function isAt(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const names = new Set(readdirSync(folder));
  const read = (name: string) =>
    names.has(name) ? new Uint8Array(readFileSync(join(folder, name))) : undefined;
  const assets = [...names].flatMap((name): [string, Asset][] => {
    const type = TYPES[extname(name)];
    const plain = read(name);
    return type && plain ? [[name, { type, plain, br: read(`${name}.br`), gzip: read(`${name}.gz`) }]] : [];
  });
  return new Map(assets);
}

function assetResponse({ type, plain, br, gzip }: Asset, accepted: string): Response {
  const headers = {
    "content-type": type,
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    vary: "accept-encoding",
  };
  if (br && /\bbr\b/.test(accepted))
    return new Response(br, { headers: { ...headers, "content-encoding": "br" } });
  if (gzip && /\bgzip\b/.test(accepted)) {
    return new Response(gzip, { headers: { ...headers, "content-encoding": "gzip" } });
  }
  return new Response(plain, { headers });
}

function notThere(): Response {
  return new Response("The dashboard is not part of this server: it was not built, or is turned off.\n", {
    status: 404,
    headers: TEXT,
  });
}
