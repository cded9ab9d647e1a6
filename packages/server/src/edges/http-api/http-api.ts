import { type App, channelNameLimit, type Hub, TokenBucket } from "@usher/hub";
import {
  type HmacHex,
  type JsonObject,
  parseChannelName,
  parseJsonObject,
  parseQuery,
  type QueryParameter,
  queryValue,
  UsherError,
} from "@usher/protocol";
import type { Actor } from "../../actor.ts";
import type { ApplyEffects } from "../../apply-effects.ts";
import { answerFromView, type ChannelView } from "../../cluster/channel-view.ts";
import type { ClusterReads } from "../../cluster/cluster-reads.ts";
import type { RevokeGrants } from "../../grants/revoke-grants.ts";
import { increment, type Meters } from "../../metrics/meters.ts";
import type { RefusedCall } from "../../refusals/refused.ts";
import { splitUrl } from "../split-url.ts";
import { type Answer, EMPTY_ANSWER, parameterInvalid, toResponse } from "./answer.ts";
import { type ApiRequest, Parameters } from "./api-request.ts";
import { authenticate } from "./authenticate.ts";
import { listEvents } from "./list-events.ts";
import { publishOnce } from "./publish-once.ts";
import { listChannels, listUsers, showChannel, showStats } from "./read-channels.ts";
import { revokeGrantsOf } from "./revoke-grants.ts";
import { ROUTE_NAMES, type Route, routeOf } from "./routes.ts";
import type { SharedKeys } from "./shared-keys.ts";
import { type TriggerContext, triggerBatch, triggerEvent, triggerOnChannel } from "./trigger-events.ts";

export interface HttpApiOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly meters: Meters;
  readonly findAppById: (id: string) => App | undefined;
  readonly findAppByKey: (key: string) => App | undefined;
  /** In front of `/apps`; part of the path that clients use and sign. */
  readonly pathPrefix: string;
  readonly maxRequestBytes: number;
  readonly timeWindowSeconds: number;
  readonly hmacHex: HmacHex;
  /** Has every client been sent away for good? An event that is taken then would reach nobody. */
  readonly isDrained: () => boolean;
  readonly now: () => number;
  readonly revokeGrants: RevokeGrants;
  /** Where a request came from, for the audit trail. */
  readonly addressOf: (request: Request) => string | null;
  /** Told of each event that an app's server sent. */
  readonly onTriggered: TriggerContext["onTriggered"];
  /** Told of each user whose connections here were ended at the app's request. */
  readonly onTerminated?: ((app: App, userId: string) => void) | undefined;
  readonly onRefused: (refused: RefusedCall) => void;
  /** Hears of every request whose signature was good, before it is answered. */
  readonly onAuthenticated: (secretId: string, request: Request, nowMs: number) => void;
  /** What else the answer to a refused request says; undefined in production. */
  readonly hintFor: ((refused: RefusedCall) => string | undefined) | undefined;
  /** In a cluster: the idempotency keys of all nodes, and what the others have on channels that are not open here. */
  readonly sharedKeys?: SharedKeys | undefined;
  readonly reads?: ClusterReads | undefined;
  /** In a cluster: has the answer to a trigger wait for what must be in order; see `Cluster.carrying`. */
  readonly carrying?: ((trigger: () => Answer | Promise<Answer>) => Answer | Promise<Answer>) | undefined;
}

/** The HTTP API of Pusher Channels, for the apps' own servers. Undefined for a path that is not its own. */
export type HttpApi = (request: Request) => Response | Promise<Response> | undefined;

/**
 * One promise for each request that has a body and none for the others: at tens of thousands of requests a second,
 * promises are what a request costs beyond its signature.
 */
export function httpApi(options: HttpApiOptions): HttpApi {
  return (request) => {
    const { path, rawQuery } = splitUrl(request.url);
    if (!path.startsWith(options.pathPrefix)) return undefined;
    const route = routeOf(path.slice(options.pathPrefix.length), request.method);
    if (!route) return undefined;
    const query = parseQuery(rawQuery);
    const routed: Routed = { path, rawQuery, query, route, app: appOf(route, query, options) };
    const refusal = checkBeforeBody(request, routed, options);
    if (refusal) return respond(request, refusal, routed, undefined, options);
    if (route.method === "GET" && !request.body)
      return respond(request, answer(request, routed, NO_BODY, options), routed, NO_BODY, options);
    return answerWithBody(request, routed, options);
  };
}

interface Routed {
  readonly path: string;
  readonly rawQuery: string;
  readonly query: readonly QueryParameter[];
  readonly route: Route;
  readonly app: App | undefined;
}

const NO_BODY = new Uint8Array(0);

/** The cheapest checks first: nothing is read for a request that could not be answered anyway. */
function checkBeforeBody(
  request: Request,
  { route, app, query }: Routed,
  { maxRequestBytes, isDrained }: HttpApiOptions,
): UsherError | undefined {
  if (isDrained()) return new UsherError("http_draining");
  if (route.name === "unknown") return new UsherError("http_not_found");
  if (request.method !== route.method) {
    return new UsherError("http_method_not_allowed", { method: request.method, allowed: route.method });
  }
  if (!app) return unknownApp(route, query);
  // Not needed for safety, as the engine has a limit of its own; it spares reading what is going to be refused.
  if (Number(request.headers.get("content-length")) <= maxRequestBytes) return undefined;
  return new UsherError("http_body_too_large", { limit: maxRequestBytes });
}

async function answerWithBody(request: Request, routed: Routed, options: HttpApiOptions): Promise<Response> {
  options.meters.requestsInFlight++;
  let body: Uint8Array | undefined;
  try {
    body = await request.bytes();
  } catch {
    body = undefined;
  }
  options.meters.requestsInFlight--;
  // A body may take its time, and the app may have changed meanwhile.
  const current: Routed = { ...routed, app: appOf(routed.route, routed.query, options) };
  const answered = body ? answer(request, current, body, options) : new UsherError("http_body_incomplete");
  return respond(request, answered, current, body, options);
}

/** Nothing is parsed and nothing is looked up in the hub for a request that is not signed. */
function answer(
  request: Request,
  { path, rawQuery, query, route, app }: Routed,
  body: Uint8Array,
  options: HttpApiOptions,
): Answer | Promise<Answer> {
  if (!app) return unknownApp(route, query);
  const { maxRequestBytes, timeWindowSeconds, hmacHex, now } = options;
  if (body.length > maxRequestBytes) return new UsherError("http_body_too_large", { limit: maxRequestBytes });
  const nowMs = now();
  const idempotencyKey =
    route.method === "POST" ? (request.headers.get("idempotency-key") ?? undefined) : undefined;
  const signed: ApiRequest = {
    method: route.method,
    signedPath: path,
    rawQuery,
    query,
    body,
    idempotencyKey,
  };
  const credentials = authenticate(signed, app, nowMs, timeWindowSeconds, hmacHex);
  if (!credentials.ok) return credentials.error;
  options.onAuthenticated(credentials.value.secret.id, request, nowMs);
  if (!app.enabled) return new UsherError("app_disabled");
  if (route.method === "GET") return read(app, route, query, nowMs, options);
  const { key } = credentials.value;
  const by = (): Actor => ({ kind: "app", id: key, name: app.name, address: options.addressOf(request) });
  return write(app, route, signed, nowMs, by, options);
}

function respond(
  request: Request,
  answer: Answer | Promise<Answer>,
  routed: Routed,
  body: Uint8Array | undefined,
  options: HttpApiOptions,
): Response | Promise<Response> {
  if (answer instanceof Promise) {
    return answer.then((settled) => respond(request, settled, routed, body, options));
  }
  const { path, rawQuery, app, route } = routed;
  if (app) countAnswer(answer, app, route, options);
  if (!(answer instanceof UsherError)) return toResponse(answer, null);
  const { method } = request;
  const refused: RefusedCall = { kind: "call", app, route, error: answer, method, path, rawQuery, body };
  options.onRefused(refused);
  return toResponse(answer, request.headers.get("accept"), options.hintFor?.(refused));
}

function read(
  app: App,
  route: Route,
  query: readonly QueryParameter[],
  nowMs: number,
  { hub, reads }: HttpApiOptions,
): Answer | Promise<Answer> {
  const refusal = checkReadRate(app, nowMs, hub) ?? checkExtraneous(app, route, query);
  if (refusal) return refusal;
  const parameters = new Parameters({}, query);
  const context = { hub, nowMs, reads };
  const about = (answerFrom: (view: ChannelView) => Answer) =>
    answerFromView(app.id, viewOfSubject(app, route, query), context, answerFrom);
  switch (route.name) {
    case "channels": {
      const prefix = queryValue(query, "filter_by_prefix") ?? "";
      const wanted = { prefix, areCountsWanted: queryValue(query, "info") !== undefined };
      return answerFromView(app.id, wanted, context, (view) => listChannels(app, parameters, view));
    }
    case "channel":
      return about((view) => showChannel(app, route.subject, parameters, view, nowMs));
    case "users":
      return about((view) => listUsers(app, route.subject, view));
    case "stats":
      return about((view) => showStats(app, route.subject, view));
    case "channelHistory":
      return listEvents(app, route.subject, parameters, context);
    default:
      return new UsherError("http_not_found");
  }
}

/** What a question about one channel may need to know. A name that is none is refused with the rest. */
function viewOfSubject(app: App, { subject }: Route, query: readonly QueryParameter[]) {
  const name = parseChannelName(subject, channelNameLimit(app.settings));
  const isCacheWanted = queryValue(query, "info")?.includes("cache") === true;
  return { channels: name.ok ? [name.value] : [], isCacheWanted };
}

function write(
  app: App,
  route: Route,
  request: ApiRequest,
  nowMs: number,
  by: () => Actor,
  {
    hub,
    apply,
    revokeGrants,
    onTriggered,
    onTerminated,
    sharedKeys,
    reads,
    carrying = atOnce,
  }: HttpApiOptions,
): Answer | Promise<Answer> {
  const text = decodeUtf8(request.body);
  if (text === undefined) return parameterInvalid("The body is not valid UTF-8");
  const context = { hub, apply, nowMs, onTriggered, sharedKeys, reads };
  if (route.name === "channelEvents") {
    const query = new Parameters({}, request.query);
    return carrying(() => triggerOnChannel(app, route.subject, query, text, context));
  }
  const body: JsonObject | undefined = text === "" ? {} : parseJsonObject(withoutByteOrderMark(text));
  if (!body) return parameterInvalid("The body is not a JSON object");
  const parameters = new Parameters(body, request.query);
  switch (route.name) {
    case "events":
      return publishOnce(app, route, request, parameters, context, () =>
        carrying(() => triggerEvent(app, parameters, context)),
      );
    case "batchEvents":
      return publishOnce(app, route, request, parameters, context, () =>
        carrying(() => triggerBatch(app, parameters, context)),
      );
    case "terminate":
      apply(hub.terminateUser(app, route.subject));
      onTerminated?.(app, route.subject);
      return EMPTY_ANSWER;
    case "revokeGrants":
      return revokeGrantsOf(app, body, by(), revokeGrants);
    default:
      return new UsherError("http_not_found");
  }
}

function atOnce<Result>(trigger: () => Result): Result {
  return trigger();
}

/** The Python library leaves the app out of one path; there the key tells which app is meant. */
function appOf(
  route: Route,
  query: readonly QueryParameter[],
  { findAppById, findAppByKey }: HttpApiOptions,
): App | undefined {
  if (route.appId !== undefined) return findAppById(route.appId);
  const key = queryValue(query, "auth_key");
  return key === undefined ? undefined : findAppByKey(key);
}

function unknownApp(route: Route, query: readonly QueryParameter[]): UsherError {
  if (route.appId !== undefined) return new UsherError("http_app_not_found", { id: route.appId });
  const hasKey = queryValue(query, "auth_key") !== undefined;
  return new UsherError(hasKey ? "http_auth_key_unknown" : "http_auth_key_missing");
}

function checkReadRate(app: App, nowMs: number, hub: Hub): UsherError | undefined {
  const { readRate } = app.settings;
  if (readRate === null) return undefined;
  const state = hub.stateFor(app);
  state.readBucket ??= new TokenBucket(readRate, nowMs);
  if (state.readBucket.take(readRate, 1, nowMs)) return undefined;
  return new UsherError("http_rate_exceeded", { limit: readRate, what: "reads", setting: "read_rate" });
}

const SIGNATURE_PARAMETERS = ["auth_key", "auth_timestamp", "auth_version", "auth_signature", "body_md5"];

/** The hosted service refuses query parameters that it does not know; third-party libraries may send some. */
function checkExtraneous(app: App, route: Route, query: readonly QueryParameter[]): UsherError | undefined {
  if (!app.settings.strict) return undefined;
  const extraneous = query
    .map(([key]) => key)
    .filter((key) => !SIGNATURE_PARAMETERS.includes(key) && !route.parameters.includes(key));
  if (extraneous.length === 0) return undefined;
  return parameterInvalid(`The following query string parameters are extraneous: ${extraneous.join(", ")}`);
}

/** Made once: a text that is put together anew has to be hashed anew. */
const OK_LABELS = Object.fromEntries(ROUTE_NAMES.map((name) => [name, `${name} 200`])) as Record<
  Route["name"],
  string
>;

function countAnswer(answer: Answer, app: App, route: Route, { hub, meters, now }: HttpApiOptions): void {
  const status = answer instanceof UsherError ? (answer.spec.status ?? 500) : answer.status;
  const { name } = route;
  increment(meters.ofApp(app.id).requests, status === 200 ? OK_LABELS[name] : `${name} ${status}`);
  if (status < 300) hub.stateFor(app).meter.add(1, now());
}

// Where the body is an event's data, a byte order mark is part of it.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** JSON has none, but some clients write one. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
