import type { BatchedAuthorizationOptions } from "../index.ts";
import type { Runtime } from "../runtime.ts";

/** A request as the endpoint reads it. */
export interface SeenRequest {
  readonly atMs: number;
  readonly url: string;
  readonly headers: Headers;
  readonly credentials: RequestCredentials | undefined;
  readonly body: string;
  readonly socketId: string;
  /** Of either form, in the order sent. */
  readonly channels: readonly string[];
  readonly isBatch: boolean;
  readonly signal: AbortSignal;
}

export type Respond = (request: SeenRequest) => Response | Promise<Response>;

/** A clock that stands still until told, and an endpoint that a test plays. */
export class FakeWorld {
  readonly requests: SeenRequest[] = [];
  /** How many requests wait for their answer, and how many did at most. */
  open = 0;
  mostOpen = 0;
  nowMs = 1_000_000;
  chance = 0;
  respond: Respond;
  readonly #timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>();
  #lastTimer = 0;

  constructor(respond: Respond) {
    this.respond = respond;
  }

  readonly runtime: Runtime = {
    Date: { now: () => this.nowMs },
    Math: { random: () => this.chance },
    setTimeout: (callback, ms) => {
      this.#timers.set(++this.#lastTimer, { atMs: this.nowMs + ms, callback });
      return this.#lastTimer;
    },
    clearTimeout: (timer) => this.#timers.delete(timer as number),
  };

  readonly fetch: NonNullable<BatchedAuthorizationOptions["fetch"]> = async (url, init) => {
    const request = this.#read(url, init);
    this.requests.push(request);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    try {
      return await this.respond(request);
    } finally {
      this.open--;
    }
  };

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets the time pass, and everything happen that is due until then. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      const [id, { atMs, callback }] = next;
      this.#timers.delete(id);
      this.nowMs = Math.max(this.nowMs, atMs);
      callback();
      await settle();
    }
    this.nowMs = untilMs;
  }

  #next(untilMs: number) {
    return [...this.#timers]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .sort(([a, first], [b, second]) => first.atMs - second.atMs || a - b)[0];
  }

  #read(url: string, init: RequestInit): SeenRequest {
    const body = String(init.body);
    const form = new URLSearchParams(body);
    const batched = [...form].filter(([name]) => /^channel_name\[\d+\]$/.test(name));
    const single = form.get("channel_name");
    return {
      atMs: this.nowMs,
      url,
      headers: new Headers(init.headers),
      credentials: init.credentials,
      body,
      socketId: form.get("socket_id") ?? "",
      channels: single === null ? batched.map(([, channel]) => channel) : [single],
      isBatch: single === null,
      signal: init.signal as AbortSignal,
    };
  }
}

/** An endpoint of the `pusher-js-auth` form that refuses channels called forbidden. */
export function answerBatch({ channels, socketId }: SeenRequest): Response {
  return Response.json(Object.fromEntries(channels.map((name) => [name, entry(socketId, name)])));
}

/** An endpoint that knows one channel at a time, and answers anything else with this. */
export function answerSingle(otherwise: () => Response): Respond {
  return ({ isBatch, channels: [name = ""], socketId }) => {
    if (isBatch) return otherwise();
    const { status, data } = entry(socketId, name);
    return data ? Response.json(data) : Response.json({ message: "not yours" }, { status });
  };
}

function entry(socketId: string, name: string): { status: number; data?: { auth: string } } {
  return name.includes("forbidden")
    ? { status: 403 }
    : { status: 200, data: { auth: `key:${socketId}:${name}` } };
}

/** Lets every promise come to rest; bodies of responses need more than the microtasks. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
