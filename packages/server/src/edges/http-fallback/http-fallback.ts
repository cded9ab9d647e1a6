import type { Hub } from "@usher/hub";
import { UsherError } from "@usher/protocol";
import { type ApplyEffects, endWithError } from "../../apply-effects.ts";
import type { SessionRelay } from "../../cluster/session-relay.ts";
import type { Meters } from "../../metrics/meters.ts";
import type { EngineHandlers, Opening } from "../engine.ts";
import { splitUrl } from "../split-url.ts";
import { linesAnswer, preflightAnswer, refusalAnswer, unknownSession } from "./answers.ts";
import { type FallbackPath, parseFallbackPath } from "./fallback-path.ts";
import { type FrameReceiver, frameReceiver, sentAnswer } from "./frame-receiver.ts";
import { HttpSession, type SessionSurroundings, type Transport } from "./http-session.ts";
import { OPEN } from "./lines.ts";
import { PollReceiver, type Receiver, StreamReceiver } from "./receiver.ts";
import type { SessionTopics } from "./session-topics.ts";

export interface HttpFallbackOptions {
  readonly hub: Hub;
  readonly apply: ApplyEffects;
  readonly meters: Meters;
  /** Those of WebSockets: sessions go the same ways. */
  readonly sockets: Omit<EngineHandlers, "request" | "failed">;
  readonly topics: SessionTopics;
  readonly publishToWebSockets: SessionSurroundings["publishToWebSockets"];
  readonly addressOf: (request: Request) => string | null;
  readonly pathPrefix: string;
  /** Believe `X-Forwarded-Proto`. */
  readonly trustProxy: boolean;
  readonly maxFrameBytes: number;
  readonly maxBufferedBytes: number;
  readonly hardBufferLimitBytes: number;
  /** The next one is refused with 4100. */
  readonly mostSessions: number;
  /** Monotonic, in milliseconds. */
  readonly monotonicNow: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Given where this is one node of a cluster: requests of one session may come to any of them. */
  readonly relay?: SessionRelay | undefined;
}

/** How often a server that stops looks whether all sessions have heard of it. */
const SETTLE_STEP_MS = 20;

/**
 * The HTTP transports of pusher-js, `xhr_streaming` and `xhr_polling`, for clients whose proxies let no WebSocket through.
 *
 * To the hub and to everything around it, a session is a socket like any other.
 */
export class HttpFallback {
  readonly #options: HttpFallbackOptions;
  readonly #around: SessionSurroundings;
  readonly #frames: FrameReceiver;
  readonly #sessions = new Map<string, HttpSession>();
  /** How many sessions were accepted, by how they began. */
  readonly opened: Record<Transport, number> = { xhr_streaming: 0, xhr_polling: 0 };

  constructor(options: HttpFallbackOptions) {
    const { hub, apply, sockets, topics, publishToWebSockets, monotonicNow } = options;
    this.#options = options;
    this.#frames = frameReceiver(options);
    this.#around = {
      topics,
      publishToWebSockets,
      maxBuffered: options.maxBufferedBytes,
      hardLimit: options.hardBufferLimitBytes,
      monotonicNow,
      onBehind: ({ connection }, bufferedBytes) => {
        if (connection) apply(hub.close(connection, "slow_consumer", { bufferedBytes }));
      },
      onClosed: (session, code) => sockets.closed(session, code),
      onFinished: (session) => {
        if (this.#sessions.get(session.id) !== session) return;
        this.#sessions.delete(session.id);
        options.relay?.ended(session.id);
      },
    };
    options.relay?.serve({
      take: (id, origin, sent) => {
        const session = this.#ofOrigin(id, origin);
        return session !== undefined && this.#frames.take(sent, session);
      },
      receive: (id, origin, receiver) => {
        const session = this.#ofOrigin(id, origin);
        if (!session) return false;
        sockets.alive(session);
        session.receiveWith(receiver);
        return true;
      },
      receiverGone: (id, receiver) => this.#sessions.get(id)?.receiverGone(receiver),
      breakOff: (id, origin) => this.#ofOrigin(id, origin)?.breakOff(),
    });
  }

  /** Undefined for a path that is not of these transports. */
  answer(request: Request): Response | Promise<Response> | undefined {
    const { path, rawQuery } = splitUrl(request.url);
    const asked = parseFallbackPath(path, this.#options.pathPrefix);
    if (!asked) return undefined;
    if (request.method === "OPTIONS") return preflightAnswer();
    if (request.method !== "POST")
      return refusalAnswer(405, "Method not allowed", { allow: "OPTIONS, POST" });

    const session = this.#sessions.get(idOf(asked));
    if (session) return this.#goOn(request, asked, session);
    if (this.#options.relay) return this.#fromAnyNode(request, asked, rawQuery, this.#options.relay);
    return asked.action === "xhr_send" ? unknownSession() : this.#begin(request, asked, rawQuery);
  }

  /** Ends sessions whose clients are gone and keeps the others alive; to be called about once a second. */
  sweep(): void {
    const nowMs = this.#options.monotonicNow();
    for (const session of this.#sessions.values()) session.sweep(nowMs);
    this.#options.relay?.sweep();
  }

  /** How many sessions there are, by how they began. */
  counts(): Record<Transport, number> {
    const counts = { xhr_streaming: 0, xhr_polling: 0 };
    for (const { transport } of this.#sessions.values()) counts[transport]++;
    return counts;
  }

  /** Resolves once every session has been told of its end, or after `maxMs`. */
  async settle(maxMs: number): Promise<void> {
    if (this.opened.xhr_streaming + this.opened.xhr_polling === 0) return;
    const { monotonicNow, wait } = this.#options;
    const deadlineMs = monotonicNow() + maxMs;
    // Once at least: what was written last is still on its way to the engine.
    do await wait(SETTLE_STEP_MS);
    while (this.#sessions.size > 0 && monotonicNow() < deadlineMs);
  }

  #begin(request: Request, asked: FallbackPath, rawQuery: string): Response | Promise<Response> {
    const transport = asked.action === "xhr" ? "xhr_polling" : "xhr_streaming";
    const session = new HttpSession(idOf(asked), transport, request.headers.get("origin"), this.#around);
    this.#open(session, this.#opening(request, asked, rawQuery));
    // One that has to wait for its greeting has no connection yet; one that was refused is closed.
    if (session.isOpen) {
      this.opened[transport]++;
      this.#sessions.set(session.id, session);
      // A client that polls asks again for its first frame. One that is refused learns all of it at once.
      if (transport === "xhr_polling") return linesAnswer(OPEN);
    } else {
      this.#options.relay?.ended(session.id);
    }
    return receive(request, asked, session, this.#options.monotonicNow(), OPEN);
  }

  #open(session: HttpSession, opening: Opening): void {
    const { sockets, meters, mostSessions } = this.#options;
    if (this.#sessions.size < mostSessions) {
      sockets.opened(session, opening);
    } else {
      const { code, spec, message } = new UsherError("over_capacity");
      meters.handshakeRefused(code, undefined);
      endWithError(session, spec.closeCode ?? 1011, message);
    }
  }

  #opening(request: Request, { rawKey }: FallbackPath, rawQuery: string): Opening {
    const { addressOf, pathPrefix, trustProxy } = this.#options;
    return {
      path: `${pathPrefix}/app/${rawKey}`,
      rawQuery,
      pageOrigin: request.headers.get("origin") ?? undefined,
      address: addressOf(request),
      isTls: trustProxy && request.headers.get("x-forwarded-proto") === "https",
    };
  }

  #goOn(request: Request, asked: FallbackPath, session: HttpSession): Response | Promise<Response> {
    if (session.pageOrigin !== request.headers.get("origin")) return unknownSession();
    if (asked.action === "xhr_send") return this.#send(request, session);
    this.#options.sockets.alive(session);
    return receive(request, asked, session, this.#options.monotonicNow());
  }

  async #send(request: Request, session: HttpSession): Promise<Response> {
    if (!session.isOpen) return unknownSession();
    const sent = await this.#frames.read(request, session);
    return this.#frames.take(sent, session) ? sentAnswer(sent) : unknownSession();
  }

  /** The session is another node's, or begins here. */
  async #fromAnyNode(
    request: Request,
    asked: FallbackPath,
    rawQuery: string,
    relay: SessionRelay,
  ): Promise<Response> {
    const id = idOf(asked);
    const origin = request.headers.get("origin");
    if (asked.action === "xhr_send") {
      return relay.send(id, origin, (sender) => this.#frames.read(request, sender));
    }
    const claim = await relay.claim(id);
    if (claim.kind === "busy") return refusalAnswer(503, "Too many requests at once.");
    // Another request of the session may have come at the same time.
    const session = this.#sessions.get(id);
    if (session) return this.#goOn(request, asked, session);
    if (claim.kind === "elsewhere") {
      return relay.receive(claim.nodeId, id, origin, asked.action === "xhr", request.signal);
    }
    if (request.signal.aborted) {
      relay.ended(id);
      return unknownSession();
    }
    return this.#begin(request, asked, rawQuery);
  }

  /** The session, for a request of the page that opened it. */
  #ofOrigin(id: string, origin: string | null): HttpSession | undefined {
    const session = this.#sessions.get(id);
    return session?.pageOrigin === origin ? session : undefined;
  }
}

function receive(
  request: Request,
  { action }: FallbackPath,
  session: HttpSession,
  nowMs: number,
  lead = "",
): Response | Promise<Response> {
  const onGone = (receiver: Receiver) => session.receiverGone(receiver);
  const receiver =
    action === "xhr" ? new PollReceiver(nowMs, request.signal, onGone) : new StreamReceiver(nowMs, onGone);
  session.receiveWith(receiver, lead);
  return receiver.response;
}

function idOf({ rawKey, session }: FallbackPath): string {
  return `${rawKey}/${session}`;
}
