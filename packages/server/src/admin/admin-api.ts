import { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger } from "pino";
import type { OidcConfig } from "../config/server-config.ts";
import type { UseEvidence } from "../evidence/use-evidence.ts";
import type { Store } from "../store/open-store.ts";
import { VERSION } from "../version.ts";
import { AdminError } from "./admin-errors.ts";
import { respondToError } from "./answer.ts";
import { authenticator } from "./authenticate.ts";
import { ADMIN_BASE_PATH } from "./base-path.ts";
import type { Live } from "./live.ts";
import { methodsAt } from "./methods-at.ts";
import { OidcLogIn } from "./oidc/oidc-log-in.ts";
import { FailedLogIns } from "./operators/failed-log-ins.ts";
import { LogInLimits } from "./operators/log-in-limits.ts";
import { OperatorStore } from "./operators/operator-store.ts";
import { SessionStore } from "./operators/session-store.ts";
import { TokenStore } from "./operators/token-store.ts";
import { type AdminEnv, refuseInvalid, registerRoute } from "./register-route.ts";
import type { AdminRoute, RequestOrigin } from "./route.ts";
import { ADMIN_ROUTES } from "./routes.ts";
import type { AdminServices } from "./services.ts";

/** Answers a request whose path begins with the base path. Never throws. */
export type AdminApi = (request: Request, origin: RequestOrigin) => Promise<Response>;

export interface AdminApiOptions {
  readonly store: Store;
  /** What is known of the use of secrets. */
  readonly evidence: Pick<UseEvidence, "useOf">;
  /** The running server; undefined where none runs and the store is all there is. */
  readonly live: Live | undefined;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Empty, or a path with a leading and no trailing slash. */
  readonly pathPrefix: string;
  /** Where people find this server, with its path prefix and without a slash at the end; known once it listens. */
  readonly url: () => string;
  /** Names, with port, by which browsers know this server besides the one in the request. */
  readonly publicHosts: readonly string[];
  /** That of the data folder's file; `null` without a running server. */
  readonly localToken: string | null;
  /** Where the server listens, where that is not loopback: the machine itself comes from there. */
  readonly ownAddress: string | null;
  readonly oidc: OidcConfig | null;
}

/**
 * The admin API as a function: the server gives it what comes in by HTTP, the command line may call it in its own process.
 *
 * @param routes all there are, but for tests of the frame itself.
 */
export function adminApi(options: AdminApiOptions, routes: readonly AdminRoute[] = ADMIN_ROUTES): AdminApi {
  const { log, pathPrefix } = options;
  const basePath = `${pathPrefix}${ADMIN_BASE_PATH}`;
  const app = new OpenAPIHono<AdminEnv>({ defaultHook: refuseInvalid }).basePath(basePath);
  // Anybody may ask for it, and it is large: it is made once.
  let document: string | undefined;
  const services = makeServices(options, () => {
    document ??= `${JSON.stringify(app.getOpenAPI31Document(DOCUMENT))}\n`;
    return document;
  });
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  }
  for (const route of routes) registerRoute(app, route, services);
  app.notFound(({ req }) => {
    const allowed = methodsAt(routes, req.path.slice(basePath.length));
    if (allowed.length === 0) throw new AdminError("route_not_found");
    throw new AdminError("method_not_allowed", { headers: { allow: allowed.join(", ") } });
  });
  app.onError((error) => respondToError(error, log));
  return async (request, origin) => app.fetch(request, { origin });
}

function makeServices(options: AdminApiOptions, document: AdminServices["document"]): AdminServices {
  const { store, evidence, live, log, now, pathPrefix, url, publicHosts, localToken, ownAddress, oidc } =
    options;
  const { database } = store;
  const sessions = new SessionStore(database, now);
  const tokens = new TokenStore(database, now);
  return {
    store,
    evidence,
    live,
    operators: new OperatorStore(database, now),
    sessions,
    tokens,
    limits: new LogInLimits(),
    failedLogIns: new FailedLogIns(database, log),
    oidc: oidc && new OidcLogIn(oidc, log),
    authenticate: authenticator({ sessions, tokens, localToken, ownAddress }),
    url,
    pathPrefix,
    publicHosts,
    document,
    log,
    now,
  };
}

const DOCUMENT = {
  openapi: "3.1.0",
  info: {
    title: "Usher admin API",
    version: VERSION,
    description:
      "Apps, keys, secrets, grants and everything else that operators of an Usher server look after.",
    license: { name: "MIT", identifier: "MIT" },
  },
};

const SECURITY_SCHEMES = {
  session: {
    type: "apiKey",
    in: "cookie",
    name: "usher_session",
    description: "A person's session. Whatever changes something also needs the header `X-CSRF-Token`.",
  },
  token: { type: "http", scheme: "bearer", description: "An API token, which begins with `usher_`." },
} as const;
