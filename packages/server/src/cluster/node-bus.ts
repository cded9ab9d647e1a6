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
}

/** Messages between nodes over the link. */
export class NodeBus implements Bus {
  readonly nodeId: string;
  readonly #options: NodeBusOptions;
  readonly #inbox: string;
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
    this.#send(this.#options.names.control, message);
  }

  tell(nodeId: string, message: InboxMessage): void {
    this.#send(this.#options.names.node(nodeId), message);
  }

  on<Kind extends BusMessage["kind"]>(
    kind: Kind,
    handler: (message: Extract<BusMessage, { kind: Kind }>) => void,
  ): void {
    this.#handlers.set(kind, handler as (message: never) => void);
  }

  /** Takes a message of the link; false where the topic is none of the bus's. */
  receive(topic: string, text: string): boolean {
    const { names, meters } = this.#options;
    if (topic !== names.control && topic !== this.#inbox) return false;
    const envelope = envelopeOf(topic === names.control ? controlEnvelope : inboxEnvelope, text);
    if (!envelope) meters.drop("malformed");
    else if (envelope.from !== this.nodeId)
      this.#handlers.get(envelope.message.kind)?.(envelope.message as never);
    return true;
  }

  #send(topic: string, message: BusMessage): void {
    const { link, meters } = this.#options;
    const text = JSON.stringify({ from: this.nodeId, message });
    link.send(topic, text).catch(() => meters.couldNotCarry(message.kind));
  }
}

const controlEnvelope = z.object({ from: z.string(), message: controlMessage });
const inboxEnvelope = z.object({ from: z.string(), message: inboxMessage });

function envelopeOf(
  schema: typeof controlEnvelope | typeof inboxEnvelope,
  text: string,
): { readonly from: string; readonly message: BusMessage } | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
