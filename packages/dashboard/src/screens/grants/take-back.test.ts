import { describe, expect, test } from "bun:test";
import { consequencesOf, isForAll, NOTHING, requestOf } from "./take-back.ts";

describe("what is asked of the server", () => {
  test("ends what fits all that is given, and needs something to be given", () => {
    expect(requestOf(NOTHING)).toBeUndefined();
    expect(requestOf({ ...NOTHING, channel: "private-a", userId: "7", reason: " be kind " })).toEqual({
      channel: "private-a",
      user_id: "7",
      reason: "be kind",
    });
    expect(requestOf({ ...NOTHING, socketId: "1.2" })).toEqual({ socket_id: "1.2" });
  });

  test("bans a user and nothing else", () => {
    expect(requestOf({ ...NOTHING, kind: "ban", channel: "private-a" })).toBeUndefined();
    expect(requestOf({ ...NOTHING, kind: "ban", userId: "7", channel: "private-a", banSeconds: 60 })).toEqual(
      {
        user_id: "7",
        ban_seconds: 60,
      },
    );
  });

  test("sets a watermark without a reason, for the whole app where nothing is given", () => {
    const all = { ...NOTHING, kind: "not_before", reason: "late", socketId: "1.2" } as const;
    expect(requestOf(all)).toEqual({ not_before: true });
    expect(isForAll(all)).toBe(true);
    expect(isForAll({ ...all, userId: "7" })).toBe(false);
  });
});

test("what clients will see is said with the channel and the user that are meant", () => {
  expect(consequencesOf({ ...NOTHING, channel: "private-a" })[0]).toContain("private-a");
  expect(consequencesOf({ ...NOTHING, userId: "7" }).join()).toContain("4200");
  expect(consequencesOf({ ...NOTHING, kind: "ban", userId: "7" }).join()).toContain("4009");
  const watermark = consequencesOf({ ...NOTHING, kind: "not_before", userId: "7", channel: "private-a" });
  expect(watermark[0]).toContain("for user 7 on private-a");
});
