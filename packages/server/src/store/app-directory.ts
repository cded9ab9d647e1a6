import type { App, AppKey } from "@usher/hub";
import type { AppStore, StoredApp } from "./app-store.ts";

export interface AppDirectoryOptions {
  readonly pollIntervalMs: number;
  /** Called after the directory shows the change. */
  readonly onChange: (changes: readonly AppChange[]) => void;
  /** Called when another revision shows, after `onChange`; `refresh()` waits for it. Must not throw. */
  readonly onApplied?: (revision: number) => void | Promise<void>;
  /** Called once for each spell in which the store cannot be read; the directory goes on with what it knows. */
  readonly onError: (error: unknown) => void;
}

/** One app as it was and is: without `before` it is new, without `after` it is gone. */
export interface AppChange {
  readonly before?: StoredApp;
  readonly after?: StoredApp;
}

/**
 * The apps as the hot path reads them: in memory, without waiting.
 *
 * A change made in this process shows after `refresh()`, one made in another within the polling interval. An app that
 * did not change stays the same object.
 */
export class AppDirectory {
  readonly #store: Pick<AppStore, "list" | "revision">;
  readonly #options: AppDirectoryOptions;
  #snapshot: Snapshot = snapshotOf([], Number.NaN);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isStopped = false;

  private constructor(store: Pick<AppStore, "list" | "revision">, options: AppDirectoryOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Reads the store once, throwing if that fails, and watches it from then on. */
  static async open(
    store: Pick<AppStore, "list" | "revision">,
    options: AppDirectoryOptions,
  ): Promise<AppDirectory> {
    const directory = new AppDirectory(store, options);
    directory.#snapshot = await readSnapshot(store, directory.#snapshot);
    directory.#schedule();
    return directory;
  }

  byId(id: string): StoredApp | undefined {
    return this.#snapshot.byId.get(id);
  }

  byKey(key: string): KeyedApp | undefined {
    return this.#snapshot.byKey.get(key);
  }

  /** The oldest first; the same list until an app changes. */
  all(): readonly StoredApp[] {
    return this.#snapshot.apps;
  }

  /** The store's revision whose apps it shows, or a later one's. */
  get revision(): number {
    return this.#snapshot.revision;
  }

  /** Shows what has been committed so far. Call it after a write of one's own; never throws. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#read());
    return this.#refreshing;
  }

  /** Ends the watch; resolves when the store is no longer in use. What is known stays readable. */
  stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    if (this.#isStopped) return;
    try {
      const before = this.#snapshot;
      const isCurrent = (await this.#store.revision()) === before.revision;
      if (!isCurrent) this.#snapshot = await readSnapshot(this.#store, before);
      this.#isFailing = false;
      const changes = isCurrent || this.#isStopped ? [] : changesBetween(before, this.#snapshot);
      if (changes.length > 0) this.#options.onChange(changes);
      if (!isCurrent && !this.#isStopped) await this.#options.onApplied?.(this.#snapshot.revision);
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error);
      this.#isFailing = true;
    }
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

export interface KeyedApp {
  readonly app: App;
  readonly appKey: AppKey;
}

interface Snapshot {
  readonly revision: number;
  readonly apps: readonly StoredApp[];
  readonly byId: ReadonlyMap<string, StoredApp>;
  readonly byKey: ReadonlyMap<string, KeyedApp>;
}

async function readSnapshot(store: Pick<AppStore, "list" | "revision">, before: Snapshot): Promise<Snapshot> {
  // The revision first: a change that comes in between is then read once more, never missed.
  const revision = await store.revision();
  const apps = await store.list();
  return snapshotOf(
    apps.map((app) => unchanged(before.byId.get(app.id), app) ?? app),
    revision,
  );
}

function snapshotOf(apps: readonly StoredApp[], revision: number): Snapshot {
  return {
    revision,
    apps,
    byId: new Map(apps.map((app) => [app.id, app])),
    byKey: new Map(apps.flatMap((app) => app.keys.map((appKey) => [appKey.key, { app, appKey }]))),
  };
}

function unchanged(before: StoredApp | undefined, after: StoredApp): StoredApp | undefined {
  // Both were built by the same code, so equal apps print alike.
  return before && JSON.stringify(before) === JSON.stringify(after) ? before : undefined;
}

function changesBetween(before: Snapshot, after: Snapshot): AppChange[] {
  const changed = after.apps.flatMap((app): AppChange[] => {
    const former = before.byId.get(app.id);
    if (former === app) return [];
    return [former ? { before: former, after: app } : { after: app }];
  });
  const gone = before.apps.filter((app) => !after.byId.has(app.id)).map((app) => ({ before: app }));
  return [...changed, ...gone];
}
