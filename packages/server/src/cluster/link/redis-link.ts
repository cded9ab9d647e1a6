import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { ClusterLink, LinkListener } from "./cluster-link.ts";
import { ClusterNames } from "./cluster-names.ts";
import { LinkError } from "./link-error.ts";
import type { LinkMeters } from "./link-meters.ts";
import type { RedisTarget } from "./redis-url.ts";
import type { Script } from "./script.ts";
import { Session } from "./session.ts";
import { openMessage, signMessage } from "./sign-message.ts";

export interface RedisLinkOptions extends LinkListener {
  readonly target: RedisTarget;
  readonly prefix: string;
  /** Signs messages; the same on every node. */
  readonly key: Uint8Array;
  readonly meters: LinkMeters;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** How often the link listens for itself; five that are not heard are an outage. */
  readonly echoIntervalMs?: number;
}

/** The link while it lasts: one session after the other, each made anew when the one before was lost. */
export class RedisLink implements ClusterLink {
  readonly #options: RedisLinkOptions;
  readonly #linkId = randomUUID();
  readonly #topics = new Set<string>();
  /** The listening or unlistening that is under way for a topic. */
  readonly #turns = new Map<string, Promise<void>>();
  #session: Session | undefined;
  #attempt: Session | undefined;
  #retry: NodeJS.Timeout | undefined;
  #generation = 0;
  #unansweredBytes = 0;
  #isStopped = false;

  constructor(options: RedisLinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#session !== undefined;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Makes one attempt. Rejects with a `LinkError`. For the first time only; later ones are made by the link itself. */
  async connect(): Promise<void> {
    const { target, prefix, meters, echoIntervalMs = ECHO_INTERVAL_MS } = this.#options;
    const session: Session = new Session({
      target,
      names: new ClusterNames(prefix),
      linkId: this.#linkId,
      echoIntervalMs,
      onMessage: (topic, signed) => this.#receive(topic, signed),
      onEcho: (seconds) => {
        meters.echoSeconds = seconds;
      },
      onLost: (reason) => this.#goDown(reason),
    });
    this.#attempt = session;
    const listened = [...this.#topics];
    try {
      await session.open(listened);
    } finally {
      this.#attempt = undefined;
    }
    if (this.#isStopped) {
      session.close();
      throw new LinkError("redis_down", "the link to Redis was stopped");
    }
    this.#session = session;
    this.#generation++;
    for (const topic of listened) {
      if (!this.#topics.has(topic)) session.unlisten(topic).catch(() => {}); // Then the session is lost, and the topic with it.
    }
  }

  listen(topic: string): Promise<void> {
    return this.#inTurn(topic, async () => {
      const session = this.#requireSession();
      await this.#counted(session.listen(topic));
      this.#topics.add(topic);
    });
  }

  unlisten(topic: string): Promise<void> {
    return this.#inTurn(topic, async () => {
      this.#topics.delete(topic);
      const session = this.#session;
      try {
        await session?.unlisten(topic);
      } catch (error) {
        // A session that is lost listens to nothing.
        if (this.#session === session) throw error;
      }
    });
  }

  async send(topic: string, message: string): Promise<void> {
    this.#requireSession();
    const bytes = topic.length + message.length;
    if (this.#unansweredBytes > MOST_UNANSWERED_BYTES) {
      throw new LinkError("redis_behind", `Redis has not taken ${this.#unansweredBytes} bytes yet`);
    }
    this.#unansweredBytes += bytes;
    try {
      await this.command(topic, ["SPUBLISH", topic, this.sign(topic, message)]);
      this.#options.meters.messages.out++;
    } finally {
      this.#unansweredBytes -= bytes;
    }
  }

  sign(topic: string, message: string): string {
    return signMessage(this.#options.key, topic, message);
  }

  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const [key = ""] = keys;
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.command(key, ["EVALSHA", script.sha, ...rest]);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await this.command(key, ["EVAL", script.text, ...rest]);
    }
  }

  async command(key: string, command: readonly string[]): Promise<unknown> {
    return this.#counted(this.#requireSession().command(key, command));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#attempt?.close();
    this.#session?.close();
    this.#session = undefined;
  }

  async #counted<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const { meters } = this.#options;
    meters.unanswered++;
    try {
      return await answer;
    } finally {
      meters.unanswered--;
    }
  }

  #requireSession(): Session {
    if (this.#session) return this.#session;
    throw new LinkError("redis_down", "there is no connection to Redis");
  }

  /**
   * One after the other for each topic: the client library loses track of a topic that is left before it was joined and
   * joined again before it was left.
   */
  async #inTurn(topic: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(topic);
    const turn = before ? before.then(work, work) : work();
    this.#turns.set(topic, turn);
    try {
      await turn;
    } finally {
      if (this.#turns.get(topic) === turn) this.#turns.delete(topic);
    }
  }

  #receive(topic: string, signed: string): void {
    const { key, meters, log } = this.#options;
    const message = openMessage(key, topic, signed);
    if (!message) {
      meters.drop("unsigned");
      return;
    }
    meters.messages.in++;
    try {
      this.#options.onMessage(topic, message.text, message.head);
    } catch (error) {
      log.error({ err: error, topic }, "a message of the cluster could not be handled");
    }
  }

  #goDown(reason: LinkError): void {
    this.#session = undefined;
    const { log, onDown } = this.#options;
    log.error({ code: reason.code, hint: reason.hint }, `cluster: ${reason.message}`);
    onDown(reason.message);
    this.#reconnect(0, performance.now(), reason);
  }

  #reconnect(attempts: number, sinceMs: number, before: LinkError): void {
    if (this.#isStopped) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => void this.#tryAgain(attempts + 1, sinceMs, before), waitMs);
  }

  async #tryAgain(attempts: number, sinceMs: number, before: LinkError): Promise<void> {
    const { log, meters, onUp } = this.#options;
    try {
      await this.connect();
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error.code !== before.code)
        log.warn({ code: error.code, hint: error.hint }, `cluster: ${error.message}`);
      this.#reconnect(attempts, sinceMs, error);
      return;
    }
    meters.reconnects++;
    log.info(
      { seconds: Math.round(performance.now() - sinceMs) / 1000 },
      "cluster: connected to Redis again",
    );
    onUp();
  }
}

const ECHO_INTERVAL_MS = 1_000;

/** Waits between attempts: short, since Redis is often back at once, and apart, since every node has lost it at the same time. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** Past this nothing more is taken: what waits is memory, and late. */
const MOST_UNANSWERED_BYTES = 64 * 1024 * 1024;

function isUnknownScript(error: unknown): boolean {
  return (
    error instanceof LinkError && error.cause instanceof Error && error.cause.message.startsWith("NOSCRIPT")
  );
}
