import type { Caller } from "./caller.ts";
import { openEndpoint, type Verdict } from "./endpoint.ts";
import type { Runtime } from "./runtime.ts";
import type { AuthorizationData, BatchedAuthorizationOptions } from "./types.ts";

/** What a browser opens to one host over HTTP/1.1. */
const MAX_REQUESTS_AT_ONCE = 6;
const MAX_RETRIES = 2;
const FIRST_BACK_OFF_MS = 500;

/** One channel that somebody waits for. */
interface Wanted {
  readonly name: string;
  readonly callers: Caller[];
  readonly retries: number;
  readonly isRenewed?: boolean;
  /** Whether it has to be asked for by itself, the endpoint having made nothing of several. */
  readonly isAlone?: boolean;
}

/** What one connection wants. Each has its own, so that requests of a dead one hold up nobody. */
interface Lane {
  readonly socketId: string;
  readonly queue: Map<string, Wanted>;
  /** Set while channels are being collected. */
  timer?: unknown;
  /** Under way, or waiting to be made again. */
  requests: number;
}

/** Joins what is asked into requests, and tells everybody their verdict. */
export function createBatcher(
  options: BatchedAuthorizationOptions,
  runtime: Runtime,
): (socketId: string, channelName: string, caller: Caller) => void {
  const maxBatch = Math.max(1, options.maxBatch || 50);
  const endpoint = openEndpoint(options, runtime);
  const lanes = new Map<string, Lane>();

  return (socketId, name, caller) => {
    const lane: Lane = lanes.get(socketId) || { socketId, queue: new Map(), requests: 0 };
    lanes.set(socketId, lane);
    enqueue(lane, { name, callers: [caller], retries: 0 });
    if (lane.timer) return;
    lane.timer = runtime.setTimeout(() => {
      lane.timer = 0;
      pump(lane);
    }, options.delayMs || 0);
  };

  function enqueue({ queue }: Lane, wanted: Wanted): void {
    const queued = queue.get(wanted.name);
    if (queued) queued.callers.push(...wanted.callers);
    else queue.set(wanted.name, wanted);
  }

  function pump(lane: Lane): void {
    const { socketId, queue } = lane;
    while (!lane.timer && queue.size && lane.requests < MAX_REQUESTS_AT_ONCE) {
      const channels = [...queue.values()];
      const isAlone = endpoint.isForSingles() || (channels[0] as Wanted).isAlone;
      const batch = isAlone
        ? channels.slice(0, 1)
        : channels.filter((wanted) => !wanted.isAlone).slice(0, maxBatch);
      for (const { name } of batch) queue.delete(name);
      lane.requests++;
      void send(
        lane,
        batch.filter(({ callers }) => callers.some((caller) => caller.isCurrent())),
        isAlone,
      ).then(() => {
        lane.requests--;
        pump(lane);
      });
    }
    if (!lane.timer && !lane.requests) lanes.delete(socketId);
  }

  async function send(lane: Lane, channels: readonly Wanted[], isAlone?: boolean): Promise<void> {
    const [first] = channels;
    if (!first) return;
    let verdictOn = await endpoint.ask(lane.socketId, channels, isAlone);
    let judged = channels;

    if (verdictOn(first).isForeign) {
      // Either the endpoint answers for one channel at a time, or it says no to everything: a single request tells.
      verdictOn = await endpoint.ask(lane.socketId, [first], true);
      const verdict = verdictOn(first);
      if (!isExpired(verdict) && !isPassing(verdict)) {
        judged = [first];
        for (const wanted of channels.slice(1)) enqueue(lane, { ...wanted, isAlone: true });
      }
    }

    const again: Wanted[] = [];
    let pause: Promise<unknown> | undefined;
    for (const wanted of judged) {
      const verdict = verdictOn(wanted);
      if (options.refresh && !wanted.isRenewed && isExpired(verdict)) {
        pause = endpoint.renew(verdict.renewal);
        again.push({ ...wanted, isRenewed: true });
      } else if (isPassing(verdict) && wanted.retries < MAX_RETRIES) {
        const waitMs = FIRST_BACK_OFF_MS * 2 ** wanted.retries * (1 + runtime.Math.random());
        pause = pause || new Promise<void>((resolve) => runtime.setTimeout(resolve, waitMs));
        again.push({ ...wanted, retries: wanted.retries + 1 });
      } else conclude(wanted, verdict);
    }
    await pause;
    for (const wanted of again) enqueue(lane, wanted);
  }

  function conclude({ name, callers }: Wanted, { status, data, reason }: Verdict): void {
    const text = `${name}: no "auth" from ${options.endpoint}, status ${status}${reason ? `: ${reason}` : ""}`;
    const error = data?.auth ? null : Object.assign(new Error(text), { status });
    for (const caller of callers) {
      // Each on its own, so that what a page's event handler throws reaches neither the next nor the requests.
      runtime.setTimeout(() => {
        // A copy, because pusher-js takes `shared_secret` out of what it is given.
        if (caller.isCurrent()) caller.tell(error, error ? null : ({ ...data } as AuthorizationData));
      }, 0);
    }
  }
}

/** Not signed in any more; 419 is Laravel's word for an old CSRF token. */
function isExpired({ status }: Verdict): boolean {
  return status === 401 || status === 419;
}

/** Worth another try later: nothing came, too much was asked, or a fault of the endpoint's own. */
function isPassing({ status }: Verdict): boolean {
  return !status || status === 429 || status >= 500;
}
