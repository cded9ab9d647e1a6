import type { App, Hub } from "@usher/hub";
import type { ApplyEffects } from "../../apply-effects.ts";
import { splitUrl } from "../split-url.ts";
import { assetAt } from "./assets.ts";
import { authenticateGuest, authorizeGuest } from "./demo-auth.ts";
import { triggerDemoEvent } from "./demo-trigger.ts";
import { renderPage } from "./render-page.ts";
import { isFromThisPage, isTrustedHost } from "./same-site.ts";

export interface FirstPageOptions {
  /** The app that the page connects to. */
  readonly demoApp: () => App | undefined;
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly pathPrefix: string;
  readonly now: () => number;
  /** Names the page may be opened under, besides localhost and addresses. */
  readonly hostNames?: readonly string[];
}

/** Undefined for a path that is not the page's own. */
export type FirstPage = (request: Request) => Response | Promise<Response> | undefined;

/**
 * The page that a newcomer opens: a stock client in a browser, together with the endpoints that its channels need. For
 * development only, since it signs for whoever asks; it signs for the channels and guests of this page and no others.
 */
export function firstPage(options: FirstPageOptions): FirstPage {
  const { pathPrefix, hostNames = [] } = options;
  return (request) => {
    const { path } = splitUrl(request.url);
    const route = routeAt(path.startsWith(`${pathPrefix}/`) ? path.slice(pathPrefix.length) : path);
    if (!route) return undefined;
    if (!isTrustedHost(request.headers.get("host"), hostNames)) return text(403, WRONG_HOST);
    if (route.kind === "read") return read(request, () => route.respond(options));
    if (request.method !== "POST") return text(405, "Send a POST.\n", { allow: "POST" });
    if (!isFromThisPage(request.headers)) return text(403, WRONG_ORIGIN);
    return post(request, route.respond, options);
  };
}

type Route =
  | { readonly kind: "read"; readonly respond: (options: FirstPageOptions) => Response }
  | { readonly kind: "post"; readonly respond: DemoEndpoint };

type DemoEndpoint = (app: App, form: URLSearchParams, options: FirstPageOptions) => Response;

const DEMO_ENDPOINTS: ReadonlyMap<string, DemoEndpoint> = new Map([
  ["/first-page/auth", authorizeGuest],
  ["/first-page/user-auth", authenticateGuest],
  ["/first-page/trigger", triggerDemoEvent],
]);

function routeAt(path: string): Route | undefined {
  if (path === "/") return { kind: "read", respond: page };
  const endpoint = DEMO_ENDPOINTS.get(path);
  if (endpoint) return { kind: "post", respond: endpoint };
  const asset = path.startsWith("/first-page/") ? assetAt(path.slice("/first-page/".length)) : undefined;
  if (!asset) return undefined;
  return { kind: "read", respond: () => readable(asset.text, asset.type) };
}

function page({ demoApp, pathPrefix }: FirstPageOptions): Response {
  return readable(renderPage(demoApp(), pathPrefix), "text/html");
}

function read(request: Request, respond: () => Response): Response {
  if (request.method === "GET" || request.method === "HEAD") return respond();
  return text(405, "Send a GET.\n", { allow: "GET, HEAD" });
}

async function post(request: Request, respond: DemoEndpoint, options: FirstPageOptions): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const app = options.demoApp();
  if (!app?.enabled) return text(404, "The app of this page is gone or disabled.\n");
  return respond(app, form, options);
}

// Nothing inline and nothing from elsewhere. A WebSocket to the page's own host and port counts as 'self'.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  // The page changes with the app's settings, and its files with each version.
  "cache-control": "no-store",
} as const;

function readable(body: string, type: string): Response {
  return new Response(body, {
    headers: { ...SECURITY_HEADERS, "content-type": `${type}; charset=utf-8` },
  });
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...SECURITY_HEADERS, ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}

const WRONG_HOST =
  "This page answers under localhost and under IP addresses only, so that no other site can reach it by pointing its own name here.\n" +
  "Open it under one of those. To use another name, set USHER_PUBLIC_URL.\n";

const WRONG_ORIGIN = "This endpoint serves the first page of this server and no other site.\n";
