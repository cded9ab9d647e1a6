import { createBatcher } from "./batcher.ts";
import { callerOf, findClient } from "./caller.ts";
import type { Runtime } from "./runtime.ts";
import type {
  AuthorizationCallback,
  AuthorizationData,
  BatchedAuthorizationOptions,
  PusherChannel,
} from "./types.ts";

/** The value of `channelAuthorization` in the options of pusher-js. */
export interface BatchedAuthorization {
  // The two that only fill a place: the types of pusher-js before 8.5 demand them beside a handler of one's own.
  readonly endpoint: string;
  readonly transport: "ajax";
  customHandler(
    this: unknown,
    request: { readonly socketId: string; readonly channelName: string },
    callback: AuthorizationCallback,
  ): void;
  /** For the option `authorizer`, the only one that pusher-js 7.0 has. */
  authorizer(channel: PusherChannel): {
    // The types of 7.0 do not say that a refusal comes with null.
    authorize(socketId: string, callback: (error: Error | null, data: AuthorizationData) => void): void;
  };
}

/**
 * Authorizes all channels that are asked for in one go with one request.
 *
 * The callback of a channel is called once, or never when the connection it was for has gone: pusher-js asks again then.
 */
export function batchedAuthorization(
  options: BatchedAuthorizationOptions,
  runtime: Runtime = globalThis,
): BatchedAuthorization {
  const ask = createBatcher(options, runtime);
  /** The socket id that each configuration has asked for last. */
  const latest = new WeakMap<object, string>();
  return {
    endpoint: options.endpoint,
    transport: "ajax",
    customHandler({ socketId, channelName }, callback) {
      // pusher-js calls this as a method of the client's `config`: nothing else in the call tells clients apart. A page
      // may call it in other ways, for several clients even, and then no socket id makes another one old.
      const config = (this as { channelAuthorizer?: unknown } | undefined)?.channelAuthorizer
        ? (this as object)
        : {};
      latest.set(config, socketId);
      const isLatest = () => latest.get(config) === socketId;
      const client = findClient(options.Pusher, config);
      ask(socketId, channelName, callerOf(client, socketId, channelName, callback, isLatest));
    },
    authorizer: ({ name, pusher }) => ({
      authorize(socketId, callback) {
        ask(socketId, name, callerOf(pusher, socketId, name, callback as AuthorizationCallback));
      },
    }),
  };
}
