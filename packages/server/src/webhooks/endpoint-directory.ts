import type { Database } from "../store/database.ts";
import { takes, type WebhookEndpoint } from "./endpoint.ts";
import type { EndpointStore } from "./endpoint-store.ts";
import type { WebhookEventType } from "./event-types.ts";

export interface EndpointDirectoryOptions {
  readonly database: Pick<Database, "revision">;
  readonly store: Pick<EndpointStore, "list">;
  readonly pollIntervalMs: number;
  /** Called after the directory shows the change, with every endpoint there is. */
  readonly onChange: (endpoints: readonly WebhookEndpoint[]) => void;
  /** Called once for each spell in which the store cannot be read. */
  readonly onError: (error: unknown) => void;
}

/** The endpoints as the hot path reads them: in memory, without waiting. Follows the store's revision. */
export class EndpointDirectory {
  readonly #options: EndpointDirectoryOptions;
  #revision = Number.NaN;
  #printed = "";
  #interests: ReadonlyMap<string, Interest> = new Map();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isStopped = false;

  constructor(options: EndpointDirectoryOptions) {
    this.#options = options;
  }

  /** Reads once, throwing if that fails, and follows from then on. */
  async open(): Promise<void> {
    await this.#read();
    this.#schedule();
  }

  /** What an app's endpoints want; undefined when it has none that is enabled. */
  interestOf(appId: string): Interest | undefined {
    return this.#interests.get(appId);
  }

  /** Shows what has been committed so far; never throws. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#tryRead());
    return this.#refreshing;
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    return this.#refreshing;
  }

  async #tryRead(): Promise<void> {
    if (this.#isStopped) return;
    try {
      await this.#read();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error);
      this.#isFailing = true;
    }
  }

  async #read(): Promise<void> {
    const { database, store, onChange } = this.#options;
    const revision = await database.revision();
    if (revision === this.#revision) return;
    const endpoints = await store.list();
    this.#revision = revision;
    const printed = JSON.stringify(endpoints);
    if (printed === this.#printed || this.#isStopped) return;
    this.#printed = printed;
    this.#interests = interestsOf(endpoints);
    onChange(endpoints);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(
      () => void this.refresh().then(() => this.#schedule()),
      this.#options.pollIntervalMs,
    );
    this.#timer.unref();
  }
}

/** What the enabled endpoints of one app want to hear of. */
export class Interest {
  readonly #endpoints: readonly WebhookEndpoint[];

  constructor(endpoints: readonly WebhookEndpoint[]) {
    this.#endpoints = endpoints;
  }

  /** Those that get events of this type on this channel. */
  endpointsFor(type: WebhookEventType, channel: string): readonly WebhookEndpoint[] {
    return this.#endpoints.filter((endpoint) => takes(endpoint, type, channel));
  }

  /** Does anybody follow who comes to this channel and who leaves it? */
  follows(types: readonly WebhookEventType[], channel: string): boolean {
    return this.#endpoints.some((endpoint) => types.some((type) => takes(endpoint, type, channel)));
  }
}

function interestsOf(endpoints: readonly WebhookEndpoint[]): Map<string, Interest> {
  const enabled = endpoints.filter((endpoint) => endpoint.enabled);
  const byApp = Map.groupBy(enabled, ({ appId }) => appId);
  return new Map([...byApp].map(([appId, ofApp]) => [appId, new Interest(ofApp)]));
}
