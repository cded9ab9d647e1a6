import { z } from "zod";
import type { Bus, BusMessage } from "./bus.ts";
import type { ClusterLink } from "./link/cluster-link.ts";
import type { ClusterNames } from "./link/cluster-names.ts";
import type { LinkMeters } from "./link/link-meters.ts";
import { type ControlMessage, controlMessage, type InboxMessage, inboxMessage } from "./messages.ts";

export interface NodeBusOptions {
  readonly nodeId: string;
  readonly names: Pick<ClusterNames, "control" | "node">;
  readonly link: Pick<ClusterLink, "listen" | "send">;
  readonly meters: Pick<LinkMeters, "drop" | "couldNotCarry">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * What was signed longer ago, or is to be signed later, is somebody's repetition: who can write to Redis and has kept an old
 * message must not end users' connections with it for ever. Servers' clocks are closer to each other than that.
 */
const FRESH_MS = 300_000;
/** An order to end a user's connections, say, after which the user may have been let in again for good reason. */
const WORTH_SENDING_MS = 60_000;
const MOST_UNSENT = 1_000;

/** Messages between nodes over the link. */
export class NodeBus implements Bus {
  readonly nodeId: string;
  readonly #options: NodeBusOptions;
  readonly #inbox: string;
  /** Orders that could not be sent, the oldest first. */
  #unsent: { readonly message: ControlMessage; readonly atMs: number }[] = [];
  readonly #handlers = new Map<string, (message: never) => void>();

  constructor(options: NodeBusOptions) {
    this.#options = options;
    this.nodeId = options.nodeId;
    this.#inbox = options.names.node(options.nodeId);
  }

  /** Rejects with a `LinkError`. From then on the link listens again by itself after an outage. */
  async start(): Promise<void> {
    const { link } = this.#options;
    await Promise.all([link.listen(this.#options.names.control), link.listen(this.#inbox)]);
  }

  broadcast(message: ControlMessage): void {
    const { names, now } = this.#options;
    const atMs = now();
    this.#send(names.control, message).catch(() => {
      if (this.#unsent.length < MOST_UNSENT) this.#unsent.push({ message, atMs });
    });
  }

  /** Call when the link is up again: what was ordered shortly before is sent now, since whoever ordered it was told that it is done. */
  sendAgain(): void {
    const oldestMs = this.#options.now() - WORTH_SENDING_MS;
    const orders = this.#unsent.filter(({ atMs }) => atMs >= oldestMs);
    this.#unsent = [];
    for (const { message } of orders) this.broadcast(message);
  }

  tell(nodeId: string, message: InboxMessage): void {
    this.#send(this.#options.names.node(nodeId), message).catch(() => {}); // Counted, and nobody waits for it.
  }

  on<Kind extends BusMessage["kind"]>(
    kind: Kind,
    handler: (message: Extract<BusMessage, { kind: Kind }>) => void,
  ): void {
    this.#handlers.set(kind, handler as (message: never) => void);
  }

  /** Takes a message of the link; false where the topic is none of the bus's. */
  receive(topic: string, text: string): boolean {
    const { names, meters, now } = this.#options;
    if (topic !== names.control && topic !== this.#inbox) return false;
    const envelope = envelopeOf(topic === names.control ? controlEnvelope : inboxEnvelope, text);
    if (!envelope) meters.drop("malformed");
    else if (Math.abs(now() - envelope.atMs) > FRESH_MS) meters.drop("stale");
    else if (envelope.from !== this.nodeId)
      this.#handlers.get(envelope.message.kind)?.(envelope.message as never);
    return true;
  }

  async #send(topic: string, message: BusMessage): Promise<void> {
    const { link, meters, now } = this.#options;
    const text = JSON.stringify({ from: this.nodeId, atMs: now(), message });
    try {
      await link.send(topic, text);
    } catch (error) {
      meters.couldNotCarry(message.kind);
      throw error;
    }
  }
}

const controlEnvelope = z.object({ from: z.string(), atMs: z.number(), message: controlMessage });
const inboxEnvelope = z.object({ from: z.string(), atMs: z.number(), message: inboxMessage });

function envelopeOf(
  schema: typeof controlEnvelope | typeof inboxEnvelope,
  text: string,
): { readonly from: string; readonly atMs: number; readonly message: BusMessage } | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
