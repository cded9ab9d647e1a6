import { randomBytes } from "node:crypto";
import type { CarriedEvent, Position } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import { encodeCarried, type MarkedEvent, parseCarried } from "../../carried-event.ts";
import type { ClusterLink } from "../../link/cluster-link.ts";
import { ClusterNames } from "../../link/cluster-names.ts";
import { LinkMeters } from "../../link/link-meters.ts";
import { openLink } from "../../link/open-link.ts";
import { parseRedisUrl, type RedisTarget } from "../../link/redis-url.ts";
import { openMessage } from "../../link/sign-message.ts";
import type { PlaceRef } from "../../places/place-store.ts";
import { parsePosition } from "../position-head.ts";
import { type OpenedEvents, SharedDelivery } from "../shared-delivery.ts";
import { type HistoryBounds, SharedEvents } from "../shared-events.ts";

const KEY = new Uint8Array(32).fill(7);
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface DeliveredEvent {
  readonly channel: string;
  readonly data: string;
  readonly position: Position;
}

export interface EventsNodeOptions {
  readonly prefix: string;
  /** Undefined for channels without a history. */
  readonly bounds: HistoryBounds | undefined;
  readonly now?: () => number;
}

/** What one node has of shared events: everything but its hub, in whose place it writes down what is delivered. */
export class EventsNode {
  readonly link: ClusterLink;
  readonly names: ClusterNames;
  readonly events: SharedEvents;
  readonly delivery: SharedDelivery;
  readonly delivered: DeliveredEvent[] = [];
  /** Messages that do not arrive, as if the subscription were gone. */
  isDeaf = false;
  notCarried = 0;
  /** How often the link has been lost, and found again. */
  outages = 0;
  returns = 0;

  static async open(url: string, options: EventsNodeOptions): Promise<EventsNode> {
    let node: EventsNode | undefined;
    const link = await openLink({
      target: parseRedisUrl(url) as RedisTarget,
      prefix: options.prefix,
      key: KEY,
      meters: new LinkMeters(),
      log: SILENT,
      onMessage: (topic, text, head) => node?.receive(topic, text, head),
      onUp: () => {
        if (node) node.returns++;
      },
      onDown: () => {
        if (node) node.outages++;
      },
    });
    node = new EventsNode(link, options);
    return node;
  }

  private constructor(link: ClusterLink, { prefix, bounds, now = Date.now }: EventsNodeOptions) {
    this.link = link;
    this.names = new ClusterNames(prefix);
    const freshEpoch = () => randomBytes(8).toString("hex");
    this.events = new SharedEvents({
      link,
      names: this.names,
      freshEpoch,
      now,
      codec: {
        encode: (event) => encodeCarried({ nodeId: "n", event }),
        decode: (topic, signed) => this.#parse(topic, openMessage(KEY, topic, signed)?.text ?? ""),
      },
    });
    this.delivery = new SharedDelivery({
      events: this.events,
      topicOf: (ref) => this.names.place(ref),
      boundsOf: () => bounds,
      cacheLifetimeMs: () => 60_000,
      deliver: (_, { message }, position) =>
        this.delivered.push({ channel: message.channel, data: message.data, position }),
      onNotCarried: () => this.notCarried++,
      freshEpoch,
      monotonicNow: () => performance.now(),
    });
  }

  /** Opens a channel as a place is opened, for the first time or after an outage. */
  async open(ref: PlaceRef, isFirst = true): Promise<OpenedEvents> {
    await this.link.listen(this.names.place(ref));
    const opened = await this.delivery.open(ref, isFirst);
    this.delivery.opened(ref, opened.history);
    return opened;
  }

  receive(topic: string, text: string, head: string | undefined): void {
    const ref = this.names.parsePlace(topic);
    const event = this.#parse(topic, text);
    const position = head === undefined ? undefined : parsePosition(head);
    if (ref && event && position && !this.isDeaf) this.delivery.received(ref, event, position);
  }

  #parse(topic: string, text: string): MarkedEvent | undefined {
    const ref = this.names.parsePlace(topic);
    return ref && parseCarried(ref.place, text)?.event;
  }
}

export function channelRef(channel: string): PlaceRef {
  return { appId: "3", place: { kind: "channel", channel: channel as ChannelName } };
}

export function eventOn({ place }: PlaceRef, data: string, isCached = false): CarriedEvent {
  const channel = place.kind === "channel" ? place.channel : "";
  return {
    place,
    message: { kind: "event", event: "e", channel, data },
    exceptSocketId: undefined,
    order: "shared",
    isCached,
  };
}
