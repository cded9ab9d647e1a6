import { TEST_APP } from "./server.ts";
import { hmacHex } from "./sign.ts";
import { within } from "./time-limit.ts";

/** A webhook's event, as a receiver reads it. */
export type ReceivedEvent = {
  readonly name: string;
  readonly channel: string;
  readonly [field: string]: unknown;
};

export interface ReceivedWebhook {
  readonly headers: Headers;
  readonly body: string;
  readonly timeMs: number;
  readonly events: readonly ReceivedEvent[];
  /** One for each event. */
  readonly eventIds: readonly string[];
}

/** A server that takes webhooks, and answers as it is told. */
export class WebhookReceiver {
  readonly #server: Bun.Server<undefined>;
  readonly #received: ReceivedWebhook[] = [];
  readonly #waiting = new Set<() => void>();
  /** What the next requests are answered with. */
  answer: (webhook: ReceivedWebhook) => Response | Promise<Response> = () => new Response("taken");

  constructor(port = 0) {
    this.#server = Bun.serve({
      port,
      hostname: "127.0.0.1",
      fetch: async (request) => {
        const webhook = await read(request);
        const response = await this.answer(webhook);
        this.#received.push(webhook);
        for (const wake of this.#waiting) wake();
        return response;
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/webhooks`;
  }

  /** What has come so far, in order. */
  get received(): readonly ReceivedWebhook[] {
    return this.#received;
  }

  /** What has come so far, each event once: one that was not known to be taken comes again, under the same id. */
  get events(): ReceivedEvent[] {
    const seen = new Set<string>();
    return this.#received.flatMap(({ events, eventIds }) =>
      events.filter((_, index) => {
        const id = eventIds[index] ?? "";
        const isNew = !seen.has(id);
        seen.add(id);
        return isNew;
      }),
    );
  }

  /** Resolves with the events once there are so many that fit. */
  async eventsOf(
    fits: (event: ReceivedEvent) => boolean,
    count: number,
    timeMs = 20_000,
  ): Promise<ReceivedEvent[]> {
    const found = () => this.events.filter(fits);
    await this.until(
      () => found().length >= count,
      timeMs,
      () => JSON.stringify(this.events),
    );
    return found();
  }

  async until(isReached: () => boolean, timeMs = 20_000, shown: () => string = () => ""): Promise<void> {
    if (isReached()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => isReached() && resolve();
    this.#waiting.add(wake);
    try {
      await within(timeMs, promise, () => `the webhooks did not come: ${shown()}`);
    } finally {
      this.#waiting.delete(wake);
    }
  }

  /** Like a process that dies: no connection is let end in order. */
  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

async function read(request: Request): Promise<ReceivedWebhook> {
  const body = await request.text();
  const { time_ms, events } = JSON.parse(body) as { time_ms: number; events: ReceivedEvent[] };
  const eventIds = (request.headers.get("x-usher-event-id") ?? "").split(",");
  return { headers: request.headers, body, timeMs: time_ms, events, eventIds };
}

export function isSignedBy(webhook: ReceivedWebhook, secret: string = TEST_APP.secret): boolean {
  return webhook.headers.get("x-pusher-signature") === hmacHex(secret, webhook.body);
}
