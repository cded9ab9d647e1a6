import { randomInt } from "node:crypto";
import { channelTraits, isJsonObject, makeSocketId, parseJsonObject } from "@usher/protocol";
import type { CandidateSecret, TrialLimits } from "@usher/protocol/explain";
import { type Answered, isHtml, reaction, transportProblems } from "./ajax-answer.ts";
import { type Answer, ask, type EndpointRequest, type SendRequest } from "./ask.ts";
import { corsProblems, preflightProblems, strangerProblems } from "./cors.ts";
import { CALLBACK, HOSTILE_CALLBACK, isReflected, readScript } from "./jsonp-answer.ts";
import { type Problem, problem } from "./problems.ts";
import {
  ajaxRequest,
  batchRequest,
  isCookie,
  jsonpRequest,
  type PageContext,
  preflightHeaders,
  preflightRequest,
} from "./requests.ts";
import { type Asked, authOf, signedAnswerProblems } from "./signed-answer.ts";

export interface EndpointToCheck extends PageContext {
  readonly url: string;
  readonly userAuthUrl: string | undefined;
  /** Those that the user may join. */
  readonly channels: readonly string[];
  /** Those that they must not. */
  readonly denied: readonly string[];
  /** In place of `headers`, for a user who may join none of the channels. */
  readonly wrongHeaders: PageContext["headers"];
  readonly jsonp: boolean;
  readonly batch: boolean;
  /** The app that it signs for, where that is known. */
  readonly appId: string | undefined;
  /** What signatures are verified with; none when nobody gave any. */
  readonly secrets: readonly CandidateSecret[];
  /** How much may be computed to explain one signature. */
  readonly limits: TrialLimits;
  /** For each request. */
  readonly timeoutMs: number;
}

/** One request, what a client would do with its answer, and what is wrong with that. */
export interface CheckedRequest {
  readonly name: string;
  readonly method: string;
  /** Undefined when no answer came from the endpoint. */
  readonly status: number | undefined;
  readonly client: string;
  readonly problems: readonly Problem[];
}

/**
 * Plays the requests of pusher-js one after the other, the way a page would make them and the way an attacker would.
 *
 * Nothing but the given addresses is ever connected to.
 *
 * @param send carries a request out, and may refuse to.
 */
export function checkEndpoint(
  endpoint: EndpointToCheck,
  send: SendRequest = fetch,
): Promise<readonly CheckedRequest[]> {
  return new EndpointCheck(endpoint, send).run();
}

/** What a stranger's page calls itself; no such name exists. */
const STRANGER = "https://stranger.invalid";

class EndpointCheck {
  readonly #endpoint: EndpointToCheck;
  readonly #send: SendRequest;
  readonly #checked: CheckedRequest[] = [];
  readonly #socketIds: string[] = [];
  /** The connection that each signature was given to. */
  readonly #signatures = new Map<string, string>();

  constructor(endpoint: EndpointToCheck, send: SendRequest) {
    this.#send = send;
    // A page on the endpoint's own origin needs no CORS.
    const { origin, url } = endpoint;
    this.#endpoint = { ...endpoint, origin: origin === new URL(url).origin ? undefined : origin };
  }

  async run(): Promise<readonly CheckedRequest[]> {
    const { url, userAuthUrl, channels, denied, origin, headers, params, wrongHeaders, batch, jsonp } =
      this.#endpoint;
    await this.#preflight(url);
    if (userAuthUrl !== undefined && userAuthUrl !== url) await this.#preflight(userAuthUrl);
    for (const channel of channels) {
      const answer = await this.#allowed(url, channel, channel);
      // Whoever does not answer at all will not answer the rest either.
      if (answer.kind === "none") return this.#checked;
    }
    if (userAuthUrl !== undefined) await this.#allowed(userAuthUrl, undefined, "a sign-in");
    for (const channel of denied) {
      await this.#refused(channel, channel, this.#endpoint, () => problem("denied_allowed", { channel }));
    }
    const [channel] = channels;
    if (channel === undefined) return this.#checked;

    if (headers.length + params.length > 0) {
      const nobody = { headers: [], params: [], origin };
      await this.#refused(`${channel}, by nobody`, channel, nobody, () => problem("anonymous_allowed"));
    }
    for (const each of wrongHeaders.length > 0 ? channels : []) {
      const other = { headers: wrongHeaders, params, origin };
      await this.#refused(`${each}, by a wrong user`, each, other, () => problem("wrong_user_allowed"));
    }
    await this.#malformed(channel);
    if (origin !== undefined) await this.#stranger(channel);
    if (batch) await this.#batch();
    if (jsonp) await this.#jsonp(channel);
    return this.#checked;
  }

  /** A request that is to be granted, for a channel or a sign-in. */
  async #allowed(url: string, channel: string | undefined, name: string): Promise<Answer> {
    const { origin, headers, params } = this.#endpoint;
    const asked = { socketId: this.#newSocketId(), channel };
    const request = ajaxRequest(url, asked, this.#endpoint);
    const answer = await this.#ask(request);
    const blocked = this.#blocked(answer);
    const isOpen = headers.length + params.length === 0 && signatureIn(answer) !== undefined;
    this.#note(name, request, answer, blocked.length > 0 ? BLOCKED : reaction(answer, channel), [
      ...transportProblems(answer, "POST"),
      ...this.#signedProblems(answer, asked),
      ...blocked,
      ...(origin !== undefined && headers.some(([header]) => isCookie(header))
        ? [problem("cookies_not_sent", { origin })]
        : []),
      ...(isOpen ? [problem("open_to_everybody")] : []),
    ]);
    return answer;
  }

  /** A request that must not be granted. @param fault what it is when it was. */
  async #refused(name: string, channel: string, context: PageContext, fault: () => Problem): Promise<void> {
    const asked = { socketId: this.#newSocketId(), channel };
    const request = ajaxRequest(this.#endpoint.url, asked, context);
    const answer = await this.#ask(request);
    this.#note(name, request, answer, reaction(answer, channel), [
      ...refusalProblems(answer, fault),
      ...this.#blocked(answer),
    ]);
  }

  /** Texts that would turn a signature into one for something else. */
  async #malformed(channel: string): Promise<void> {
    const { url, userAuthUrl } = this.#endpoint;
    const socketId = this.#newSocketId();
    const signIn = `${socketId}::user::{"id":"1"}`;
    const tries: readonly (Asked & { readonly name: string; readonly at?: string })[] = [
      { name: "a socket id with a line end", socketId: `${socketId}\n`, channel },
      { name: "a socket id with a colon", socketId: `${socketId}:private-usher-check`, channel },
      { name: "a channel name with a colon", socketId, channel: `${channel}:{"user_id":"1"}` },
      { name: "a channel name with a line end", socketId, channel: `${channel}\n` },
      { name: "a public channel", socketId, channel: "usher-check" },
      ...(userAuthUrl === undefined
        ? []
        : [{ name: "a sign-in with a colon", socketId: signIn, channel: undefined, at: userAuthUrl }]),
    ];
    for (const { name, at = url, ...asked } of tries) {
      const request = ajaxRequest(at, asked, this.#endpoint);
      const answer = await this.#ask(request);
      const isServerError = answer.kind === "answered" && answer.status >= 500;
      const problems = refusalProblems(answer, () => malformedFault(asked, socketId));
      this.#note(
        name,
        request,
        answer,
        "never asks this",
        isServerError ? [problem("malformed_not_refused", { status: answer.status })] : problems,
      );
    }
  }

  async #preflight(url: string): Promise<void> {
    const { origin, headers } = this.#endpoint;
    const names = preflightHeaders(headers);
    if (origin === undefined || names.length === 0) return;
    const request = preflightRequest(url, { ...this.#endpoint, origin });
    const answer = await this.#ask(request);
    const problems =
      answer.kind === "answered"
        ? preflightProblems(answer, origin, names)
        : [problem("preflight_failed", { headers: names.join(", "), status: "of a redirect or none" })];
    this.#note(
      `the preflight for ${names.join(", ")}`,
      request,
      answer,
      problems.length > 0 ? BLOCKED : "asks on",
      problems,
    );
  }

  async #stranger(channel: string): Promise<void> {
    const asked = { socketId: this.#newSocketId(), channel };
    const request = ajaxRequest(this.#endpoint.url, asked, { ...this.#endpoint, origin: STRANGER });
    const answer = await this.#ask(request);
    const problems = answer.kind === "answered" ? strangerProblems(answer, STRANGER) : [];
    this.#note(
      `${channel}, from another site's page`,
      request,
      answer,
      "depends on the headers of CORS",
      problems,
    );
  }

  async #batch(): Promise<void> {
    const { url, channels, denied } = this.#endpoint;
    const socketId = this.#newSocketId();
    const request = batchRequest(url, socketId, [...channels, ...denied], this.#endpoint);
    const answer = await this.#ask(request);
    const map =
      answer.kind === "answered" && answer.status === 200 ? parseJsonObject(answer.body) : undefined;
    const isMap = map !== undefined && [...channels, ...denied].some((channel) => isJsonObject(map[channel]));
    const problems = isMap
      ? [
          ...channels.flatMap((channel) => this.#entryProblems(map[channel], { socketId, channel })),
          ...denied
            .filter((channel) => authOf(entryBody(map[channel])) !== undefined)
            .map((channel) => problem("denied_allowed", { channel })),
        ]
      : [problem("batch_not_supported")];
    this.#note(
      "a batch",
      request,
      answer,
      isMap ? "gives each channel its entry" : "reports an error for every channel of the batch",
      [...transportProblems(answer, "POST"), ...problems, ...this.#blocked(answer)],
    );
  }

  #entryProblems(entry: unknown, asked: Asked & { readonly channel: string }): readonly Problem[] {
    const { channel } = asked;
    if (!isJsonObject(entry)) return [problem("batch_channel_missing", { channel })];
    const { status = 200 } = entry;
    if (status !== 200) return [problem("batch_channel_refused", { channel, status: String(status) })];
    return this.#verified(entryBody(entry), asked);
  }

  async #jsonp(channel: string): Promise<void> {
    const { url, denied, origin } = this.#endpoint;
    const page = { ...this.#endpoint, origin: origin ?? new URL(url).origin };
    for (const each of [channel, ...denied]) {
      const isDenied = each !== channel;
      const asked = { socketId: this.#newSocketId(), channel: each };
      const request = jsonpRequest(url, { ...asked, callback: CALLBACK }, page);
      const answer = await this.#ask(request);
      const { json, problems } = scriptOf(answer) ?? { json: undefined, problems: [] };
      const called =
        json === undefined ? "keeps the channel pending: a script cannot fail" : "is called back";
      const found = isDenied
        ? json !== undefined && authOf(json) !== undefined
          ? [problem("denied_allowed", { channel: each })]
          : []
        : [
            ...transportProblems(answer, "GET"),
            ...problems,
            ...(json === undefined ? [] : this.#verified(json, asked)),
          ];
      this.#note(`${each}, by JSONP`, request, answer, called, withoutRepeats(found));
    }
    await this.#hostileJsonp(channel, page);
  }

  async #hostileJsonp(channel: string, page: PageContext): Promise<void> {
    const { url } = this.#endpoint;
    const asked = { socketId: this.#newSocketId(), channel };
    const hostile = jsonpRequest(url, { ...asked, callback: HOSTILE_CALLBACK }, page);
    const answer = await this.#ask(hostile);
    const isUnsafe = answer.kind === "answered" && isReflected(answer);
    this.#note("a callback that is code", hostile, answer, "never asks this", [
      ...(isUnsafe ? [problem("jsonp_callback_reflected")] : []),
    ]);
    // Another site's page knows none of the page's parameters, but the browser sends its cookies.
    const stranger = { ...page, params: [], origin: STRANGER };
    const foreign = jsonpRequest(url, { ...asked, callback: CALLBACK }, stranger);
    const its = await this.#ask(foreign);
    const { json } = scriptOf(its) ?? {};
    this.#note(`${channel}, by JSONP from another site's page`, foreign, its, "does what that page wants", [
      ...(json !== undefined && authOf(json) !== undefined ? [problem("jsonp_any_site")] : []),
    ]);
  }

  /** What is wrong with the JSON of an answer; nothing when it has come with another fault of its own. */
  #signedProblems(answer: Answer, asked: Asked): readonly Problem[] {
    if (answer.kind !== "answered" || answer.status !== 200 || isHtml(answer.body)) return [];
    return this.#verified(answer.body, asked);
  }

  #verified(body: string, asked: Asked): readonly Problem[] {
    const { appId, secrets, limits } = this.#endpoint;
    const otherSocketIds = this.#socketIds.filter((id) => id !== asked.socketId);
    const found = signedAnswerProblems(body, asked, { appId, secrets, otherSocketIds, limits });
    const auth = authOf(body);
    const before = auth === undefined ? undefined : this.#signatures.get(auth);
    if (auth !== undefined) this.#signatures.set(auth, asked.socketId);
    const isRepeated = before !== undefined && before !== asked.socketId;
    return isRepeated ? [...found, problem("answer_repeated")] : found;
  }

  /** What keeps the page from reading the answer. */
  #blocked(answer: Answer): readonly Problem[] {
    const { origin } = this.#endpoint;
    return origin === undefined || answer.kind !== "answered" ? [] : corsProblems(answer, origin);
  }

  #ask(request: EndpointRequest): Promise<Answer> {
    return ask(request, this.#endpoint.timeoutMs, this.#send);
  }

  #newSocketId(): string {
    const socketId = makeSocketId(() => randomInt(RANGE) / RANGE);
    this.#socketIds.push(socketId);
    return socketId;
  }

  #note(
    name: string,
    { method }: EndpointRequest,
    answer: Answer,
    client: string,
    problems: readonly Problem[],
  ): void {
    const status = answer.kind === "none" ? undefined : answer.status;
    this.#checked.push({ name, method, status, client, problems: withoutRepeats(problems) });
  }
}

const RANGE = 2 ** 32;
const BLOCKED =
  "the browser keeps the answer from the page: pusher:subscription_error (or pusher:signin_error) with status 0";

/** What is wrong with the answer to what must be refused. */
function refusalProblems(answer: Answer, granted: () => Problem): readonly Problem[] {
  if (answer.kind !== "answered" || answer.redirects.length > 0) return transportProblems(answer, "POST");
  if (signatureIn(answer) !== undefined) return [granted()];
  if (answer.status === 200) return [problem(isHtml(answer.body) ? "login_page" : "refusal_with_200")];
  return answer.status >= 500 ? [problem("server_error", { status: answer.status })] : [];
}

function malformedFault({ socketId, channel }: Asked, goodId: string): Problem {
  if (channel === undefined || socketId !== goodId)
    return problem("socket_id_unchecked", { socketId: JSON.stringify(socketId) });
  const { access } = channelTraits(channel);
  if (access === "public") return problem("public_channel_signed", { channel });
  return problem("channel_name_unchecked", { channel: JSON.stringify(channel) });
}

function signatureIn(answer: Answer): string | undefined {
  return answer.kind === "answered" && answer.status === 200 ? authOf(answer.body) : undefined;
}

function scriptOf(answer: Answer): ReturnType<typeof readScript> | undefined {
  const isScript = answer.kind === "answered" && answer.status === 200;
  return isScript ? readScript(answer satisfies Answered) : undefined;
}

function entryBody(entry: unknown): string {
  return JSON.stringify(isJsonObject(entry) ? (entry.data ?? {}) : {});
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ code }, index) => problems.findIndex((other) => other.code === code) === index);
}
