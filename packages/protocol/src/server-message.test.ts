import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rawMember } from "./raw-json.ts";
import { encodeServerMessage, type Member, type ServerMessage } from "./server-message.ts";
import type { SocketId } from "./socket-id.ts";
import { anyText, channelNames, jsonTexts, socketIds, userIds } from "./testing/arbitraries.ts";

interface Frame {
  readonly event: string;
  readonly channel?: string;
  readonly data: unknown;
  readonly user_id?: string;
}

function frameOf(message: ServerMessage): Frame {
  return JSON.parse(encodeServerMessage(message)) as Frame;
}

/** What a client finds in `data` after decoding it a second time. */
function documentOf(message: ServerMessage): Record<string, unknown> {
  return JSON.parse(String(frameOf(message).data)) as Record<string, unknown>;
}

function members(): fc.Arbitrary<Member[]> {
  const member = fc.record({ userId: userIds(), userInfoJson: fc.option(jsonTexts(), { nil: undefined }) });
  return fc.uniqueArray(member, { selector: ({ userId }) => userId, minLength: 1, maxLength: 8 });
}

const ids = fc.array(userIds(), { maxLength: 5 });

function serverMessages(): fc.Arbitrary<ServerMessage> {
  const channel = fc.oneof(
    channelNames(),
    userIds().map((id) => `#server-to-user-${id}`),
  );
  return fc.oneof(
    fc.record({
      kind: fc.constant("connectionEstablished"),
      socketId: socketIds() as fc.Arbitrary<SocketId>,
      activityTimeoutSeconds: fc.integer({ min: 1, max: 86_400 }),
    }),
    fc.record({ kind: fc.constant("error"), code: fc.option(fc.nat(4_999)), message: anyText() }),
    fc.constantFrom<ServerMessage>({ kind: "ping" }, { kind: "pong" }),
    fc.record({ kind: fc.constant("event"), event: anyText(), channel, data: anyText() }),
    fc.record({ kind: fc.constant("event"), event: anyText(), channel, data: anyText(), userId: userIds() }),
    fc.record({ kind: fc.constant("subscriptionSucceeded"), channel }),
    fc.record({ kind: fc.constant("subscriptionSucceeded"), channel, members: members() }),
    fc.record({ kind: fc.constant("subscriptionCount"), channel, count: fc.nat() }),
    fc.record({
      kind: fc.constant("subscriptionError"),
      channel,
      code: fc.constant("auth_missing"),
      type: fc.constant("AuthError"),
      message: anyText(),
      status: fc.nat(),
    }),
    fc.record({
      kind: fc.constant("memberAdded"),
      channel,
      member: members().map(([first]) => first as Member),
    }),
    fc.record({ kind: fc.constant("memberRemoved"), channel, userId: userIds() }),
    fc.record({ kind: fc.constant("cacheMiss"), channel }),
    fc.record({ kind: fc.constant("signinSuccess"), userData: anyText() }),
    fc.record({ kind: fc.constant("watchlistEvents"), online: ids, offline: ids }),
  );
}

describe("every frame", () => {
  test("has a string event, and no other keys than channel, data and user_id", () => {
    fc.assert(
      fc.property(serverMessages(), (message) => {
        const frame = frameOf(message);
        expect(typeof frame.event).toBe("string");
        const others = Object.keys(frame).filter(
          (key) => !["event", "channel", "data", "user_id"].includes(key),
        );
        expect(others).toEqual([]);
      }),
    );
  });

  test("has data as a JSON string, but for pusher:error, pusher:ping and pusher:pong, where it is an object", () => {
    fc.assert(
      fc.property(serverMessages(), (message) => {
        const { data } = frameOf(message);
        const isObject = message.kind === "error" || message.kind === "ping" || message.kind === "pong";
        expect(typeof data).toBe(isObject ? "object" : "string");
        if (!isObject && message.kind !== "event") expect(typeof JSON.parse(String(data))).toBe("object");
      }),
    );
  });

  test("is valid UTF-8 whatever texts went in", () => {
    fc.assert(
      fc.property(serverMessages(), (message) => {
        expect(encodeServerMessage(message).isWellFormed()).toBe(true);
      }),
    );
  });

  test("names its channel, or has none", () => {
    const withChannel = ["event", "memberAdded", "memberRemoved", "cacheMiss"];
    fc.assert(
      fc.property(serverMessages(), (message) => {
        const isOnChannel = withChannel.includes(message.kind) || message.kind.startsWith("subscription");
        expect(frameOf(message).channel).toBe("channel" in message ? message.channel : undefined);
        expect("channel" in message).toBe(isOnChannel);
      }),
    );
  });
});

describe("the frames as published", () => {
  test.each<[string, ServerMessage]>([
    [
      '{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"3363.1846347\\",\\"activity_timeout\\":120}"}',
      { kind: "connectionEstablished", socketId: "3363.1846347" as SocketId, activityTimeoutSeconds: 120 },
    ],
    [
      '{"event":"pusher:error","data":{"code":4201,"message":"Pong reply not received"}}',
      { kind: "error", code: 4201, message: "Pong reply not received" },
    ],
    [
      '{"event":"pusher:error","data":{"code":null,"message":"Invalid message"}}',
      { kind: "error", code: null, message: "Invalid message" },
    ],
    [
      '{"event":"pusher_internal:subscription_succeeded","channel":"my-channel","data":"{}"}',
      { kind: "subscriptionSucceeded", channel: "my-channel" },
    ],
    [
      '{"event":"pusher_internal:subscription_count","channel":"c","data":"{\\"subscription_count\\":3}"}',
      { kind: "subscriptionCount", channel: "c", count: 3 },
    ],
    [
      '{"event":"pusher:cache_miss","channel":"cache-c","data":"{}"}',
      { kind: "cacheMiss", channel: "cache-c" },
    ],
    [
      '{"event":"client-typing","channel":"presence-room","data":"{\\"on\\":true}","user_id":"10"}',
      { kind: "event", event: "client-typing", channel: "presence-room", data: '{"on":true}', userId: "10" },
    ],
    [
      '{"event":"pusher:signin_success","data":"{\\"user_data\\":\\"{\\\\\\"id\\\\\\":\\\\\\"12345\\\\\\"}\\"}"}',
      { kind: "signinSuccess", userData: '{"id":"12345"}' },
    ],
    [
      '{"event":"pusher_internal:watchlist_events","data":"{\\"events\\":[{\\"name\\":\\"online\\",\\"user_ids\\":[\\"2\\"]},{\\"name\\":\\"offline\\",\\"user_ids\\":[\\"3\\"]}]}"}',
      { kind: "watchlistEvents", online: ["2"], offline: ["3"] },
    ],
    [
      '{"event":"pusher_internal:watchlist_events","data":"{\\"events\\":[]}"}',
      { kind: "watchlistEvents", online: [], offline: [] },
    ],
  ])("%s", (frame, message) => {
    expect(encodeServerMessage(message)).toBe(frame);
  });
});

describe("what went in comes out", () => {
  test("an event keeps name, data and sender, character for character", () => {
    fc.assert(
      fc.property(anyText(), anyText(), userIds(), (event, data, userId) => {
        const frame = { event, channel: "presence-c", data };
        expect(frameOf({ kind: "event", ...frame })).toEqual(frame);
        expect(frameOf({ kind: "event", ...frame, userId })).toEqual({ ...frame, user_id: userId });
      }),
    );
  });

  test("a presence document keeps every id, __proto__, constructor and 1 included, and every user_info", () => {
    fc.assert(
      fc.property(members(), (present) => {
        const data = String(
          frameOf({ kind: "subscriptionSucceeded", channel: "presence-c", members: present }).data,
        );
        const presence = rawMember(data, "presence") ?? "";
        const hash = rawMember(presence, "hash") ?? "";
        expect(JSON.parse(presence)).toMatchObject({
          count: present.length,
          ids: present.map(({ userId }) => userId),
        });
        expect(Object.keys(JSON.parse(hash) as object)).toHaveLength(present.length);
        for (const { userId, userInfoJson } of present)
          expect(rawMember(hash, userId)).toBe(userInfoJson ?? "null");
      }),
    );
  });

  test("an empty presence document has a map and not a list", () => {
    const document = documentOf({ kind: "subscriptionSucceeded", channel: "presence-c", members: [] });
    expect(document).toEqual({ presence: { count: 0, ids: [], hash: {} } });
  });

  test("member_added has user_info only where there is some; member_removed never", () => {
    fc.assert(
      fc.property(userIds(), jsonTexts(), (userId, userInfoJson) => {
        const added = (info: string | undefined): ServerMessage => {
          return { kind: "memberAdded", channel: "presence-c", member: { userId, userInfoJson: info } };
        };
        expect(documentOf(added(undefined))).toEqual({ user_id: userId });
        expect(rawMember(String(frameOf(added(userInfoJson)).data), "user_info")).toBe(userInfoJson);
        expect(documentOf(added(userInfoJson)).user_id).toBe(userId);
        const removed = documentOf({ kind: "memberRemoved", channel: "presence-c", userId });
        expect(removed).toEqual({ user_id: userId });
      }),
    );
  });

  test("signin_success holds user_data exactly as it was received", () => {
    fc.assert(
      fc.property(anyText(), (userData) => {
        expect(documentOf({ kind: "signinSuccess", userData })).toEqual({ user_data: userData });
      }),
    );
  });

  test("watchlist events name only the changes that have somebody in them", () => {
    fc.assert(
      fc.property(ids, ids, (online, offline) => {
        const events = [
          { name: "online", user_ids: online },
          { name: "offline", user_ids: offline },
        ].filter(({ user_ids }) => user_ids.length > 0);
        expect(documentOf({ kind: "watchlistEvents", online, offline })).toEqual({ events });
      }),
    );
  });

  test("subscription_error tells type, error, code and status", () => {
    const document = documentOf({
      kind: "subscriptionError",
      channel: "private-c",
      code: "auth_missing",
      type: "AuthError",
      message: "no",
      status: 401,
    });
    expect(document).toEqual({ type: "AuthError", error: "no", code: "auth_missing", status: 401 });
  });
});
