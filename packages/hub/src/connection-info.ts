import { claimOf, clientLabel, type Handshake } from "@usher/protocol";
import { Recall } from "./recall.ts";

/** What a client that wants to connect has shown of itself. */
export interface ConnectRequest {
  readonly handshake: Handshake;
  /** The `Origin` header; browsers send it and other clients usually do not. */
  readonly pageOrigin: string | undefined;
  /** Of the client, or of the proxy before it; `null` where it is not known. */
  readonly address: string | null;
  readonly isTls: boolean;
}

/** Who a connection is, for people: nothing is decided by it. */
export interface ConnectionInfo {
  /** The client library, such as `pusher-js 8.6.0`; `unknown` when it does not say. */
  readonly client: string;
  /** An IP address. */
  readonly address: string | null;
  readonly pageOrigin: string | null;
  /** As the client asked for it, 4 to 7; `null` when it did not say. */
  readonly protocol: number | null;
  readonly isTls: boolean;
  readonly connectedAtMs: number;
}

/** Describes connections, with one string for all of those that say the same: there are thousands of them. */
export function connectionDescriber(): (request: ConnectRequest, nowMs: number) => ConnectionInfo {
  const labels = new Recall(clientLabel);
  const origins = new Recall((origin) => origin.slice(0, LONGEST_ORIGIN));
  return ({ handshake, pageOrigin, address, isTls }, connectedAtMs) => ({
    client: labels.of(claimOf(handshake)),
    address,
    pageOrigin: pageOrigin === undefined ? null : origins.of(pageOrigin),
    protocol: handshake.protocol ?? null,
    isTls,
    connectedAtMs,
  });
}

// A scheme, a host name of the greatest length that DNS knows, and a port.
const LONGEST_ORIGIN = 300;
