import type { Logger } from "pino";
import type { UseEvidence } from "../evidence/use-evidence.ts";
import type { Store } from "../store/open-store.ts";
import type { Live } from "./live.ts";
import type { OidcLogIn } from "./oidc/oidc-log-in.ts";
import type { FailedLogIns } from "./operators/failed-log-ins.ts";
import type { LogInLimits } from "./operators/log-in-limits.ts";
import type { OperatorStore } from "./operators/operator-store.ts";
import type { SessionStore } from "./operators/session-store.ts";
import type { TokenStore } from "./operators/token-store.ts";
import type { Principal } from "./principal.ts";
import type { RequestOrigin } from "./route.ts";

/** What route functions and the checks before them work with. */
export interface AdminServices {
  readonly store: Store;
  /** What is known of the use of secrets. */
  readonly evidence: Pick<UseEvidence, "useOf">;
  /** The running server; undefined where none runs and the store is all there is. */
  readonly live: Live | undefined;
  readonly operators: OperatorStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  readonly limits: LogInLimits;
  readonly failedLogIns: FailedLogIns;
  /** `null` where the configuration names no provider. */
  readonly oidc: OidcLogIn | null;
  /** Who sends this? `null` for nobody in particular. Throws an `AdminError` for credentials that do not hold. */
  readonly authenticate: (request: Request, origin: RequestOrigin) => Promise<Principal | null>;
  /** Where people find this server, with its path prefix and without a slash at the end. */
  readonly url: () => string;
  /** Empty, or a path with a leading and no trailing slash. */
  readonly pathPrefix: string;
  /** Names, with port, by which browsers know this server besides the one in the request. */
  readonly publicHosts: readonly string[];
  /** The OpenAPI document of the routes, as JSON. */
  readonly document: () => string;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
