import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { EvidenceStore } from "../../evidence/evidence-store.ts";
import { UseEvidence } from "../../evidence/use-evidence.ts";
import { openStore, type Store } from "../../store/open-store.ts";
import type { AdminApi, AdminApiOptions } from "../admin-api.ts";
import { OperatorStore } from "../operators/operator-store.ts";
import { SessionStore } from "../operators/session-store.ts";
import { TokenStore } from "../operators/token-store.ts";
import { actorOf, LOCAL, type Role, SCOPES, type Scope } from "../principal.ts";
import type { RequestOrigin } from "../route.ts";
import { checkedAdminApi } from "./checked-admin-api.ts";

/** The headers that make somebody of a request. */
export type Caller = Readonly<Record<string, string>>;

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; `undefined` for an empty body. */
  readonly body: unknown;
  /** `Set-Cookie`, each as it was sent. */
  readonly cookies: readonly string[];
}

export interface AskOptions {
  readonly as?: Caller;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: Partial<RequestOrigin>;
}

export interface AdminHarness {
  readonly api: AdminApi;
  readonly store: Store;
  readonly operators: OperatorStore;
  readonly sessions: SessionStore;
  readonly tokens: TokenStore;
  /** Times in the tests' own hands. */
  readonly clock: { nowMs: number };
  /** What was logged, parsed. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  readonly localCaller: Caller;
  /** @param request method and path below the base path: `POST /apps`. */
  ask(request: string, options?: AskOptions): Promise<Asked>;
  /** An operator who has just logged in. */
  operator(role: Role): Promise<Caller & { readonly cookie: string; readonly "x-csrf-token": string }>;
  /** A token; with all scopes and without an end unless said otherwise. */
  token(role: Role, scopes?: readonly Scope[], expiresAt?: string | null): Promise<Caller>;
  close(): Promise<void>;
}

const LOCAL_TOKEN = "usher_local_for-tests-and-nothing-else-0123456789";

/** An admin API on a database of its own, with every answer held against the OpenAPI document. */
export async function openAdmin(
  overrides: Partial<AdminApiOptions> = {},
  databaseUrl: string | null = null,
): Promise<AdminHarness> {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-admin-"));
  const store =
    overrides.store ??
    (await openStore({ dataDir, create: true, lockWaitMs: 5_000, masterKey: null, databaseUrl }));
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: "trace", base: null },
    { write: (line: string) => logged.push(JSON.parse(line)) },
  );
  const api = await checkedAdminApi({
    store,
    evidence: new UseEvidence({ store: new EvidenceStore(store.database), log, now }),
    live: undefined,
    log,
    now,
    pathPrefix: "",
    url: () => "http://usher.test",
    publicHosts: [],
    localToken: LOCAL_TOKEN,
    ownAddress: null,
    oidc: null,
    ...overrides,
  });
  const operators = new OperatorStore(store.database, now);
  const sessions = new SessionStore(store.database, now);
  const tokens = new TokenStore(store.database, now);
  const by = actorOf(LOCAL, null);
  const { pathPrefix = "" } = overrides;
  let people = 0;
  return {
    api,
    store,
    operators,
    sessions,
    tokens,
    clock,
    logged,
    localCaller: { authorization: `Bearer ${LOCAL_TOKEN}` },

    async ask(request, { as = {}, body, headers = {}, from = {} } = {}) {
      const [method = "", path = ""] = request.split(" ");
      const response = await api(
        new Request(`http://usher.test${pathPrefix}/admin/v1${path}`, {
          method,
          headers: {
            host: "usher.test",
            ...(body !== undefined && { "content-type": "application/json" }),
            ...as,
            ...headers,
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
        { address: "127.0.0.1", isTls: false, ...from },
      );
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? undefined : JSON.parse(text),
        cookies: response.headers.getSetCookie(),
      };
    },

    async operator(role) {
      people++;
      // Lists are in the order of time.
      clock.nowMs++;
      const { link } = await operators.invite({ email: `${role}-${people}@example.com`, role }, by);
      // No password: a test that needs one sets it, and the others need not wait for its hash.
      const operator = await operators.accept(link.token, { name: role, passwordHash: "" }, null);
      const { token, principal } = await sessions.start(operator, {
        method: "password",
        address: null,
        userAgent: null,
        formerToken: undefined,
      });
      return { cookie: `usher_session=${token}`, "x-csrf-token": principal.session.csrfToken };
    },

    async token(role, scopes = SCOPES, expiresAt = null) {
      const { value } = await tokens.create({ name: `${role} token`, role, scopes, expiresAt }, by);
      return { authorization: `Bearer ${value}` };
    },

    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** A text in an answer, by its path: `link.token`. */
export function textIn(body: unknown, path: string): string {
  let value = body;
  for (const name of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  if (typeof value !== "string") throw new Error(`there is no text ${path} in ${JSON.stringify(body)}`);
  return value;
}

/** The code of a refusal. */
export function codeOf({ body }: Asked): string {
  return textIn(body, "error.code");
}
