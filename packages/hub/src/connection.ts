import type { ChannelName, SocketId } from "@usher/protocol";
import type { AppState } from "./app-state.ts";
import type { ConnectionInfo } from "./connection-info.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** One connection's place on one channel. */
export interface Subscription {
  /** On presence channels, the member that the connection belongs to. */
  readonly userId: string | undefined;
  /** Which secret signed the authorization; undefined on public channels. */
  readonly secretId: string | undefined;
  /** The member is whoever is signed in on the connection, since the authorization named nobody. */
  readonly isSignedInUser: boolean;
  /** The client counts the channel's events, so as to be given what it missed when it comes back. */
  readonly isResumable: boolean;
}

/** Who the app's server says that a connection is. */
export interface SignIn {
  readonly id: string;
  readonly userInfoJson: string | undefined;
  /** Which secret signed it; of several sign-ins on one connection, the last. */
  readonly secretId: string;
}

// Most connections watch nobody, and an array for each would be a tenth of what one costs.
const NOBODY: readonly string[] = [];

/** One client's socket, as the hub knows it. Only the hub's own functions change it; edges hold it as an identity. */
export class Connection {
  readonly socketId: SocketId;
  readonly state: AppState;
  /** The key of the app that the client connected with. */
  readonly key: string;
  readonly info: ConnectionInfo;
  readonly subscriptions = new Map<ChannelName, Subscription>();
  user: SignIn | undefined;
  /** The users whose comings and goings this connection asked for. */
  watchlist: readonly string[] = NOBODY;
  clientEventBucket: TokenBucket | undefined;
  lastInboundMs: number;
  /** When the ping was sent that nothing has answered yet. */
  pingedAtMs: number | undefined;
  /** When it was first granted anything; what it is granted later does not make that younger. */
  firstGrantAtMs: number | undefined;
  /** Channels that were taken back from it: a signature for one of them counts no more on this connection. */
  revokedChannels: Set<ChannelName> | undefined;
  /** Its client counts the events of some channel, and understands what is said to such clients alone. */
  isResuming = false;
  /** Set once the hub has decided to end it, so that it is decided once. */
  isClosing = false;
  /** Set once it is to be ended when its turn comes; until then it is served like any other. */
  isClosingSoon = false;

  constructor(socketId: SocketId, state: AppState, key: string, info: ConnectionInfo) {
    this.socketId = socketId;
    this.state = state;
    this.key = key;
    this.info = info;
    this.lastInboundMs = info.connectedAtMs;
  }
}
