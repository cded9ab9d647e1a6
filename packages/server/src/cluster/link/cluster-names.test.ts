import { expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import fc from "fast-check";
import type { PlaceRef } from "../places/place-store.ts";
import { ClusterNames } from "./cluster-names.ts";

const names = new ClusterNames("usher");

test("the topic of a channel can be read", () => {
  const ref: PlaceRef = { appId: "3", place: { kind: "channel", channel: "presence-room" as ChannelName } };
  expect(names.place(ref)).toBe("usher:{3/c/presence-room}");
});

test("a topic says which place it is of, whatever app and user are called, and ends its hash tag only once", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, unit: "grapheme" }),
      (appId, userId) => {
        const ref: PlaceRef = { appId, place: { kind: "user", userId } };
        const topic = names.place(ref);
        expect(topic).toMatch(/^usher:\{[^{}\n\s]+\}$/);
        expect(names.parsePlace(topic)).toEqual(ref);
      },
    ),
  );
});

test("no other name is one of a place", () => {
  for (const name of [
    names.control,
    names.node("n"),
    names.echo("l", 1),
    names.leases,
    "other:{3/c/room}",
    "usher:{3/c/}",
  ]) {
    expect(names.parsePlace(name)).toBeUndefined();
  }
});
