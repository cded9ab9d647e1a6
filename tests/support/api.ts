import { type AppCredentials, hmacHex, md5Hex, requestStringToSign } from "./sign.ts";

export type Query = readonly (readonly [string, string])[];

/** One request to the HTTP API. Whatever is left out is what an ordinary server library does. */
export interface ApiRequest {
  readonly method?: string;
  /** After `/apps/{id}`, such as `/events`. */
  readonly path: string;
  /** What stands before the path; `/apps/{id}` of the app. */
  readonly base?: string;
  /** What is signed as the path, where that differs from what is sent. */
  readonly signedPath?: string;
  /** Parameters besides those of the signature, decoded. */
  readonly query?: Query;
  /** What is signed as the query's parameters, where that differs. */
  readonly signedQuery?: Query;
  /** An object is sent as JSON. */
  readonly body?: object | string | Uint8Array<ArrayBuffer>;
  /** Replaces parameters of the signature; `null` leaves one out. */
  readonly auth?: Partial<Record<AuthParameter, string | null>>;
  readonly app?: AppCredentials;
  readonly headers?: Record<string, string>;
  /** How names and values are written into the query. */
  readonly escape?: (text: string) => string;
  /** Where `auth_signature` stands in the query. */
  readonly signatureFirst?: boolean;
}

type AuthParameter = "auth_key" | "auth_timestamp" | "auth_version" | "body_md5" | "auth_signature";

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

/** Signs requests as the protocol reference says, with every part open to a test's interference. */
export class Api {
  readonly #baseUrl: string;
  readonly #app: AppCredentials;
  readonly #settle: (() => Promise<void>) | undefined;

  /** @param settle waited for before each request; nothing where there is one server. */
  constructor(baseUrl: string, app: AppCredentials, settle?: () => Promise<void>) {
    this.#baseUrl = baseUrl;
    this.#app = app;
    this.#settle = settle;
  }

  async send(request: ApiRequest): Promise<ApiResponse> {
    await this.#settle?.();
    const body = encodeBody(request.body);
    const response = await fetch(this.#baseUrl + this.target(request), {
      method: methodOf(request),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text),
    };
  }

  get(path: string, query: Query = []): Promise<ApiResponse> {
    return this.send({ method: "GET", path, query });
  }

  post(path: string, body: object | string): Promise<ApiResponse> {
    return this.send({ method: "POST", path, body });
  }

  /** Triggers an event and insists on success. */
  async trigger(event: {
    readonly name: string;
    readonly data: string;
    readonly channels: readonly string[];
    readonly socket_id?: string;
    readonly info?: string;
  }): Promise<ApiResponse> {
    const response = await this.post("/events", event);
    if (response.status !== 200) throw new Error(`trigger answered ${response.status}: ${response.text}`);
    return response;
  }

  /** Path and query as they are written into the request line. */
  target(request: ApiRequest): string {
    const app = request.app ?? this.#app;
    const base = request.base ?? `/apps/${app.id}`;
    const auth = authParameters(request, app);
    const signed = [...auth, ...(request.signedQuery ?? request.query ?? [])];
    const signedPath = base + (request.signedPath ?? request.path);
    const text = requestStringToSign(methodOf(request), signedPath, signed);
    const signature = request.auth?.auth_signature;
    const signatureParameter: Query =
      signature === null ? [] : [["auth_signature", signature ?? hmacHex(app.secret, text)]];
    const rest = [...(request.query ?? []), ...auth];
    const query = request.signatureFirst
      ? [...signatureParameter, ...rest]
      : [...rest, ...signatureParameter];
    return `${base}${request.path}?${encodeQuery(query, request.escape)}`;
  }
}

export function encodeQuery(query: Query, write: (text: string) => string = encodeURIComponent): string {
  return query.map(([key, value]) => `${write(key)}=${write(value)}`).join("&");
}

function authParameters(request: ApiRequest, app: AppCredentials): [string, string][] {
  const body = encodeBody(request.body);
  const defaults: [AuthParameter, string | null][] = [
    ["auth_key", app.key],
    ["auth_timestamp", String(Math.floor(Date.now() / 1000))],
    ["auth_version", "1.0"],
    ["body_md5", body === undefined || body.length === 0 ? null : md5Hex(body)],
  ];
  return defaults.flatMap(([name, value]) => {
    const given = request.auth?.[name];
    const chosen = given === undefined ? value : given;
    return chosen === null ? [] : [[name, chosen] as [string, string]];
  });
}

function encodeBody(body: ApiRequest["body"]): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
}

function methodOf(request: ApiRequest): string {
  return request.method ?? (request.body === undefined ? "GET" : "POST");
}
