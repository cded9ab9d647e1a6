import { createHash } from "node:crypto";
import type { Place } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import type { PlaceRef } from "../places/place-store.ts";

/**
 * Names of topics and keys in Redis. Every name begins with the prefix of the cluster and has what it is about in braces, which
 * is its hash tag: `usher:{3/c/presence-room}` is the topic of a channel of app 3, and `usher:{3/c/presence-room}:claims`
 * a key that is on the same shard.
 */
export class ClusterNames {
  readonly #prefix: string;

  /** @param prefix tells clusters apart that share one Redis. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The topic of a place; with a colon and a word behind it, a key beside it. */
  place({ appId, place }: PlaceRef): string {
    return `${this.#prefix}:{${encode(appId)}/${encodePlace(place)}}`;
  }

  /** The place of a topic; undefined for any other name. */
  parsePlace(topic: string): PlaceRef | undefined {
    const start = `${this.#prefix}:{`;
    if (!topic.startsWith(start) || !topic.endsWith("}")) return undefined;
    const [appId = "", ...rest] = topic.slice(start.length, -1).split("/");
    const place = decodePlace(rest.join("/"));
    return place && { appId: decode(appId), place };
  }

  /** The topic that every node listens to. */
  get control(): string {
    return `${this.#prefix}:{control}`;
  }

  /** The topic that one node listens to. */
  node(nodeId: string): string {
    return `${this.#prefix}:{node/${encode(nodeId)}}`;
  }

  /** The topic on which one link hears itself; a number moves it to another shard. */
  echo(linkId: string, number: number): string {
    return `${this.#prefix}:{echo/${linkId}/${number}}`;
  }

  /** Keys about who takes part. */
  get leases(): string {
    return `${this.#prefix}:{leases}`;
  }

  /** Keys about where one identity claims something. */
  claimsOf(identity: string): string {
    return `${this.#prefix}:{claims/${encode(identity)}}`;
  }

  /** Keys about one app as a whole. */
  app(appId: string): string {
    return `${this.#prefix}:{app/${encode(appId)}}`;
  }

  /** The key of a connection over HTTP. By its digest, since clients choose what is in the id, and how much. */
  session(sessionId: string): string {
    return `${this.#prefix}:{session/${createHash("sha256").update(sessionId).digest("base64url")}}`;
  }

  /** The key of one idempotency key of an app's servers. */
  publishKey(appId: string, key: string): string {
    return `${this.#prefix}:{publish/${encode(appId)}/${encode(key)}}`;
  }
}

/** `c/<channel>` or `u/<user id>`. */
export function encodePlace(place: Place): string {
  return place.kind === "channel" ? `c/${encode(place.channel)}` : `u/${encode(place.userId)}`;
}

/** Undefined for what `encodePlace` does not write. */
export function decodePlace(text: string): Place | undefined {
  const name = text.slice(2);
  if (name === "" || name.includes("/")) return undefined;
  // What is in Redis was written by a node, which had checked the name.
  if (text.startsWith("c/")) return { kind: "channel", channel: decode(name) as ChannelName };
  return text.startsWith("u/") ? { kind: "user", userId: decode(name) } : undefined;
}

/** Names of channels stay readable; what could end a tag, a part or a line does not get through. */
export function encode(name: string): string {
  return name.replace(/[^A-Za-z0-9_.,;=@#-]+/g, (text) => encodeURIComponent(text.toWellFormed()));
}

export function decode(text: string): string {
  return decodeURIComponent(text);
}
