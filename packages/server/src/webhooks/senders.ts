import type { WebhookEndpoint } from "./endpoint.ts";
import { EndpointSender, type SenderParts } from "./endpoint-sender.ts";
import { EventIds } from "./event-ids.ts";
import { countOwed, type OwedEvent, readOwedRange } from "./outbox-rows.ts";
import type { SenderLeases } from "./sender-leases.ts";

export interface SendersOptions extends Omit<SenderParts, "maySend"> {
  readonly leases: SenderLeases;
}

/** Counting what is owed may take one part in so many of the time. */
const COUNT_SHARE = 50;

/** The senders of this process: one for each enabled endpoint whose lease it holds. */
export class Senders {
  readonly #options: SendersOptions;
  readonly #senders = new Map<string, EndpointSender>();
  /** Those that were taken away and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  #endpoints: readonly WebhookEndpoint[] = [];
  #isStopped = false;

  constructor(options: SendersOptions) {
    this.#options = options;
  }

  /** How many endpoints count as down. */
  get down(): number {
    return [...this.#senders.values()].filter(({ isDown }) => isDown).length;
  }

  /** Takes over a changed list of endpoints. */
  setEndpoints(endpoints: readonly WebhookEndpoint[]): void {
    this.#endpoints = endpoints.filter(({ enabled }) => enabled);
    const byId = new Map(this.#endpoints.map((endpoint) => [endpoint.id, endpoint]));
    for (const [id, sender] of this.#senders) {
      const endpoint = byId.get(id);
      if (endpoint) sender.update(endpoint);
      else this.#drop(id, sender);
    }
  }

  /** Events that have just been written. @param isNext nobody else has written any since those of the last call. */
  offer(events: readonly OwedEvent[], isNext: boolean): void {
    const last = events.at(-1);
    if (!isNext && last) {
      for (const sender of this.#senders.values()) sender.look(last.id);
      return;
    }
    for (const [endpointId, ofEndpoint] of Map.groupBy(events, (event) => event.endpointId)) {
      this.#senders.get(endpointId)?.offer(ofEndpoint);
    }
  }

  /** Keeps the leases, takes those that are free, and looks for what others have written. Call it every second or two. */
  async tick(): Promise<void> {
    const { leases } = this.#options;
    if (this.#isStopped) return;
    await leases.renew();
    await this.#takeLeases();
    for (const [id, sender] of this.#senders) {
      const range = await readOwedRange(this.#options.database, id);
      if (range) sender.look(range.newestId);
      await this.#measure(sender, range?.oldestId);
    }
  }

  /** Counting takes the longer the more there is to count, so it is left out for a while after it has taken long. */
  async #measure({ endpoint: { id, appId } }: EndpointSender, oldestId: string | undefined): Promise<void> {
    const { database, meters } = this.#options;
    if (oldestId === undefined) {
      meters.owedNow.delete(id);
      return;
    }
    const known = meters.owedNow.get(id);
    const oldestMs = EventIds.timeOf(oldestId);
    const startedAtMs = performance.now();
    const isDue = !known || startedAtMs >= known.countAgainAtMs;
    const events = isDue ? await countOwed(database, id) : known.events;
    const countedAtMs = performance.now();
    const countAgainAtMs = isDue
      ? countedAtMs + COUNT_SHARE * (countedAtMs - startedAtMs)
      : known.countAgainAtMs;
    meters.owedNow.set(id, { appId, events, oldestMs, countAgainAtMs });
  }

  /** Starts nothing more; resolves once what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const [id, sender] of this.#senders) this.#drop(id, sender);
    await Promise.all(this.#ending);
  }

  async #takeLeases(): Promise<void> {
    const ids = this.#endpoints.map(({ id }) => id);
    if (ids.length === 0) return;
    const own = await this.#options.leases.acquire(ids);
    if (this.#isStopped) return;
    for (const [id, sender] of this.#senders) if (!own.has(id)) this.#drop(id, sender);
    for (const endpoint of this.#endpoints) {
      if (own.has(endpoint.id) && !this.#senders.has(endpoint.id)) this.#start(endpoint);
    }
  }

  #start(endpoint: WebhookEndpoint): void {
    const { leases } = this.#options;
    const sender = new EndpointSender(endpoint, { ...this.#options, maySend: () => leases.areValid });
    this.#senders.set(endpoint.id, sender);
    sender.pump();
  }

  #drop(id: string, sender: EndpointSender): void {
    this.#senders.delete(id);
    this.#options.meters.owedNow.delete(id);
    const ending = sender.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
