import type { ControlMessage, InboxMessage } from "./messages.ts";

/**
 * Messages between nodes that are about no place. At most once; in order for two given nodes. Nothing rejects: what could not
 * be sent is counted, and whoever needs to know sets a time limit.
 */
export interface Bus {
  /** By which other nodes can tell this one something. */
  readonly nodeId: string;
  /** To every other node. */
  broadcast(message: ControlMessage): void;
  /** To one node; nothing happens where there is none of that id. */
  tell(nodeId: string, message: InboxMessage): void;
  /** At most one handler for each kind. */
  on<Kind extends BusMessage["kind"]>(
    kind: Kind,
    handler: (message: Extract<BusMessage, { kind: Kind }>) => void,
  ): void;
}

export type BusMessage = ControlMessage | InboxMessage;
