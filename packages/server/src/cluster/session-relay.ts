import type { Sent } from "../edges/http-fallback/frame-receiver.ts";
import type { Receiver } from "../edges/http-fallback/receiver.ts";
import type { Bus } from "./bus.ts";
import { RelayedReceivers } from "./relayed-receivers.ts";
import { type Asker, RelayedRequests } from "./relayed-requests.ts";
import { ENTRY_SECONDS, type SessionDirectory } from "./session-directory.ts";
import { type SessionMessage, sessionMessage } from "./session-messages.ts";

/** Who has sessions, and lets other nodes speak for their clients. */
export interface SessionOwner {
  /** False for a session that is not here, has ended, or is another page's. */
  take(sessionId: string, origin: string | null, sent: Sent): boolean;
  receive(sessionId: string, origin: string | null, receiver: Receiver): boolean;
  /** The client's request ended before its answer did. */
  receiverGone(sessionId: string, receiver: Receiver): void;
  /** Something that the client sent got lost. */
  breakOff(sessionId: string, origin: string | null): void;
}

type Claim =
  | { readonly kind: "here" }
  | { readonly kind: "elsewhere"; readonly nodeId: string }
  /** Too many ask. */
  | { readonly kind: "busy" };

export interface SessionRelayOptions {
  readonly bus: Pick<Bus, "nodeId" | "tell" | "on">;
  readonly directory: SessionDirectory;
  /** In milliseconds. */
  readonly monotonicNow: () => number;
}

const RENEW_MS = (ENTRY_SECONDS * 1_000) / 2;
const RENEW_AGAIN_MS = 5_000;
const MOST_RENEWED = 500;
/** Questions to the directory at the same time. */
const MOST_ASKED = 4_096;
/** Longer than a client takes to start anew. */
const GONE_MS = 30_000;

/**
 * Lets the requests of one connection over HTTP come to any node of a cluster: the session stays where it began, and the
 * others pass on what its client sends and what it is to receive.
 *
 * Messages between nodes may get lost. What a client receives is counted, and an answer that lacks something ends; a send of
 * which it is not known whether it arrived ends the session. So a client never goes on with a hole, and starts anew within
 * seconds when the node that has its session is gone.
 */
export class SessionRelay {
  readonly #options: SessionRelayOptions;
  readonly #requests: RelayedRequests;
  readonly #receivers: RelayedReceivers;
  /** This node's sessions, and when each was put down in the directory. */
  readonly #own = new Map<string, number>();
  /** Nodes that are no more, and until when that is believed: one that was only paused comes back. */
  readonly #gone = new Map<string, number>();
  #asked = 0;

  constructor(options: SessionRelayOptions) {
    const { bus, monotonicNow } = options;
    this.#options = options;
    const tell = (nodeId: string, body: SessionMessage) =>
      bus.tell(nodeId, { kind: "session", from: bus.nodeId, body });
    this.#requests = new RelayedRequests(tell, monotonicNow);
    this.#receivers = new RelayedReceivers(tell, monotonicNow);
    bus.on("session", ({ from, body }) => {
      // A node of another version may say what this one does not know; its requests run out of time.
      const message = sessionMessage.safeParse(body).data;
      if (message) this.#hear(from, message);
    });
  }

  /** To be called once, before there are any sessions. */
  serve(owner: SessionOwner): void {
    this.#receivers.owner = owner;
  }

  /** Whose the session is: another node's, or this one's from now on, as it is where the directory cannot be reached. */
  async claim(sessionId: string): Promise<Claim> {
    if (this.#asked >= MOST_ASKED) return { kind: "busy" };
    const { bus, directory, monotonicNow } = this.#options;
    this.#asked++;
    try {
      const holder = await directory.claim(sessionId, bus.nodeId);
      if (holder !== bus.nodeId) return { kind: "elsewhere", nodeId: holder };
      this.#own.set(sessionId, monotonicNow());
    } catch {
      // Better a connection that works as long as its requests come here than none.
      this.#own.set(sessionId, monotonicNow() - RENEW_MS + RENEW_AGAIN_MS);
    } finally {
      this.#asked--;
    }
    return { kind: "here" };
  }

  /** A session of this node, or what was claimed for one, is over. */
  ended(sessionId: string): void {
    if (!this.#own.delete(sessionId)) return;
    // Otherwise it runs out by itself.
    this.#options.directory.release(sessionId).catch(() => {});
  }

  /** Passes on what the client of another node's session sends. @param read reads it, once it is known to be for somebody. */
  async send(
    sessionId: string,
    origin: string | null,
    read: (sender: { sendsInFlight: number }) => Promise<Sent>,
  ): Promise<Response> {
    const holder = await this.#find(sessionId);
    return this.#requests.send(this.#asker(holder, sessionId, origin), read);
  }

  /** Waits in place of the client for what another node's session has for it. */
  receive(
    nodeId: string,
    sessionId: string,
    origin: string | null,
    isPoll: boolean,
    ended: AbortSignal,
  ): Response | Promise<Response> {
    return this.#requests.receive(this.#asker(nodeId, sessionId, origin), isPoll, ended);
  }

  /** Does what is due by the clock. Call it about once a second. */
  sweep(): void {
    const nowMs = this.#options.monotonicNow();
    for (const [nodeId, untilMs] of this.#gone) if (nowMs > untilMs) this.#gone.delete(nodeId);
    this.#requests.sweep();
    this.#receivers.sweep();
    this.#renew();
  }

  /** A node is no more: its sessions are gone, and so are the clients for whom it asked. */
  nodeGone(nodeId: string): void {
    this.#gone.set(nodeId, this.#options.monotonicNow() + GONE_MS);
    this.#requests.nodeGone(nodeId);
    this.#receivers.nodeGone(nodeId);
  }

  #hear(from: string, message: SessionMessage): void {
    this.#gone.delete(from);
    switch (message.what) {
      case "answer":
      case "lines":
      case "end":
      case "kept":
      case "heard":
        this.#requests.hear(from, message);
        break;
      default:
        this.#receivers.hear(from, message);
    }
  }

  async #find(sessionId: string): Promise<string | undefined> {
    if (this.#asked >= MOST_ASKED) return undefined;
    this.#asked++;
    try {
      return await this.#options.directory.find(sessionId);
    } catch {
      return undefined;
    } finally {
      this.#asked--;
    }
  }

  #asker(holder: string | undefined, sessionId: string, origin: string | null): Asker {
    const isThere = holder !== undefined && holder !== this.#options.bus.nodeId && !this.#gone.has(holder);
    return { nodeId: isThere ? holder : undefined, session: sessionId, origin };
  }

  #renew(): void {
    const { bus, directory, monotonicNow } = this.#options;
    const nowMs = monotonicNow();
    let renewed = 0;
    for (const [sessionId, atMs] of this.#own) {
      if (nowMs - atMs < RENEW_MS) continue;
      this.#own.set(sessionId, nowMs);
      directory.renew(sessionId, bus.nodeId).catch(() => {
        if (this.#own.has(sessionId)) this.#own.set(sessionId, nowMs - RENEW_MS + RENEW_AGAIN_MS);
      });
      if (++renewed === MOST_RENEWED) return;
    }
  }
}
