import { describe, expect, test } from "bun:test";
import type { Place } from "@usher/hub";
import { type ChannelName, type SocketId, userChannel } from "@usher/protocol";
import fc from "fast-check";
import { encodeCarried, isCarried, type MarkedEvent, parseCarried } from "./carried-event.ts";

const places: fc.Arbitrary<Place> = fc.oneof(
  fc
    .stringMatching(/^[A-Za-z0-9_=@,.;-]{1,40}$/)
    .map((channel) => ({ kind: "channel", channel: channel as ChannelName }) as const),
  fc.string({ minLength: 1 }).map((userId) => ({ kind: "user", userId }) as const),
);

const events: fc.Arbitrary<MarkedEvent> = fc
  .record({
    place: places,
    event: fc.string(),
    data: fc.string({ unit: "grapheme" }),
    userId: fc.option(fc.string()),
    except: fc.option(fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `${a}.${b}` as SocketId)),
    order: fc.constantFrom("any", "shared"),
    isCached: fc.boolean(),
    mark: fc.option(fc.string()),
  })
  .map(({ place, event, data, userId, except, order, isCached, mark }) => ({
    place,
    message: {
      kind: "event",
      event,
      channel: place.kind === "user" ? userChannel(place.userId) : place.channel,
      data,
      ...(userId === null ? {} : { userId }),
    },
    exceptSocketId: except ?? undefined,
    order,
    isCached,
    ...(mark === null ? {} : { mark }),
  }));

describe("an event between nodes", () => {
  test("arrives as it was sent", () => {
    fc.assert(
      fc.property(events, fc.string(), (event, nodeId) => {
        const text = encodeCarried({ nodeId, event });
        expect(isCarried(text)).toBeTrue();
        expect(parseCarried(event.place, text)).toEqual({ nodeId, event });
      }),
    );
  });

  const place: Place = { kind: "channel", channel: "room" as ChannelName };
  test.each([
    ["broken JSON", "[1"],
    ["an object", '{"e":1}'],
    ["another message", '["c",1,2,3,4,5,6]'],
    ["an array that is too short", '["e","node",0,"event","data",null]'],
    ["an array that is too long", '["e","node",0,"event","data",null,null,"mark",1]'],
    ["a number for the mark", '["e","node",0,"event","data",null,null,1]'],
    ["a number for the data", '["e","node",0,"event",1,null,null]'],
    ["text for the flags", '["e","node","0","event","data",null,null]'],
    ["something else for a socket id", '["e","node",0,"event","data",null,"x"]'],
  ])("is not %s", (_what, text) => {
    expect(parseCarried(place, text)).toBeUndefined();
  });

  test("has a channel of the topic that can be one", () => {
    const text = '["e","node",0,"event","data",null,null]';
    expect(parseCarried({ kind: "channel", channel: "a b" as ChannelName }, text)).toBeUndefined();
  });
});
