import { beforeEach, describe, expect, test } from "bun:test";
import type { Here } from "@usher/hub";
import { OwnClaim } from "./own-claim.ts";

function here(subscriptions: number, ...userIds: string[]): Here {
  const members = new Map(userIds.map((userId) => [userId, { userId, userInfoJson: undefined }]));
  return { isWanted: true, isOpen: true, subscriptions, members };
}

describe("OwnClaim", () => {
  let claim: OwnClaim;
  let serial: number;
  const next = (now: Here, identity = "me.1") => claim.next(identity, now, () => ++serial)?.change;

  beforeEach(() => {
    claim = new OwnClaim();
    serial = 0;
  });

  test("sends what is different, one change at a time", () => {
    expect(next(here(0))).toBeUndefined();
    expect(next(here(1, "1"))).toEqual({
      isFull: false,
      subscriptions: 1,
      set: [["1", null]],
      gone: [],
      serial: 1,
    });
    expect(next(here(2, "1", "2"))).toBeUndefined();
    claim.answered("me.1");
    expect(next(here(2, "2"))).toEqual({
      isFull: false,
      subscriptions: 2,
      set: [["2", null]],
      gone: ["1"],
      serial: 2,
    });
    claim.answered("me.1");
    expect(claim.differsFrom(here(2, "2"))).toBe(false);
    expect([claim.isMinor(here(3, "2")), claim.isMinor(here(0, "2")), claim.isMinor(here(3))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("sends a change again as it was when its answer was lost, and then the rest", () => {
    const first = next(here(1, "1"));
    claim.failed(false);
    expect(next(here(1, "2"))).toEqual(first as NonNullable<typeof first>);
    claim.answered("me.1");
    expect(next(here(1, "2"))).toMatchObject({ set: [["2", null]], gone: ["1"], serial: 2 });
  });

  test("forgets a change that certainly was not made", () => {
    next(here(1));
    claim.failed(true);
    expect(claim.isNone).toBe(true);
    expect(next(here(1))).toMatchObject({ subscriptions: 1, serial: 2 });
  });

  test("says everything when the store may have forgotten, also what was under way then", () => {
    next(here(1, "1"));
    claim.distrust();
    claim.answered("me.1");
    expect(claim.differsFrom(here(1, "1"))).toBe(true);
    expect(next(here(1, "1"))).toMatchObject({ isFull: true, set: [["1", null]] });
    claim.answered("me.1");
    expect(claim.differsFrom(here(1, "1"))).toBe(false);
  });

  test("says everything once more when the store may have forgotten while everything was under way", () => {
    next(here(1, "1"));
    claim.answered("me.1");
    claim.distrust();
    expect(next(here(1, "1"))).toMatchObject({ isFull: true });
    claim.distrust();
    claim.answered("me.1");
    expect(next(here(1, "1"))).toMatchObject({ isFull: true, serial: 3 });
  });

  test("has nothing to say again where nothing was ever claimed", () => {
    claim.distrust();
    expect(claim.isNone).toBe(true);
  });

  test("begins anew under a new identity, after the last word of the old one", () => {
    next(here(1, "1"));
    claim.failed(false);
    claim.restart();
    const sent = claim.next("me.2", here(1, "1"), () => ++serial);
    expect(sent).toMatchObject({ identity: "me.1", change: { serial: 1 } });
    claim.answered("me.2");
    expect(claim.next("me.2", here(1, "1"), () => ++serial)).toMatchObject({
      identity: "me.2",
      change: { isFull: true, subscriptions: 1, serial: 2 },
    });
  });
});
