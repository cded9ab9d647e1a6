import type { AuthorizationCallback, AuthorizationError, PusherClass, PusherClient } from "./types.ts";

/** Whoever waits for the verdict on one channel. */
export interface Caller {
  /** False once the connection that the verdict would be for has gone. */
  isCurrent(): boolean | undefined;
  readonly tell: AuthorizationCallback;
}

/** The client whose configuration this is. */
export function findClient(given: PusherClass | undefined, config: unknown): PusherClient | undefined {
  const clients = given || (globalThis as { Pusher?: PusherClass }).Pusher;
  return clients?.instances?.find((client) => client.config === config);
}

/** @param isLatest what to go by when the client is not known. */
export function callerOf(
  client: PusherClient | undefined,
  socketId: string,
  channelName: string,
  callback: AuthorizationCallback,
  isLatest?: () => boolean,
): Caller {
  return {
    isCurrent: () =>
      client
        ? client.connection.state === "connected" && client.connection.socket_id === socketId
        : isLatest?.(),
    tell(error, data) {
      // pusher-js copies `status` from an error class of its own alone, which it keeps to itself. What is bound to all
      // events comes first and gets the same object as everybody after it.
      const addStatus = (event: string, details: unknown) => {
        if (event === "pusher:subscription_error") {
          (details as { status?: number }).status = (error as AuthorizationError).status;
        }
      };
      const channel = error && client?.channel(channelName);
      channel?.bind_global(addStatus);
      try {
        callback(error, data);
      } finally {
        channel?.unbind_global(addStatus);
      }
    },
  };
}
