import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import {
  type ClaimChange,
  type ClaimMessage,
  type ClaimOutcome,
  LeaseOverError,
  type PlaceRef,
  type PlaceStore,
} from "../place-store.ts";

export interface StoreNode {
  readonly store: PlaceStore;
  /** What arrived, in order. */
  readonly heard: { readonly ref: PlaceRef; readonly message: ClaimMessage }[];
}

/** A store without anything in it, and the nodes that use it. */
export interface StoreBench {
  connect(): Promise<StoreNode>;
  /** Looks again and again, while time passes, until it is so. */
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/**
 * What every place store promises.
 *
 * @param openBench with the usual leases, or with some that a test can see end.
 */
export function describePlaceStore(
  name: string,
  openBench: (lease: "usual" | "short") => Promise<StoreBench>,
): void {
  describe(name, () => {
    let bench: StoreBench;
    let a: StoreNode;
    let b: StoreNode;
    let serial = 0;
    beforeEach(() => start("usual"));
    afterEach(() => bench.close());

    async function start(lease: "usual" | "short"): Promise<void> {
      bench = await openBench(lease);
      a = await bench.connect();
      b = await bench.connect();
      await a.store.renew(A, ABOUT);
      await b.store.renew(B, ABOUT);
    }

    const change = (parts: Partial<ClaimChange>): ClaimChange => ({
      serial: ++serial,
      isFull: false,
      subscriptions: 1,
      set: [],
      gone: [],
      ...parts,
    });

    test("the first claim occupies a place and the last one vacates it, whoever makes them", async () => {
      expect(await a.store.claim(ROOM, A, change({}))).toMatchObject({ ...NO_NEWS, becameOccupied: true });
      expect(await b.store.claim(ROOM, B, change({ subscriptions: 2 }))).toMatchObject(NO_NEWS);
      expect(await a.store.claim(ROOM, A, change({ subscriptions: 0 }))).toMatchObject(NO_NEWS);
      const last = await b.store.claim(ROOM, B, change({ subscriptions: 0 }));
      expect(last).toMatchObject({ ...NO_NEWS, becameVacant: true });
    });

    test("a member is added with the first identity that has it and removed with the last", async () => {
      const added = await a.store.claim(ROOM, A, change({ set: [["ada", '{"name":"Ada"}']] }));
      expect(added.membersAdded).toEqual(["ada"]);
      const again = await b.store.claim(ROOM, B, change({ set: [["ada", null]] }));
      expect(again).toMatchObject(NO_NEWS);
      const renamed = await a.store.claim(ROOM, A, change({ set: [["ada", '{"name":"A."}']] }));
      expect(renamed).toMatchObject(NO_NEWS);
      expect(await a.store.claim(ROOM, A, change({ gone: ["ada"] }))).toMatchObject(NO_NEWS);
      const removed = await b.store.claim(ROOM, B, change({ gone: ["ada"], subscriptions: 0 }));
      expect(removed).toMatchObject({ ...NO_NEWS, membersRemoved: ["ada"] });
    });

    test("a full change leaves nothing of what was claimed before", async () => {
      await a.store.claim(
        ROOM,
        A,
        change({
          set: [
            ["ada", null],
            ["bob", "1"],
          ],
        }),
      );
      await b.store.claim(ROOM, B, change({ set: [["bob", "2"]] }));
      const outcome = await a.store.claim(
        ROOM,
        A,
        change({ isFull: true, subscriptions: 3, set: [["cy", null]] }),
      );
      expect(outcome).toMatchObject({ ...NO_NEWS, membersAdded: ["cy"], membersRemoved: ["ada"] });
      const { claims } = await b.store.open(ROOM);
      expect(claims.get(A)).toEqual({ subscriptions: 3, members: new Map([["cy", null]]) });
      expect(claims.get(B)).toEqual({ subscriptions: 1, members: new Map([["bob", "2"]]) });
    });

    test("who opens a place has a snapshot, and every later change in order and without a hole", async () => {
      await a.store.claim(ROOM, A, change({ set: [["ada", null]] }));
      const { version, claims } = await b.store.open(ROOM);
      expect(claims).toEqual(new Map([[A, { subscriptions: 1, members: new Map([["ada", null]]) }]]));
      const changes = [
        change({ subscriptions: 2, set: [["bob", "{}"]] }),
        change({ subscriptions: 1, gone: ["ada"] }),
        change({ isFull: true, subscriptions: 5 }),
      ];
      for (const each of changes) await a.store.claim(ROOM, A, each);
      await a.store.claim(OTHER_ROOM, A, change({}));
      await bench.until(() => b.heard.length >= 3);
      expect(b.heard).toEqual(
        changes.map(({ serial: _, ...news }, index) => ({
          ref: ROOM,
          message: { version: version + 1 + index, follows: version + index, identity: A, ...news },
        })),
      );
    });

    test("who has closed a place hears nothing of it any more", async () => {
      await b.store.open(ROOM);
      await b.store.open(OTHER_ROOM);
      await b.store.close(ROOM);
      await a.store.claim(ROOM, A, change({}));
      await a.store.claim(OTHER_ROOM, A, change({}));
      await bench.until(() => b.heard.length > 0);
      expect(b.heard.map(({ ref }) => ref)).toEqual([OTHER_ROOM]);
    });

    test("a place that was forgotten goes on with higher numbers, which follow nothing", async () => {
      await a.store.claim(ROOM, A, change({}));
      const last = await a.store.claim(ROOM, A, change({ subscriptions: 0 }));
      expect(await b.store.open(ROOM)).toEqual({ version: 0, claims: new Map() });
      const next = await a.store.claim(ROOM, A, change({}));
      expect(next.version).toBeGreaterThan(last.version);
      await bench.until(() => b.heard.length > 0);
      expect(b.heard.map(({ message }) => message)).toMatchObject([{ version: next.version, follows: 0 }]);
    });

    test("a change that is asked for again is answered again and made once; an older one is refused", async () => {
      await b.store.open(ROOM);
      const older = change({ subscriptions: 7 });
      const repeated = change({ set: [["ada", null]] });
      const first = await a.store.claim(ROOM, A, repeated);
      expect(await a.store.claim(ROOM, A, repeated)).toEqual(first);
      await expect(a.store.claim(ROOM, A, older)).rejects.toThrow("older");
      expect((await b.store.open(ROOM)).version).toBe(first.version);
    });

    test("user ids and information of any text come back as they were", async () => {
      const members = ["a|b", "{x}", "", "é\n😀", "__proto__", "1"].map(
        (userId) => [userId, `"${userId}"`] as const,
      );
      const outcome = await a.store.claim(ROOM, A, change({ set: members }));
      expect(outcome.membersAdded.toSorted()).toEqual(members.map(([userId]) => userId).toSorted());
      expect((await b.store.open(ROOM)).claims.get(A)?.members).toEqual(new Map(members));
      const user: PlaceRef = { appId: "app/{1}", place: { kind: "user", userId: "a|{b}/\n😀" } };
      await b.store.open(user);
      await a.store.claim(user, A, change({}));
      await bench.until(() => b.heard.length > 0);
      expect(b.heard[0]?.ref).toEqual(user);
    });

    test("many places are looked at in the order that was asked for, of any app", async () => {
      await a.store.claim(ROOM, A, change({ subscriptions: 2 }));
      await b.store.claim(ROOM, B, change({ subscriptions: 3 }));
      const foreign: PlaceRef = { ...ROOM, appId: "4" };
      const looks = await b.store.look([OTHER_ROOM, ROOM, foreign]);
      expect(
        looks.map(({ claims }) => [...claims.values()].map(({ subscriptions }) => subscriptions).toSorted()),
      ).toEqual([[], [2, 3], []]);
      expect(await b.store.versions([OTHER_ROOM, ROOM, foreign])).toEqual(
        looks.map(({ version }) => version),
      );
    });

    test("that a place or a member is claimed can be told without reading all of it, until the last claim ends", async () => {
      const told = () =>
        Promise.all([undefined, "ann", "bob"].map((userId) => b.store.isClaimed(ROOM, userId)));
      expect(await told()).toEqual([false, false, false]);
      await a.store.claim(ROOM, A, change({ set: [["ann", null]] }));
      await b.store.claim(ROOM, B, change({ set: [["ann", '{"on":"b"}']] }));
      expect(await told()).toEqual([true, true, false]);
      await a.store.claim(ROOM, A, change({ subscriptions: 0, isFull: true }));
      expect(await told()).toEqual([true, true, false]);
      await b.store.claim(ROOM, B, change({ gone: ["ann"] }));
      expect(await told()).toEqual([true, false, false]);
      await b.store.claim(ROOM, B, change({ subscriptions: 0 }));
      expect(await told()).toEqual([false, false, false]);
    });

    test("an app's occupied channels are those of every live identity, and no users", async () => {
      await a.store.claim(ROOM, A, change({}));
      await b.store.claim(ROOM, B, change({}));
      await b.store.claim(OTHER_ROOM, B, change({}));
      await b.store.claim({ appId: "3", place: { kind: "user", userId: "ada" } }, B, change({}));
      await b.store.claim({ ...ROOM, appId: "4" }, B, change({}));
      const channels = async () => (await a.store.channelsOf("3")).toSorted();
      expect(await channels()).toEqual(["other-room", "presence-room"] as ChannelName[]);
      await b.store.claim(OTHER_ROOM, B, change({ subscriptions: 0 }));
      expect(await channels()).toEqual(["presence-room"] as ChannelName[]);
      expect(await a.store.channelsOf("5")).toEqual([]);
    });

    test("an identity is registered once and lives as long as it renews", async () => {
      const roll = await a.store.renew(A, ABOUT);
      expect(roll).toMatchObject({ standing: "renewed", unreaped: [] });
      expect(roll.alive.toSorted()).toEqual([A, B]);
      expect((await a.store.renew("c.1", ABOUT)).standing).toBe("registered");
    });

    test("who does not renew is judged, fenced for ever, and changes nothing any more", async () => {
      await bench.close();
      await start("short");
      await a.store.claim(ROOM, A, change({}));
      await bench.until(async () => !(await b.store.renew(B, ABOUT)).alive.includes(A));
      expect((await b.store.renew(B, ABOUT)).unreaped).toEqual([A]);
      await expect(a.store.claim(ROOM, A, change({ subscriptions: 9 }))).rejects.toThrow(LeaseOverError);
      expect((await b.store.open(ROOM)).claims.get(A)?.subscriptions).toBe(1);
      expect((await a.store.renew(A, ABOUT)).standing).toBe("fenced");
      expect((await a.store.renew("a.2", ABOUT)).standing).toBe("registered");
    });

    test("who is fenced is told what became of its last change, reaped or not, and changes nothing any more", async () => {
      await bench.close();
      await start("short");
      const last = change({ set: [["ada", null]] });
      const outcome = await a.store.claim(ROOM, A, last);
      await bench.until(async () => (await b.store.renew(B, ABOUT)).unreaped.includes(A));
      expect((await a.store.renew(A, ABOUT)).standing).toBe("fenced");

      const expectNothingMore = async (): Promise<void> => {
        expect(await a.store.claim(ROOM, A, last)).toEqual(outcome);
        await expect(a.store.claim(ROOM, A, change({ subscriptions: 9 }))).rejects.toThrow(LeaseOverError);
        await expect(a.store.claim(OTHER_ROOM, A, change({}))).rejects.toThrow(LeaseOverError);
      };
      await expectNothingMore();
      const reaped = await b.store.reap(A, B, []);
      expect(reaped.places).toMatchObject([{ outcome: { membersRemoved: ["ada"] } }]);
      await expectNothingMore();
      for (const { claims } of await b.store.look([ROOM, OTHER_ROOM])) expect(claims.size).toBe(0);
    });

    test("what a dead identity claimed is reaped once, told until it is heard, and published like a change", async () => {
      const refs = Array.from({ length: 8 }, (_, index) => room(`room-${index}`));
      for (const ref of refs) await a.store.claim(ref, A, change({ set: [["ada", null]] }));
      await b.store.claim(room("room-0"), B, change({ set: [["ada", null]] }));
      await b.store.open(room("room-0"));
      await a.store.leave(A);
      await bench.until(async () => (await b.store.renew(B, ABOUT)).unreaped.includes(A));

      const lost = await b.store.reap(A, B, []);
      expect(lost.places.length).toBeGreaterThan(0);
      expect(await a.store.reap(A, "a.2", [])).toEqual({ places: [], hasMore: false });
      const outcomes = new Map<string, ClaimOutcome[]>();
      let heard: readonly PlaceRef[] = [];
      for (let hasMore = true; hasMore || heard.length > 0; ) {
        const reaped = await b.store.reap(A, B, heard);
        for (const { ref, outcome } of reaped.places) {
          const key = ref.place.kind === "channel" ? ref.place.channel : "";
          outcomes.set(key, [...(outcomes.get(key) ?? []), outcome]);
        }
        heard = reaped.places.map(({ ref }) => ref);
        hasMore = reaped.hasMore;
      }
      expect([...outcomes.keys()].toSorted()).toEqual(refs.map((_, index) => `room-${index}`));
      for (const [key, told] of outcomes) {
        const expected =
          key === "room-0" ? NO_NEWS : { ...NO_NEWS, becameVacant: true, membersRemoved: ["ada"] };
        for (const outcome of told) expect(outcome).toMatchObject(expected);
        expect(new Set(told.map(({ version }) => version)).size).toBe(1);
      }
      for (const { ref, outcome } of lost.places) {
        const key = ref.place.kind === "channel" ? ref.place.channel : "";
        expect(outcomes.get(key)?.[0]).toEqual(outcome);
      }
      await bench.until(() => b.heard.length > 0);
      expect(b.heard).toMatchObject([
        { message: { identity: A, isFull: true, subscriptions: 0, set: [], gone: [] } },
      ]);
      expect((await b.store.renew(B, ABOUT)).unreaped).toEqual([]);
      expect(await b.store.reap(A, B, [])).toEqual({ places: [], hasMore: false });
    });
  });
}

const A = "a.1";
const B = "b.1";
const ABOUT = { name: "host:1", version: "1" };
const ROOM = room("presence-room");
const OTHER_ROOM = room("other-room");
const NO_NEWS = { becameOccupied: false, becameVacant: false, membersAdded: [], membersRemoved: [] };

function room(channel: string): PlaceRef {
  return { appId: "3", place: { kind: "channel", channel: channel as ChannelName } };
}
