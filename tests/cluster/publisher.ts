import type { Random } from "../endurance/random.ts";
import { Api } from "../support/api.ts";
import { TEST_APP, type TestServer } from "../support/server.ts";

/** Publishes events that say by way of which node they come, and which number they are there. */
export class Publisher {
  readonly #choose: () => TestServer | undefined;
  readonly #random: Random;
  readonly #numbers = new Map<string, number>();
  /** Nodes that have not answered yet. */
  readonly #silent = new Set<TestServer>();
  #running: Promise<void> | undefined;
  #isStopped = false;
  /** What the API took, since `forget`. */
  readonly #taken = new Set<string>();
  /** Events that the API took. */
  published = 0;
  /** Those of which it is not known whether it did: the node went away. */
  interrupted = 0;

  constructor(choose: () => TestServer | undefined, random: Random) {
    this.#choose = choose;
    this.#random = random;
  }

  /** Resolves with what the event carries, once the API has taken it. */
  async publish(node: TestServer, channel: string): Promise<string> {
    const by = `${node.pid}-${channel}`;
    const number = (this.#numbers.get(by) ?? 0) + 1;
    this.#numbers.set(by, number);
    const text = `${node.pid} ${number}`;
    const api = new Api(`http://${node.host}:${node.port}`, TEST_APP);
    await api.trigger({ name: "numbered", data: text, channels: [channel] });
    this.published++;
    this.#taken.add(`${channel} ${text}`);
    return text;
  }

  /** Whether it was published, and since `forget`. */
  hasPublished(channel: string, text: string): boolean {
    return this.#taken.has(`${channel} ${text}`);
  }

  forget(): void {
    this.#taken.clear();
  }

  /** Goes on publishing on these channels, by way of any node, one after the other. */
  start(channels: readonly string[]): void {
    this.#running = this.#run(channels);
  }

  /** Resolves when the last one is out. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    this.#isStopped = false;
  }

  async #run(channels: readonly string[]): Promise<void> {
    while (!this.#isStopped) {
      const node = this.#choose();
      if (node && !this.#silent.has(node)) await this.#tryToPublish(node, this.#random.pick(channels));
      await Bun.sleep(PACE_MS);
    }
  }

  async #tryToPublish(node: TestServer, channel: string): Promise<void> {
    const published = this.publish(node, channel).catch(() => void this.interrupted++);
    const answered = published.then(() => true);
    // A node that is paused may yet take it when it goes on: until then there is nothing for it to take after that.
    if (await Promise.race([answered, Bun.sleep(PATIENCE_MS).then(() => false)])) return;
    this.#silent.add(node);
    void answered.then(() => this.#silent.delete(node));
  }
}

const PACE_MS = 20;
const PATIENCE_MS = 500;
