import { type Kysely, sql } from "kysely";
import type { Tables } from "../store/tables.ts";
import { chunks, iso, type StateChange, stateKey } from "./outbox-rows.ts";

type Db = Kysely<Tables>;

export interface Arbitration {
  /** For each of the changes: are receivers to be told of it? */
  readonly isOwed: readonly boolean[];
  /** What receivers take for being there after all of them, each of what they were about once. */
  readonly states: readonly StateChange[];
}

/**
 * Decides, where several nodes see the same things come and go, what receivers are to be told, and writes down what they
 * have been told then.
 *
 * Nodes may notice a change late, twice, or in another order than it happened. What was told before is what counts: that
 * something came is owed if it was not told, that it left if it was. What has come back since it left, on whatever node,
 * has not left; clocks of servers may differ by a few seconds, which only makes that patience shorter.
 *
 * @param changes in the order of their making; undefined for an event that is about something else.
 * @param nowMs when this is decided: what is said to have come later than that is not believed.
 */
export async function arbitrate(
  transaction: Db,
  keeperId: string,
  changes: readonly (StateChange | undefined)[],
  nowMs: number,
): Promise<Arbitration> {
  const pictures = await readPictures(transaction, keeperId, changes);
  const members = await readMembers(transaction, keeperId, [...pictures.values()], nowMs);
  const isOwed = changes.map((change) => {
    const picture = change && pictures.get(keyOf(change));
    if (!picture) return true;
    const left = members.get(keyOf(change)) ?? [];
    const hasMembers = left.some((key) => pictures.get(key)?.isTold ?? true);
    return decide(picture, change, hasMembers, nowMs);
  });
  await writePictures(transaction, keeperId, [...pictures.values()]);
  const states = [...pictures.values()].map(({ change, isTold }) => ({ ...change, isHere: isTold }));
  return { isOwed, states };
}

/** What receivers take for being there, of one channel or member. */
interface Picture {
  /** The last one. */
  change: StateChange;
  readonly wasTold: boolean;
  isTold: boolean;
  cameAt: string | null;
}

function decide(picture: Picture, change: StateChange, hasMembers: boolean, nowMs: number): boolean {
  picture.change = change;
  if (change.isHere) {
    const isNews = !picture.isTold;
    picture.isTold = true;
    picture.cameAt = iso(change.atMs);
    return isNews;
  }
  if (!picture.isTold || hasMembers || hasReturned(picture, change.atMs, nowMs)) return false;
  picture.isTold = false;
  return true;
}

function hasReturned({ cameAt }: Picture, leftAtMs: number, nowMs: number): boolean {
  return cameAt !== null && cameAt > iso(leftAtMs - SAME_TIME_MS) && cameAt <= iso(nowMs);
}

/**
 * Two nodes hear of what left and came back at once in any order, and their clocks differ a little. For a visit shorter than
 * this it means that its end is told some seconds later.
 */
const SAME_TIME_MS = 250;

async function readPictures(
  db: Db,
  keeperId: string,
  changes: readonly (StateChange | undefined)[],
): Promise<Map<string, Picture>> {
  const about = new Map<string, StateChange>();
  for (const change of changes) if (change) about.set(keyOf(change), change);
  const pictures = new Map<string, Picture>();
  for (const some of chunks([...about.values()])) {
    const rows = await db
      .selectFrom("webhook_states")
      .select(["app_id", "channel", "member", "came_at"])
      .where("sender_id", "=", keeperId)
      .where(isOneOf(some))
      .execute();
    const cameAt = new Map(rows.map((row) => [printKey(row), row.came_at]));
    for (const change of some) {
      const key = keyOf(change);
      const wasTold = cameAt.has(key);
      pictures.set(key, { change, wasTold, isTold: wasTold, cameAt: cameAt.get(key) ?? null });
    }
  }
  return pictures;
}

/**
 * Members by the channel whose end may be told. After a channel has come and gone among nodes within seconds, one node may
 * notice that it is gone while another is about to notice the same of a member: the member's end is told first.
 */
async function readMembers(
  db: Db,
  keeperId: string,
  pictures: readonly Picture[],
  nowMs: number,
): Promise<Map<string, readonly string[]>> {
  const recently = iso(nowMs - MEMBERS_FIRST_MS);
  const members = new Map<string, readonly string[]>();
  for (const { change, cameAt } of pictures) {
    if (change.isHere || change.userId !== undefined || cameAt === null || cameAt < recently) continue;
    const rows = await db
      .selectFrom("webhook_states")
      .select(["app_id", "channel", "member"])
      .where("sender_id", "=", keeperId)
      .where("app_id", "=", change.appId)
      .where("channel", "=", change.channel)
      .where("member", "!=", "")
      .execute();
    members.set(keyOf(change), rows.map(printKey));
  }
  return members;
}

/** For so long; of members nobody may follow any more. */
const MEMBERS_FIRST_MS = 30_000;

async function writePictures(db: Db, keeperId: string, pictures: readonly Picture[]): Promise<void> {
  // What was left as it was is written again: it is as much work as to find out.
  for (const some of chunks(pictures.filter(({ isTold }) => isTold))) {
    await db
      .insertInto("webhook_states")
      .values(
        some.map(({ change, cameAt }) => ({ ...stateKey(change), sender_id: keeperId, came_at: cameAt })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["app_id", "channel", "member", "sender_id"])
          .doUpdateSet((eb) => ({ came_at: eb.ref("excluded.came_at") })),
      )
      .execute();
  }
  for (const some of chunks(pictures.filter(({ wasTold, isTold }) => wasTold && !isTold))) {
    await db
      .deleteFrom("webhook_states")
      .where("sender_id", "=", keeperId)
      .where(isOneOf(some.map(({ change }) => change)))
      .execute();
  }
}

/** A condition on rows of states. In the form that both databases take. */
export function isOneOf(about: readonly Pick<StateChange, "appId" | "channel" | "userId">[]) {
  const keys = about.map((each) => {
    const { app_id, channel, member } = stateKey(each);
    return sql`(${app_id}, ${channel}, ${member})`;
  });
  return sql<boolean>`(app_id, channel, member) in (values ${sql.join(keys)})`;
}

function keyOf(about: Pick<StateChange, "appId" | "channel" | "userId">): string {
  return printKey(stateKey(about));
}

export function printKey(row: {
  readonly app_id: string;
  readonly channel: string;
  readonly member: string;
}): string {
  return `${row.app_id}\n${row.channel}\n${row.member}`;
}
