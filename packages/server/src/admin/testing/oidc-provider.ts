import { createHash, randomBytes } from "node:crypto";

/** An OpenID Connect provider on loopback, small and real: it keeps to what it was asked and signs what it says. */
export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who logs in next, and what the provider does wrong. */
  account: OidcAccount;
  /** Does what a browser does at the provider: follows the link, and is sent back to the address returned. */
  visit(authorizationUrl: string): Promise<URL>;
  stop(): Promise<void>;
}

export interface OidcAccount {
  readonly sub: string;
  /** In the ID token besides what belongs there, or instead of it. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Signs with a key that is not the provider's. */
  readonly isForged?: boolean;
}

interface Asked {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const clientId = "usher";
  const clientSecret = randomBytes(16).toString("hex");
  const keys = await makeKeys();
  const forgedKeys = await makeKeys();
  const codes = new Map<string, Asked>();

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/.well-known/openid-configuration": () =>
        Response.json({
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/authorize`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/jwks`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
          code_challenge_methods_supported: ["S256"],
        }),
      "/jwks": async () => {
        const jwk = await crypto.subtle.exportKey("jwk", keys.publicKey);
        return Response.json({ keys: [{ ...jwk, kid: "1", alg: "ES256", use: "sig" }] });
      },
      "/authorize": (request) => {
        const query = new URL(request.url).searchParams;
        const asked = {
          challenge: query.get("code_challenge") ?? "",
          nonce: query.get("nonce") ?? "",
          redirectUri: query.get("redirect_uri") ?? "",
        };
        const isSound =
          query.get("client_id") === clientId &&
          query.get("response_type") === "code" &&
          query.get("code_challenge_method") === "S256" &&
          asked.challenge !== "" &&
          asked.nonce !== "";
        if (!isSound) return new Response("not what a client should ask", { status: 400 });
        const code = randomBytes(16).toString("hex");
        codes.set(code, asked);
        const back = new URL(asked.redirectUri);
        back.searchParams.set("code", code);
        back.searchParams.set("state", query.get("state") ?? "");
        return Response.redirect(back.href, 302);
      },
      "/token": async (request) => {
        const form = new URLSearchParams(await request.text());
        const code = form.get("code") ?? "";
        const asked = codes.get(code);
        codes.delete(code);
        const verifier = form.get("code_verifier") ?? "";
        const isSound =
          asked !== undefined &&
          isClient(request, form) &&
          form.get("redirect_uri") === asked.redirectUri &&
          createHash("sha256").update(verifier).digest("base64url") === asked.challenge;
        if (!isSound) return Response.json({ error: "invalid_grant" }, { status: 400 });
        const { sub, claims, isForged } = provider.account;
        const seconds = Math.floor(Date.now() / 1000);
        const idToken = await sign(isForged ? forgedKeys.privateKey : keys.privateKey, {
          iss: provider.issuer,
          aud: clientId,
          sub,
          iat: seconds,
          exp: seconds + 300,
          nonce: asked.nonce,
          ...claims,
        });
        return Response.json({ access_token: "opaque", token_type: "Bearer", id_token: idToken });
      },
    },
  });

  function isClient(request: Request, form: URLSearchParams): boolean {
    const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    return (
      request.headers.get("authorization") === basic ||
      (form.get("client_id") === clientId && form.get("client_secret") === clientSecret)
    );
  }

  const provider: OidcProvider = {
    issuer: `http://127.0.0.1:${server.port}`,
    clientId,
    clientSecret,
    account: { sub: "1", claims: {} },
    async visit(authorizationUrl) {
      const response = await fetch(authorizationUrl, { redirect: "manual" });
      return new URL(response.headers.get("location") ?? "");
    },
    stop: () => server.stop(true),
  };
  return provider;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function sign(key: CryptoKey, claims: object): Promise<string> {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "ES256", kid: "1", typ: "JWT" })}.${encode(claims)}`;
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}
