import { type ChannelName, UsherError } from "@usher/protocol";
import type { Connection } from "./connection.ts";
import type { Restriction } from "./restrictions.ts";

const JUST_COME_MS = 1_000;

type Ban = Extract<Restriction, { kind: "ban" }>;

/** An app's restrictions as look-ups. */
export class RestrictionIndex {
  readonly #bans = new Map<string, Ban>();
  /** The latest watermark of each scope. */
  readonly #watermarks = new Map<string, number>();

  private constructor(restrictions: readonly Restriction[]) {
    for (const restriction of restrictions) {
      if (restriction.kind === "ban") this.#addBan(restriction);
      else this.#addWatermark(scopeOf(restriction.channel, restriction.userId), restriction.atMs);
    }
  }

  /** Undefined where there are none, so that asking costs one look at a field. */
  static of(restrictions: readonly Restriction[]): RestrictionIndex | undefined {
    return restrictions.length === 0 ? undefined : new RestrictionIndex(restrictions);
  }

  /**
   * Why a good signature does not count; undefined when it does.
   *
   * @param channel what it is for; `null` for a sign-in.
   * @param memberId who it makes the connection, besides whoever is signed in on it.
   */
  refusal(
    connection: Connection,
    channel: ChannelName | null,
    memberId: string | undefined,
    nowMs: number,
  ): UsherError | undefined {
    const userIds = [memberId, connection.user?.id].filter((id) => id !== undefined);
    for (const userId of userIds) {
      const ban = this.#bans.get(userId);
      if (ban && (ban.untilMs === null || ban.untilMs > nowMs)) return banError(ban, nowMs);
    }
    // Who signs in is that user on the channels that the connection is on already, too.
    const channels = channel === null ? [...connection.subscriptions.keys()] : [channel];
    const atMs = this.#latestWatermark(channels, userIds);
    // One of the future comes from a server whose clock is ahead. Clients come back at once, so refusing all that is older
    // would have them come back again and again until it is reached; who has just come is let in.
    const oldestMs = atMs > nowMs ? nowMs - JUST_COME_MS : atMs;
    return connection.info.connectedAtMs <= oldestMs ? watermarkError() : undefined;
  }

  #latestWatermark(channels: readonly ChannelName[], userIds: readonly string[]): number {
    let latestMs = Number.NEGATIVE_INFINITY;
    if (this.#watermarks.size === 0) return latestMs;
    for (const channel of [null, ...channels]) {
      for (const userId of [null, ...userIds]) {
        latestMs = Math.max(latestMs, this.#watermarks.get(scopeOf(channel, userId)) ?? latestMs);
      }
    }
    return latestMs;
  }

  #addBan(ban: Ban): void {
    const other = this.#bans.get(ban.userId);
    if (!other || endOf(ban) > endOf(other)) this.#bans.set(ban.userId, ban);
  }

  #addWatermark(scope: string, atMs: number): void {
    const other = this.#watermarks.get(scope) ?? Number.NEGATIVE_INFINITY;
    this.#watermarks.set(scope, Math.max(other, atMs));
  }
}

export function banError({ untilMs, reason }: Ban, nowMs: number): UsherError {
  const duration = untilMs === null ? "" : ` for ${Math.ceil((untilMs - nowMs) / 1000)} more seconds`;
  return new UsherError("user_banned", { duration, reason: becauseOf(reason) });
}

export function watermarkError(): UsherError {
  const reason = "what was signed for connections as old as this one counts no more";
  return new UsherError("reauthorization_required", { reason });
}

/** A reason as the end of a sentence. */
export function becauseOf(reason: string | null): string {
  return reason === null ? "" : `: ${reason}`;
}

function endOf({ untilMs }: Ban): number {
  return untilMs ?? Number.POSITIVE_INFINITY;
}

/** One text for each scope: no channel's name has a newline, and the empty name is none. */
function scopeOf(channel: string | null, userId: string | null): string {
  return userId === null ? (channel ?? "") : `${channel ?? ""}\n${userId}`;
}
