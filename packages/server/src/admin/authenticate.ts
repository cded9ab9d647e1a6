import { AdminError } from "./admin-errors.ts";
import { isLoopback } from "./local-access.ts";
import { hashOpaqueToken } from "./operators/opaque-token.ts";
import type { SessionStore } from "./operators/session-store.ts";
import type { TokenStore } from "./operators/token-store.ts";
import { LOCAL, type Principal } from "./principal.ts";
import type { RequestOrigin } from "./route.ts";
import { sessionTokenOf } from "./session-cookie.ts";

export interface AuthenticateOptions {
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  /** That of the data folder's file; `null` without a running server. */
  readonly localToken: string | null;
  /** An address of this machine besides loopback, or `null`. */
  readonly ownAddress: string | null;
}

/**
 * Who sends a request? `null` for nobody in particular. A token counts for more than a cookie, so that a program is
 * never taken for the person whose browser it runs beside. Throws an `AdminError` for a token that is not good.
 */
export function authenticator({ sessions, tokens, localToken, ownAddress }: AuthenticateOptions) {
  const localHash = localToken === null ? null : hashOpaqueToken(localToken);
  return async (request: Request, origin: RequestOrigin): Promise<Principal | null> => {
    if (origin.isInProcess) return LOCAL;
    const authorization = request.headers.get("authorization");
    if (authorization !== null) {
      const value = BEARER.exec(authorization)?.[1];
      if (value === undefined) throw new AdminError("token_invalid");
      if (localHash !== null && hashOpaqueToken(value) === localHash) {
        return requireLocal(request, origin, ownAddress);
      }
      return tokens.authenticate(value, origin.address);
    }
    const sessionToken = sessionTokenOf(request);
    return sessionToken === undefined ? null : ((await sessions.find(sessionToken)) ?? null);
  };
}

const BEARER = /^Bearer +([\w-]{20,200})$/i;

/** Somebody who read the file on another machine, through a backup or a shared disk, is still not at this one. */
function requireLocal(request: Request, { address }: RequestOrigin, ownAddress: string | null): Principal {
  const isForwarded = FORWARDED.some((name) => request.headers.has(name));
  const isHere = isLoopback(address) || (address !== null && address === ownAddress);
  if (isForwarded || !isHere) throw new AdminError("token_invalid");
  return LOCAL;
}

const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
