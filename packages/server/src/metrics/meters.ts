import type { ErrorCode } from "@usher/protocol";

/**
 * Plain counters, bumped on hot paths and read when somebody scrapes. One set for each app; an app's channels, users
 * and connections never become labels, so their number stays bounded.
 */
export class Meters {
  readonly #apps = new Map<string, AppMeters>();
  /** Bytes handed to the engine since the last look for slow consumers. */
  publishedBytesSinceScan = 0;
  /** Sockets that were refused before they belonged to an app. */
  readonly refusedHandshakes = new Map<ErrorCode, number>();
  /** Those of them that named no app that there is. */
  readonly strayHandshakes = new Map<ErrorCode, number>();
  requestsInFlight = 0;

  ofApp(appId: string): AppMeters {
    const known = this.#apps.get(appId);
    if (known) return known;
    const fresh = new AppMeters();
    this.#apps.set(appId, fresh);
    return fresh;
  }

  published(appId: string, receivers: number, length: number): void {
    const meters = this.ofApp(appId);
    meters.messagesSent += receivers;
    meters.bytesPublished += receivers * length;
    this.publishedBytesSinceScan += length;
  }

  /** @param appId which app it named, where there is such an app. */
  handshakeRefused(code: ErrorCode, appId: string | undefined): void {
    increment(this.refusedHandshakes, code);
    increment(appId === undefined ? this.strayHandshakes : this.ofApp(appId).refusedHandshakes, code);
  }

  forget(appId: string): void {
    this.#apps.delete(appId);
  }

  apps(): Iterable<readonly [appId: string, meters: AppMeters]> {
    return this.#apps;
  }
}

export class AppMeters {
  connectionsOpened = 0;
  connectionsClosed = 0;
  messagesReceived = 0;
  messagesSent = 0;
  bytesPublished = 0;
  clientEvents = 0;
  subscriptions = 0;
  signIns = 0;
  /** Granted and refused authorizations, by what was asked for and the outcome. */
  readonly authorizations = new Map<string, number>();
  /** Frames refused for another reason than authorization. */
  readonly refusals = new Map<string, number>();
  readonly closes = new Map<string, number>();
  /** Sockets that asked for this app and were refused, by code. */
  readonly refusedHandshakes = new Map<ErrorCode, number>();
  /** Frames and requests that were refused, by `operation|code|cause`; the cause is empty where none was found. */
  readonly refused = new Map<string, number>();
  /** Refusals whose cause was worked out, by `operation cause`. */
  readonly refusalCauses = new Map<string, number>();
  /** Those whose cause was not looked for, because there were too many. */
  unexplainedRefusals = 0;
  /** Subscriptions and sign-ins that were ended although nobody gave them up, by cause. */
  readonly grantsEnded = new Map<string, number>();
  /** Clients that came back to a channel and asked for what they had missed, by `resumed` or the reason of a gap. */
  readonly returns = new Map<string, number>();
  /** HTTP API requests by `route status`. */
  readonly requests = new Map<string, number>();

  closed(code: ErrorCode): void {
    increment(this.closes, code);
  }
}

export function increment<Key>(counts: Map<Key, number>, key: Key): void {
  increase(counts, key, 1);
}

export function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
