import type { EntryContent } from "./console-entry.ts";
import type { EntryFilter } from "./entry-filter.ts";
import { Viewer } from "./viewer.ts";

/** More would mean that somebody forgot to close them; each costs the server a little for every entry. */
const MOST_VIEWERS = 50;

/** The debug console: hands on what happens to whoever looks, and costs nothing while nobody does. */
export class Console {
  readonly #now: () => number;
  readonly #viewers = new Map<string, Set<Viewer>>();
  #viewerCount = 0;
  #lastId = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Ask this before working anything out for `add`. */
  isWatched(appId: string): boolean {
    return this.#viewerCount > 0 && this.#viewers.has(appId);
  }

  add(appId: string, content: EntryContent): void {
    const viewers = this.#viewers.get(appId);
    if (!viewers) return;
    const entry = { id: ++this.#lastId, atMs: this.#now(), ...content };
    for (const viewer of viewers) viewer.offer(entry);
  }

  /** Lets somebody look at an app; undefined when too many do already. Whoever looks must be shown out again. */
  admit(appId: string, filter: EntryFilter): Viewer | undefined {
    if (this.#viewerCount >= MOST_VIEWERS) return undefined;
    const viewer = new Viewer(filter);
    const viewers = this.#viewers.get(appId) ?? new Set();
    this.#viewers.set(appId, viewers.add(viewer));
    this.#viewerCount++;
    return viewer;
  }

  showOut(appId: string, viewer: Viewer): void {
    const viewers = this.#viewers.get(appId);
    if (!viewers?.delete(viewer)) return;
    this.#viewerCount--;
    if (viewers.size === 0) this.#viewers.delete(appId);
  }
}
