import type { Configuration } from "openid-client";
import type { Logger } from "pino";
import type { OidcConfig } from "../../config/server-config.ts";
import { AdminError } from "../admin-errors.ts";
import type { Role } from "../principal.ts";
import { roleOf } from "./role-of.ts";

/** What a log-in that was begun has to come back with. The browser keeps it meanwhile. */
export interface BegunLogIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Somebody who the provider vouches for, and who the configuration lets in. */
export interface VouchedPerson {
  readonly email: string;
  readonly name: string;
  /** The provider's own name for the account, which stays when an address goes to somebody else. */
  readonly subject: string;
  /** For somebody who is new here. */
  readonly role: Role;
}

/** Log-in with OpenID Connect: authorization code with PKCE, state and nonce. */
export class OidcLogIn {
  /** The provider's host name. */
  readonly name: string;
  readonly #config: OidcConfig;
  readonly #log: Logger;
  #client: Promise<Configuration> | undefined;

  constructor(config: OidcConfig, log: Logger) {
    this.name = new URL(config.issuer).hostname;
    this.#config = config;
    this.#log = log;
  }

  /** Where to send the browser. Throws `oidc_unavailable`. */
  async begin(redirectUri: string): Promise<{ readonly url: string; readonly begun: BegunLogIn }> {
    const openid = await import("openid-client");
    const client = await this.#discovered();
    const begun = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      codeVerifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(client, {
      redirect_uri: redirectUri,
      scope: "openid email profile",
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(begun.codeVerifier),
      code_challenge_method: "S256",
    });
    return { url: url.href, begun };
  }

  /**
   * @param callbackUrl the redirect URI with what the provider added to it.
   * @throws AdminError `oidc_unavailable`, `oidc_failed` or `oidc_not_allowed`.
   */
  async finish(callbackUrl: URL, { state, nonce, codeVerifier }: BegunLogIn): Promise<VouchedPerson> {
    const openid = await import("openid-client");
    const client = await this.#discovered();
    let claims: Readonly<Record<string, unknown>> | undefined;
    try {
      const tokens = await openid.authorizationCodeGrant(client, callbackUrl, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      claims = tokens.claims();
    } catch (cause) {
      this.#log.warn({ err: cause }, "a log-in with OpenID Connect failed");
      throw new AdminError("oidc_failed", { cause });
    }
    return this.#allowed(claims ?? {});
  }

  #allowed(claims: Readonly<Record<string, unknown>>): VouchedPerson {
    const { email, email_verified: isVerified, name, sub } = claims;
    // Some providers let people write any address into their account: only a verified one says who they are.
    if (typeof email !== "string" || typeof sub !== "string" || isVerified !== true) {
      this.#log.warn("a log-in with OpenID Connect came without a verified e-mail address");
      throw new AdminError("oidc_not_allowed");
    }
    const role = roleOf(email, this.#config.allowed);
    if (role === null) {
      this.#log.warn({ email }, "a log-in with OpenID Connect of an account that is not in oidc_allowed");
      throw new AdminError("oidc_not_allowed");
    }
    const subject = `${this.#config.issuer} ${sub}`;
    return { email, name: typeof name === "string" && name !== "" ? name : email, subject, role };
  }

  /** Asked for once, and again after it failed. */
  async #discovered(): Promise<Configuration> {
    this.#client ??= this.#discover();
    try {
      return await this.#client;
    } catch (cause) {
      this.#client = undefined;
      this.#log.error({ err: cause }, "the OpenID Connect provider cannot be reached or understood");
      throw new AdminError("oidc_unavailable", { cause });
    }
  }

  async #discover(): Promise<Configuration> {
    const openid = await import("openid-client");
    const { issuer, clientId, clientSecret } = this.#config;
    const url = new URL(issuer);
    return openid.discovery(url, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      execute: [
        // The signature of the ID token is checked although it comes straight from the provider.
        openid.enableNonRepudiationChecks,
        // The configuration allows http for loopback only.
        ...(url.protocol === "http:" ? [openid.allowInsecureRequests] : []),
      ],
    });
  }
}

const TIMEOUT_SECONDS = 10;
