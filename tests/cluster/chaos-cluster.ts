import { Random } from "../endurance/random.ts";
import { Api } from "../support/api.ts";
import { isReady } from "../support/balancer.ts";
import { type StartClusterOptions, startCluster, type TestCluster } from "../support/cluster.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { type StartServerOptions, TEST_APP, type TestServer } from "../support/server.ts";
import { eventually, within } from "../support/time-limit.ts";
import { WebhookReceiver } from "../support/webhook-receiver.ts";
import { Crowd, differenceOf } from "./crowd.ts";
import type { ClientPlan, PresentClient } from "./present-client.ts";
import { Publisher } from "./publisher.ts";
import { ToldLedger } from "./told-ledger.ts";

export interface ChaosOptions extends StartClusterOptions {
  readonly seed: number;
}

const SETTINGS = {
  client_events: true,
  subscription_counting: true,
  watchlist_events: true,
  history_prefixes: ["kept-"],
  history_events: 1_000,
  history_seconds: 600,
};

/** A cluster, a crowd of clients on its nodes, a receiver of its webhooks, and what is done to them. */
export class ChaosCluster {
  readonly crowd: Crowd;
  readonly random: Random;
  readonly receiver: WebhookReceiver;
  readonly told: ToldLedger;
  readonly publisher: Publisher;
  readonly #cluster: TestCluster;
  readonly #running = new Set<TestServer>();
  /** Those that run and are not heard by the others. */
  readonly #cutOff = new Set<TestServer>();

  static async start(count: number, options: ChaosOptions): Promise<ChaosCluster> {
    const { seed, ...rest } = options;
    const receiver = new WebhookReceiver();
    const env = {
      USHER_WEBHOOK_URL: receiver.url,
      USHER_WEBHOOK_ALLOW_PRIVATE: "1",
      USHER_DRAIN_SECONDS: "2",
      ...rest.env,
    };
    const cluster = await startCluster(count, { ...rest, settings: { ...SETTINGS, ...rest.settings }, env });
    return new ChaosCluster(cluster, receiver, seed);
  }

  private constructor(cluster: TestCluster, receiver: WebhookReceiver, seed: number) {
    this.#cluster = cluster;
    this.receiver = receiver;
    this.told = new ToldLedger(receiver);
    this.random = new Random(seed);
    for (const node of cluster.nodes) this.#running.add(node);
    this.crowd = new Crowd(
      { choose: () => this.#readyNode(), pauseMs: () => 20 + this.random.below(200) },
      ({ node }) => node !== undefined && this.#running.has(node) && !this.#cutOff.has(node),
    );
    this.publisher = new Publisher(() => this.random.pick(this.nodes), this.random);
  }

  /** Those that run, paused ones left out. */
  get nodes(): readonly TestServer[] {
    return [...this.#running];
  }

  async add(options?: StartServerOptions): Promise<TestServer> {
    const node = await this.#cluster.add(options);
    this.#running.add(node);
    return node;
  }

  /** Clients of every kind, some of one user on several nodes. */
  async populate(clients: number): Promise<void> {
    for (let number = 0; number < clients; number++) this.crowd.add(planFor(number, this.random));
    await this.crowd.agrees(20_000);
  }

  clientsOf(node: TestServer): readonly PresentClient[] {
    return this.crowd.clients.filter((client) => client.node === node);
  }

  /** Ends a node as a machine that loses power would. @param comeBack whether its clients do, on other nodes. */
  async kill(node: TestServer, comeBack: (client: PresentClient) => boolean): Promise<void> {
    for (const client of this.clientsOf(node)) if (!comeBack(client)) client.vanish();
    this.#running.delete(node);
    node.signal("SIGKILL");
    await node.exited;
  }

  /** Stops a node without ending it: its clients stay connected to it, and it says nothing. */
  pause(node: TestServer): void {
    this.#running.delete(node);
    node.signal("SIGSTOP");
  }

  resume(node: TestServer): void {
    this.#running.add(node);
    node.signal("SIGCONT");
  }

  /** The others hear nothing more of a node, which goes on for its own clients. */
  cutOff(node: TestServer): void {
    this.#cutOff.add(node);
  }

  rejoin(node: TestServer): void {
    this.#cutOff.delete(node);
  }

  /** Ends a node as a deploy does. */
  async stopNode(node: TestServer): Promise<void> {
    const code = await node.stop();
    this.#running.delete(node);
    if (code !== 0) throw new Error(`node ${node.pid} ended with ${code}: ${node.output()}`);
  }

  /** A few clients join, leave, go and come. */
  stir(times: number): void {
    for (let time = 0; time < times; time++) this.#stirOnce();
  }

  /** For so long clients come and go. */
  async stirFor(ms: number): Promise<void> {
    const endsAtMs = performance.now() + ms;
    while (performance.now() < endsAtMs) {
      this.stir(1);
      await Bun.sleep(100);
    }
  }

  /** The end of a test: nothing happens any more, and everything is as it is. */
  async isRight(toldTimeoutMs = 20_000): Promise<void> {
    await this.publisher.stop();
    await this.#agrees(1_000, toldTimeoutMs);
    await this.#carries();
    for (const channel of SHARED) this.#oneOrderOn(channel);
  }

  /** What a run was worth. */
  get figures(): string {
    const { told, again } = this.told.counts;
    const { published, interrupted } = this.publisher;
    return `${published} events published, ${interrupted} interrupted; ${told} webhook events, ${again} of them again`;
  }

  /** The sum over all nodes that run. */
  async metric(name: string): Promise<number> {
    const all = await Promise.all(this.nodes.map(metricsOf));
    return all.reduce((sum, metrics) => sum + sumOf(metrics, name), 0);
  }

  /** Resolves once a metric has this value on every node that runs. */
  async untilMetric(name: string, value: number, timeoutMs = 10_000): Promise<void> {
    const ask = async () => (await Promise.all(this.nodes.map(metricsOf))).map((all) => sumOf(all, name));
    await eventually(ask, (values) => values.every((is) => is === value), timeoutMs);
  }

  async stop(): Promise<void> {
    this.publisher.stop();
    this.crowd.close();
    for (const node of this.#cluster.nodes) if (!this.#running.has(node)) node.signal("SIGCONT");
    for (const node of this.nodes) node.signal("SIGKILL");
    await this.#cluster.stop();
    await this.receiver.stop();
  }

  get #heard(): readonly TestServer[] {
    return this.nodes.filter((node) => !this.#cutOff.has(node));
  }

  async #readyNode(): Promise<TestServer> {
    for (;;) {
      const node = this.random.pick(this.nodes);
      const ready = node && (await within(1_000, isReady(node), () => "").catch(() => false));
      if (ready && this.#running.has(node)) return node;
      await Bun.sleep(50);
    }
  }

  #stirOnce(): void {
    const client = this.random.pick(this.crowd.clients);
    if (!client?.node || !this.#running.has(client.node) || !client.isSubscribedToAll) return;
    const channel = this.random.pick(CHANNELS);
    const choice = this.random.next();
    if (choice < 0.3) client.drop();
    else if (client.wants(channel)) client.leave(channel);
    else client.join(channel);
  }

  /** Resolves once all clients, the HTTP API of every node and the receiver of webhooks have what is true. */
  async #agrees(timeoutMs: number, toldTimeoutMs: number): Promise<void> {
    await this.crowd.agrees(timeoutMs);
    await Promise.all(this.#heard.map((node) => this.#apiAgrees(node, 2_000)));
    await this.told.agrees(this.crowd, toldTimeoutMs);
    // Nothing came of it that the clients were told meanwhile.
    await this.crowd.agrees(1_000);
  }

  /** Every node brings an event to every client that is on a channel, for each channel. */
  async #carries(): Promise<void> {
    for (const node of this.nodes) {
      for (const channel of this.crowd.channels) {
        if (channel.startsWith("presence-") && this.random.chance(0.5)) continue;
        const text = await this.publisher.publish(node, channel);
        const lack = () => this.crowd.on(channel).filter((client) => !client.events(channel).includes(text));
        await this.crowd.until(
          () => lack().length === 0,
          5_000,
          () => `${text} on ${channel} did not reach ${lack().map(({ name }) => name)}`,
        );
      }
    }
  }

  /** Where clients of a channel with one order have two of its events, they have them in the same order. */
  #oneOrderOn(channel: string): void {
    const all = this.crowd
      .on(channel)
      .map((client) => client.events(channel).filter((text) => this.publisher.hasPublished(channel, text)));
    const [longest = []] = all.toSorted((a, b) => b.length - a.length);
    const places = new Map(longest.map((text, place) => [text, place]));
    for (const events of all) {
      const known = events.map((text) => places.get(text)).filter((place) => place !== undefined);
      if (known.some((place, index) => index > 0 && place < (known[index - 1] ?? 0))) {
        throw new Error(`two orders on ${channel}: ${longest.join()} and ${events.join()}`);
      }
    }
  }

  async #apiAgrees(node: TestServer, timeoutMs: number): Promise<void> {
    const api = new Api(`http://${node.host}:${node.port}`, TEST_APP);
    await eventually(
      async () => (await wrongInApi(api, this.crowd)) ?? "agrees",
      (wrong) => wrong === "agrees",
      timeoutMs,
    ).catch((error: unknown) => {
      throw new Error(`the API of node ${node.pid}: ${String(error)}`);
    });
  }
}

const PRESENCE = ["presence-room", "presence-lobby", "presence-empty"];
const SHARED = ["kept-numbers", "cache-state", "presence-cache-board"];
const PLAIN = ["news", "private-desk"];
const CHANNELS = [...PRESENCE, ...SHARED, ...PLAIN];

function planFor(number: number, random: Random): ClientPlan {
  // Three clients of each user, wherever they come to be.
  const userId = `user-${Math.floor(number / 3)}`;
  const channels = CHANNELS.filter((channel) => channel !== "presence-empty" && random.chance(0.6));
  const watchlist = Array.from({ length: 6 }, (_, user) => `user-${user}`);
  return { userId, channels, ...(number % 2 === 0 ? { watchlist } : {}) };
}

async function wrongInApi(api: Api, crowd: Crowd): Promise<string | undefined> {
  const listed = (await api.get("/channels")).json() as { channels: Record<string, unknown> };
  const wrong = differenceOf(new Set(Object.keys(listed.channels)), crowd.channels);
  if (wrong !== undefined) return `channels: ${wrong}`;
  for (const channel of crowd.channels) {
    if (channel.startsWith("presence-")) {
      const { users } = (await api.get(`/channels/${channel}/users`)).json() as { users: { id: string }[] };
      const wrongUsers = differenceOf(new Set(users.map(({ id }) => id)), crowd.usersOn(channel));
      if (wrongUsers !== undefined) return `users of ${channel}: ${wrongUsers}`;
      continue;
    }
    const info = (await api.get(`/channels/${channel}`, [["info", "subscription_count"]])).json() as Counted;
    const is = crowd.on(channel).length;
    if (info.subscription_count !== is) return `${channel} has ${JSON.stringify(info)}, and there are ${is}`;
  }
  return undefined;
}

interface Counted {
  readonly subscription_count: number;
}
