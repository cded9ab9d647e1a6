import { beforeEach, describe, expect, test } from "bun:test";
import type { ClaimMessage, PlaceSnapshot } from "./place-store.ts";
import { PlaceView } from "./place-view.ts";
import { Replica } from "./replica.ts";

function message(version: number, subscriptions: number): ClaimMessage {
  return { version, follows: version - 1, identity: "a.1", isFull: false, subscriptions, set: [], gone: [] };
}

function snapshot(version: number, subscriptions: number): PlaceSnapshot {
  return { version, claims: new Map([["a.1", { subscriptions, members: new Map() }]]) };
}

describe("PlaceView", () => {
  let view: PlaceView;
  const known = () => [view.replica.version, view.replica.elsewhere().subscriptions];

  beforeEach(() => {
    view = new PlaceView(new Replica(() => true));
  });

  test("keeps what arrives while it is read, and takes in of it what is newer", () => {
    view.beginReading();
    for (const version of [6, 7, 8, 9]) expect(view.take(message(version, version))).toBeUndefined();
    view.endReading(snapshot(7, 7));
    expect(known()).toEqual([9, 9]);
    expect(view.isStale).toBe(false);
  });

  test("must be read again after a reading that failed, as what arrived meanwhile is gone", () => {
    view.endReading(snapshot(7, 7));
    const reading = view.beginReading();
    view.take(message(8, 8));
    view.abandonReading();
    expect([view.isStale, view.isReading, view.isCurrent(reading)]).toEqual([true, false, false]);
  });

  test("knows a reading that was overtaken by another", () => {
    const first = view.beginReading();
    const second = view.beginReading();
    expect([view.isCurrent(first), view.isCurrent(second)]).toEqual([false, true]);
  });

  test("gives a version that it was told of a second to arrive", () => {
    view.endReading(snapshot(7, 7));
    view.hear(8);
    view.check();
    expect([view.isBehind, view.isStale]).toEqual([true, false]);
    view.check();
    expect(view.isStale).toBe(true);
  });
});
