/**
 * What happened to one app, or to all of them, in one stretch of time. Everything is a whole number and adds up, so no
 * roll-up loses anything.
 */
export interface Bucket {
  /** Looks, one every 10 s, that connections and channels are the sums of. */
  readonly slots: number;
  readonly connections: number;
  /** The most connections at once. */
  readonly peak: number;
  readonly channels: number;
  /** What was counted, by name; what never happened is left out. */
  readonly counts: Counts;
}

export type Counts = Readonly<Record<string, number>>;

/** What several servers saw at the same time. */
export function atOnce(buckets: readonly Bucket[]): Bucket {
  return { ...sum(buckets), slots: Math.max(...buckets.map(({ slots }) => slots)) };
}

/** What was seen in stretches that follow one another. */
export function inSequence(buckets: readonly Bucket[]): Bucket {
  return { ...sum(buckets), peak: Math.max(...buckets.map(({ peak }) => peak)) };
}

function sum(buckets: readonly Bucket[]): Bucket {
  const total = { slots: 0, connections: 0, peak: 0, channels: 0 };
  const counts: Record<string, number> = {};
  for (const bucket of buckets) {
    total.slots += bucket.slots;
    total.connections += bucket.connections;
    total.peak += bucket.peak;
    total.channels += bucket.channels;
    for (const [name, count] of Object.entries(bucket.counts)) counts[name] = (counts[name] ?? 0) + count;
  }
  return { ...total, counts };
}
