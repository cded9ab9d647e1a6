import type { UseKind } from "../store/tables.ts";

/** What is known of the use of one secret, for people who are about to activate or revoke it. Times are ISO 8601, UTC. */
export interface SecretUse {
  /** Since when its uses would have been seen, if the server ran: longer than there is the secret, maybe. */
  readonly observedSince: string;
  readonly firstUsedAt: string | null;
  readonly lastUsedAt: string | null;
  /** By the hour: an hour of which the last use is within 24 hours counts whole. */
  readonly countLast24Hours: number;
  readonly byKind: Readonly<Record<UseKind, KindUse>>;
  /** Who used it in the last two days, the latest first; at most 50. */
  readonly clients: readonly ClientUse[];
}

export interface KindUse {
  readonly countLast24Hours: number;
  readonly lastUsedAt: string | null;
}

export interface ClientUse {
  /** A library, such as `pusher-http-node 5.3.4`; `other` stands for all those beyond what is told apart. */
  readonly client: string;
  /** `null` where it is not known, and where several are counted together. */
  readonly address: string | null;
  readonly kind: UseKind;
  /** In the last 24 hours. */
  readonly count: number;
  readonly lastUsedAt: string;
}

/** Uses by one client at one address, for one kind. */
export interface RecordedUses {
  readonly secretId: string;
  readonly kind: UseKind;
  readonly client: string;
  readonly address: string | null;
  /** Within the time that was asked for. */
  readonly count: number;
  readonly lastAtMs: number;
}

export interface Lifetime {
  readonly secretId: string;
  readonly kind: UseKind;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Counts are of this long. */
export const COUNTED_MS = 24 * 3_600_000;

const MOST_CLIENTS = 50;

/**
 * Sums up what was recorded of one secret.
 *
 * @param lifetimes and `uses` of this secret alone; those of one kind, client and address add up.
 */
export function summarize(
  lifetimes: readonly Lifetime[],
  uses: readonly RecordedUses[],
  sinceMs: number,
): SecretUse {
  const lastAtMs = lifetimes.map((lifetime) => lifetime.lastAtMs);
  return {
    observedSince: iso(sinceMs),
    firstUsedAt: isoOrNull(
      lifetimes.map((lifetime) => lifetime.firstAtMs),
      Math.min,
    ),
    lastUsedAt: isoOrNull(lastAtMs, Math.max),
    countLast24Hours: total(uses),
    byKind: {
      http_api: kindUse("http_api", lifetimes, uses),
      channel: kindUse("channel", lifetimes, uses),
      user: kindUse("user", lifetimes, uses),
    },
    clients: clientUses(uses),
  };
}

function kindUse(kind: UseKind, lifetimes: readonly Lifetime[], uses: readonly RecordedUses[]): KindUse {
  const ofKind = lifetimes.filter((lifetime) => lifetime.kind === kind);
  return {
    countLast24Hours: total(uses.filter((each) => each.kind === kind)),
    lastUsedAt: isoOrNull(
      ofKind.map(({ lastAtMs }) => lastAtMs),
      Math.max,
    ),
  };
}

function total(uses: readonly RecordedUses[]): number {
  return uses.reduce((sum, { count }) => sum + count, 0);
}

function clientUses(uses: readonly RecordedUses[]): ClientUse[] {
  const sums = new Map<string, RecordedUses>();
  for (const each of uses) {
    const key = [each.kind, each.address, each.client].join("\n");
    const before = sums.get(key);
    const count = each.count + (before?.count ?? 0);
    sums.set(key, { ...each, count, lastAtMs: Math.max(each.lastAtMs, before?.lastAtMs ?? 0) });
  }
  return [...sums.values()]
    .sort((one, other) => other.lastAtMs - one.lastAtMs || other.count - one.count)
    .slice(0, MOST_CLIENTS)
    .map(({ client, address, kind, count, lastAtMs }) => ({
      client,
      address,
      kind,
      count,
      lastUsedAt: iso(lastAtMs),
    }));
}

function isoOrNull(times: readonly number[], choose: (...times: number[]) => number): string | null {
  return times.length === 0 ? null : iso(choose(...times));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
