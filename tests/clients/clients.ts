import Pusher from "pusher";
import NodePusher, { type Options } from "pusher-js";
import WorkerPusher from "pusher-js/worker/with-encryption";
import type { AppCredentials } from "../support/sign.ts";
import type { AuthEndpoint } from "./auth-endpoint.ts";
import { MASTER_KEY } from "./auth-endpoint.ts";
import { stateOf } from "./events.ts";

/** The builds of pusher-js that run outside of a page. The browser tests have the one for pages. */
export const BUILDS: readonly (readonly [name: string, build: typeof NodePusher])[] = [
  ["node", NodePusher],
  ["worker", WorkerPusher as unknown as typeof NodePusher],
];

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Who a client is to the auth endpoint, besides options of pusher-js. */
export interface ClientOptions extends Partial<Options> {
  readonly userId?: string;
  readonly watchlist?: readonly string[];
  readonly key?: string;
}

/** Makes clients and ends them all. */
export class Clients {
  readonly #app: AppCredentials;
  readonly #address: () => Address;
  readonly #endpoint: () => AuthEndpoint;
  readonly #requestsTo: () => Address;
  readonly #open: NodePusher[] = [];

  /**
   * @param address where the next connection goes.
   * @param requestsTo where the app's server sends its requests, which is one place: events that go through several servers
   *   have no order.
   */
  constructor(
    app: AppCredentials,
    address: () => Address,
    endpoint: () => AuthEndpoint,
    requestsTo: () => Address = address,
  ) {
    this.#app = app;
    this.#address = address;
    this.#endpoint = endpoint;
    this.#requestsTo = requestsTo;
  }

  /** A client that is still connecting. */
  start(build: typeof NodePusher, options: ClientOptions = {}): NodePusher {
    const { userId, watchlist, key, ...rest } = options;
    const client = new build(key ?? this.#app.key, { ...this.options(userId, watchlist), ...rest });
    this.#open.push(client);
    return client;
  }

  async connect(build: typeof NodePusher, options: ClientOptions = {}): Promise<NodePusher> {
    const client = this.start(build, options);
    await stateOf(client, "connected");
    return client;
  }

  /** What the documentation tells people to write, plus who they are. */
  options(userId?: string, watchlist?: readonly string[]): Options {
    const { host, port } = this.#address();
    const endpoint = this.#endpoint();
    const params = {
      ...(userId === undefined ? {} : { user_id: userId }),
      ...(watchlist === undefined ? {} : { watchlist: watchlist.join(",") }),
    };
    return {
      cluster: "",
      wsHost: host,
      wsPort: port,
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
      channelAuthorization: { endpoint: endpoint.channelUrl, transport: "ajax", params },
      userAuthentication: { endpoint: endpoint.userUrl, transport: "ajax", params },
    };
  }

  /** The official SDK of an app's server. */
  sdk(overrides: { readonly secret?: string; readonly appId?: string } = {}): Pusher {
    const { host, port } = this.#requestsTo();
    return new Pusher({
      appId: this.#app.id,
      key: this.#app.key,
      secret: this.#app.secret,
      host,
      port: String(port),
      useTLS: false,
      encryptionMasterKeyBase64: MASTER_KEY,
      ...overrides,
    });
  }

  end(): void {
    for (const client of this.#open.splice(0)) client.disconnect();
  }
}
