import type { Script } from "./script.ts";

/**
 * This node's way to Redis: topics that carry messages between the nodes, and scripts that change what they share.
 *
 * - **Names**: keys and topics are made by `ClusterNames`. All keys of one command, and the topics that a script publishes on,
 *   have one hash tag, so that they are on one shard of a Redis Cluster.
 * - **Delivery** is at most once, and in order for one topic and one sending node. A node hears what it sends, too.
 * - **An outage** begins with `onDown` and ends with `onUp`. In between, everything rejects at once; nothing is kept for later.
 *   What was listened to before is listened to again when `onUp` is called; what was sent meanwhile is gone.
 * - **Every promise settles**, within about six seconds: a Redis that is silent for that long counts as gone.
 *
 * All methods but `stop` and `sign` reject with a `LinkError`.
 */
export interface ClusterLink {
  readonly isUp: boolean;

  /** Grows whenever connections are made anew: Redis may have lost what was written before. */
  readonly generation: number;

  /** Resolves once everything that is sent to the topic from now on arrives here. Listening twice is listening once. */
  listen(topic: string): Promise<void>;

  unlisten(topic: string): Promise<void>;

  /** Sends a message, signed, to every node that listens. Messages of one turn of the loop share a write. */
  send(topic: string, message: string): Promise<void>;

  /** Signs a message for a script to publish on a topic: as it is, or as `@<head> <signed message>`. */
  sign(topic: string, message: string): string;

  /** Runs a script. The first key says on which shard of a Redis Cluster. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;

  /** One plain command, for the shard that has the key. Replies are as Redis gives them; maps are flat arrays. */
  command(key: string, command: readonly string[]): Promise<unknown>;

  /** Ends it for good. `onDown` is not called. */
  stop(): Promise<void>;
}

export interface LinkListener {
  /**
   * @param head what a script put in front of the message, outside of the signature; undefined for what was sent with `send`.
   */
  onMessage(topic: string, message: string, head: string | undefined): void;
  /** Everything that was listened to before is listened to again. */
  onUp(): void;
  /** Called once for each outage. */
  onDown(reason: string): void;
}
