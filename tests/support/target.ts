import { afterAll, beforeAll, describe, setDefaultTimeout } from "bun:test";
import { Api } from "./api.ts";
import type { TestCluster } from "./cluster.ts";
import { lastingCluster } from "./lasting-cluster.ts";
import { type StartServerOptions, startServer, TEST_APP, type TestServer } from "./server.ts";
import type { AppCredentials } from "./sign.ts";
import { type OpenOptions, TestSocket } from "./socket.ts";

// Above what a test may wait for one event, so that the wait's own message is what a failure shows.
const TEST_TIMEOUT_MS = 30_000;

/** What a group of tests needs its server to be. */
export interface Needs {
  /** Settings of the app; all others have the defaults of the protocol reference. */
  readonly settings?: Record<string, unknown>;
  /** Variables for the server's process. */
  readonly env?: Record<string, string>;
  /** A server of our own, for its process, its store, or because nobody else uses it; never one elsewhere. */
  readonly usher?: boolean;
  /** Brings a data directory in order before the server starts on it. */
  readonly prepare?: () => Promise<Pick<StartServerOptions, "dataDir">>;
  /**
   * Why one server is enough: what is shown is true of a node and not of several that are one, such as a limit that each has
   * for itself, or it is a matter of one node alone.
   */
  readonly oneNode?: string;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * The server that a group of tests talks to, over WebSocket and HTTP alone. With `USHER_TEST_NODES` it is a cluster of so many
 * nodes: each connection goes to the next of them, and requests to the last. Whatever looks at what others did
 * waits until all nodes know of it, which is milliseconds, and which one server need not. Groups whose server is one by
 * itself are skipped.
 */
export class Target {
  #addresses: readonly Address[] = [];
  #turn = 0;
  #process: TestServer | undefined;
  #cluster: TestCluster | undefined;
  readonly app: AppCredentials;
  readonly #sockets: TestSocket[] = [];

  constructor(app: AppCredentials) {
    this.app = app;
  }

  get host(): string {
    return this.#first().host;
  }

  get port(): number {
    return this.#first().port;
  }

  get api(): Api {
    const { host, port } = this.#addresses.at(-1) ?? this.#first();
    return new Api(`http://${host}:${port}`, this.app, this.#cluster?.settle);
  }

  get httpUrl(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** How many servers it is. */
  get nodeCount(): number {
    return Number(process.env.USHER_TEST_NODES ?? "1");
  }

  /** Resolves once all of them know what each has done so far. */
  async settle(): Promise<void> {
    await this.#cluster?.settle();
  }

  /** The server's own process; only in groups that need it. */
  get process(): TestServer {
    if (!this.#process) throw new Error("this server was not started here");
    return this.#process;
  }

  /** Where the next connection goes. */
  next(): Address {
    return this.#addresses[this.#turn++ % this.#addresses.length] ?? this.#first();
  }

  /** Opens a socket and leaves its first frame to the test. */
  open(pathAndQuery: string = this.path(), options?: OpenOptions): TestSocket {
    const { host, port } = this.next();
    const socket = new TestSocket(`ws://${host}:${port}${pathAndQuery}`, this.app, {
      ...options,
      settle: this.#cluster?.settle,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** Opens a socket that has been greeted. */
  async connect(): Promise<TestSocket> {
    const socket = this.open();
    await socket.established();
    return socket;
  }

  /** Where pusher-js connects to. */
  path(query = "protocol=7&client=js&version=8.6.0&flash=false"): string {
    return `/app/${this.app.key}?${query}`;
  }

  async start(needs: Needs): Promise<void> {
    const url = process.env.USHER_TEST_URL;
    if (url !== undefined) {
      const { hostname, port } = new URL(url);
      this.#addresses = [{ host: hostname, port: Number(port || 80) }];
      return;
    }
    const { settings = {}, env = {} } = needs;
    if (this.nodeCount > 1) {
      this.#cluster = await lastingCluster(this.nodeCount, { settings, env });
      this.#addresses = this.#cluster.nodes;
      return;
    }
    const prepared = await needs.prepare?.();
    this.#process = await startServer({ settings, env, ...prepared });
    this.#addresses = [this.#process];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
    await this.#process?.stop();
  }

  #first(): Address {
    const [first] = this.#addresses;
    if (!first) throw new Error("the server has not been started yet");
    return first;
  }
}

/**
 * A group of tests that share one server.
 *
 * By default that is one of our own, started for the group. `USHER_TEST_URL` aims the suite at another server, with
 * `USHER_TEST_APP_ID`, `_KEY` and `_SECRET`, whose app has the default settings but for what `USHER_TEST_FEATURES` lists,
 * separated by semicolons: settings as `client_events` for `true` and `presence_limits={"members":3}` for any other
 * value, variables as `NAME=value`. Groups that need something else are skipped.
 */
export function describeServer(title: string, needs: Needs, body: (target: Target) => void): void {
  // Here and not once for all: the runner forgets it from one file to the next.
  setDefaultTimeout(TEST_TIMEOUT_MS);
  const target = new Target(givenApp());
  const group = isAvailable(needs, target.nodeCount) ? describe : describe.skip;
  group(title, () => {
    beforeAll(() => target.start(needs));
    afterAll(() => target.stop());
    body(target);
  });
}

let lastName = 0;

/** A channel that no other test uses. */
export function fresh(prefix: string): string {
  lastName++;
  return `${prefix}${process.pid}-${lastName}`;
}

function givenApp(): AppCredentials {
  const { USHER_TEST_URL, USHER_TEST_APP_ID, USHER_TEST_APP_KEY, USHER_TEST_APP_SECRET } = process.env;
  if (USHER_TEST_URL === undefined) return TEST_APP;
  return { id: USHER_TEST_APP_ID ?? "", key: USHER_TEST_APP_KEY ?? "", secret: USHER_TEST_APP_SECRET ?? "" };
}

/** Features that change nothing for groups that do not use them. */
const UNOBTRUSIVE = ["client_events", "watchlist_events"];

function isAvailable(needs: Needs, nodeCount: number): boolean {
  if (nodeCount > 1) return !needs.prepare && !needs.usher && needs.oneNode === undefined;
  if (process.env.USHER_TEST_URL === undefined) return true;
  if (needs.prepare || needs.usher) return false;
  const list = (process.env.USHER_TEST_FEATURES ?? "").split(";").map((feature) => feature.trim());
  const offered = list.filter((feature) => feature !== "");
  const settings = Object.entries(needs.settings ?? {});
  const isLeftOff = ([name, value]: readonly [string, unknown]): boolean =>
    value === false && !offered.includes(name);
  const wanted = [
    ...settings
      .filter((setting) => !isLeftOff(setting))
      .map(([name, value]) => (value === true ? name : `${name}=${JSON.stringify(value)}`)),
    ...Object.entries(needs.env ?? {}).map(([name, value]) => `${name}=${value}`),
  ];
  const isDisturbing = (feature: string): boolean =>
    !wanted.includes(feature) && !UNOBTRUSIVE.includes(feature);
  return wanted.every((feature) => offered.includes(feature)) && !offered.some(isDisturbing);
}
