import type { ReceivedEvent, WebhookReceiver } from "../support/webhook-receiver.ts";
import { differenceOf } from "./crowd.ts";

/** What of a cluster is the truth, for receivers of webhooks. */
export interface Truth {
  readonly channels: ReadonlySet<string>;
  readonly usersOn: (channel: string) => ReadonlySet<string>;
}

/** What a receiver of webhooks takes for true by what it was told, each event once. */
export class ToldLedger {
  readonly #receiver: WebhookReceiver;

  constructor(receiver: WebhookReceiver) {
    this.#receiver = receiver;
  }

  /** Resolves once it is what is true; rejects where an event came that changes nothing, since they alternate. */
  async agrees({ channels, usersOn }: Truth, timeoutMs: number): Promise<void> {
    const is = new Set([...channels].flatMap((channel) => [channel, ...membersOf(channel, usersOn)]));
    await this.#receiver.until(
      () => differenceOf(read(this.#receiver.events).there, is) === undefined,
      timeoutMs,
      () => `as told: ${differenceOf(read(this.#receiver.events).there, is)}`,
    );
    const { twice } = read(this.#receiver.events);
    if (twice.length > 0) throw new Error(`told twice: ${twice.join("; ")}`);
  }

  /** How many events were told, and how many of them came more than once. */
  get counts(): { readonly told: number; readonly again: number } {
    const ids = this.#receiver.received.flatMap(({ eventIds }) => eventIds);
    const told = new Set(ids).size;
    return { told, again: ids.length - told };
  }
}

function membersOf(channel: string, usersOn: Truth["usersOn"]): string[] {
  if (!channel.startsWith("presence-")) return [];
  return [...usersOn(channel)].map((userId) => `${channel} ${userId}`);
}

function read(events: readonly ReceivedEvent[]): { there: Set<string>; twice: string[] } {
  const there = new Set<string>();
  const twice: string[] = [];
  for (const { name, channel, user_id: userId } of events) {
    const change = CHANGES[name];
    if (!change) continue;
    const what = change.isMember ? `${channel} ${String(userId)}` : channel;
    if (there.has(what) === change.isThere) twice.push(`${name} of ${what}`);
    if (change.isThere) there.add(what);
    else there.delete(what);
  }
  return { there, twice };
}

const CHANGES: Readonly<Record<string, { readonly isMember: boolean; readonly isThere: boolean }>> = {
  channel_occupied: { isMember: false, isThere: true },
  channel_vacated: { isMember: false, isThere: false },
  member_added: { isMember: true, isThere: true },
  member_removed: { isMember: true, isThere: false },
};
