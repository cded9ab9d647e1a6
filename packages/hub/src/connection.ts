import type { ChannelName, Handshake, SocketId } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** What a client that wants to connect has shown of itself. */
export interface ConnectRequest {
  readonly handshake: Handshake;
  /** The `Origin` header; browsers send it and other clients usually do not. */
  readonly pageOrigin: string | undefined;
  readonly isTls: boolean;
}

/** One connection's place on one channel. */
export interface Subscription {
  /** On presence channels, the member that the connection belongs to. */
  readonly userId: string | undefined;
  /** Which secret signed the authorization; undefined on public channels. */
  readonly secretId: string | undefined;
}

// Most connections watch nobody, and an array for each would be a tenth of what one costs.
const NOBODY: readonly string[] = [];

/** One client's socket, as the hub knows it. Only the hub's own functions change it; edges hold it as an identity. */
export class Connection {
  readonly socketId: SocketId;
  readonly state: AppState;
  /** The key of the app that the client connected with. */
  readonly key: string;
  readonly subscriptions = new Map<ChannelName, Subscription>();
  user: { readonly id: string; readonly userInfoJson: string | undefined } | undefined;
  /** The users whose comings and goings this connection asked for. */
  watchlist: readonly string[] = NOBODY;
  clientEventBucket: TokenBucket | undefined;
  lastInboundMs: number;
  /** When the ping was sent that nothing has answered yet. */
  pingedAtMs: number | undefined;
  /** Set once the hub has decided to end it, so that it is decided once. */
  isClosing = false;

  constructor(socketId: SocketId, state: AppState, key: string, nowMs: number) {
    this.socketId = socketId;
    this.state = state;
    this.key = key;
    this.lastInboundMs = nowMs;
  }
}
