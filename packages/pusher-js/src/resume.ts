import { type BackOff, returnCalmly } from "./return-calmly.ts";
import type { Runtime } from "./runtime.ts";

export interface ResumeOptions {
  /** How connections that were lost come back; `false` leaves it to pusher-js. */
  readonly backOff?: Partial<BackOff> | false;
}

/** As much of a client as this needs. */
export interface ResumablePusher {
  readonly connection: {
    readonly socket_id: string;
    bind(event: string, callback: (data: unknown) => void): unknown;
    bind_global(callback: (event: string, data: unknown) => void): unknown;
  };
  channel(name: string): ResumableChannel | undefined;
  // As a method: its parameters are looser in one major version than in the other.
  send_event(event: string, data: unknown, channel?: string): unknown;
}

export interface ResumableChannel {
  emit(event: string, data: unknown): unknown;
}

/** What handlers of `usher:gap` get: events were missed, and there is no way to have them any more. */
export interface Gap {
  /**
   * `epoch_changed`: the server, or the channel's history, began anew. `too_old`: the events are older than the app keeps
   * them. `too_many`: more than it keeps, or sends at once.
   */
  readonly reason: "epoch_changed" | "too_old" | "too_many";
}

/** Up to where a channel's events have come. */
interface Mark {
  readonly epoch: string;
  serial: number;
  /** The connection on which they came. */
  readonly socketId: string;
  /** Whether what comes next is counted; not between a subscription and the word of the server where it stands. */
  isCounting: boolean;
}

interface Frame {
  readonly event: string;
  readonly channel?: string;
  readonly data?: unknown;
}

interface Standing {
  readonly channel: string;
  readonly epoch: string;
  readonly serial: number;
  readonly reason?: Gap["reason"];
}

/**
 * Has the server send what a client missed while it was cut off: in order, once, before anything new. Where that cannot
 * be, the channel gets one `usher:gap`, so that the page can fetch anew. Call it once for a client, right after it is made.
 *
 * Other servers take no notice, and nothing changes then.
 */
export function resume(
  pusher: ResumablePusher,
  options: ResumeOptions = {},
  runtime: Runtime = globalThis,
): void {
  const { connection } = pusher;
  // By the channel itself: one that was left and is joined again is another one, and begins anew.
  const marks = new WeakMap<ResumableChannel, Mark>();

  const send = pusher.send_event;
  pusher.send_event = (event, data, name) => {
    const subscription = event === "pusher:subscribe" && (data as { channel: string });
    const channel = subscription && pusher.channel(subscription.channel);
    return send.call(pusher, event, channel ? { ...subscription, resume: requestFor(channel) } : data, name);
  };

  // Before the handlers of the page, one of which may throw: the event has come all the same.
  connection.bind_global((event, frame) => {
    if (event === "message") read(frame as Frame);
  });
  if (options.backOff !== false) returnCalmly(connection, options.backOff || {}, runtime);

  function requestFor(channel: ResumableChannel): object {
    const mark = marks.get(channel);
    if (!mark) return {};
    mark.isCounting = false;
    return { epoch: mark.epoch, serial: mark.serial, socket_id: mark.socketId };
  }

  function read({ event, channel: name, data }: Frame): void {
    const channel = name && pusher.channel(name);
    if (channel) {
      const mark = marks.get(channel);
      if (mark?.isCounting && !/^pusher(_internal)?:/.test(event)) mark.serial++;
    } else if (!name && (event === "usher:position" || event === "usher:gap")) stand(data as Standing);
  }

  function stand({ channel: name, epoch, serial, reason }: Standing): void {
    const channel = pusher.channel(name);
    if (!channel) return;
    marks.set(channel, { epoch, serial, socketId: connection.socket_id, isCounting: true });
    if (reason) channel.emit("usher:gap", { reason });
  }
}
