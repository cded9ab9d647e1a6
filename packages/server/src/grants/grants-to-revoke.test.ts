import { describe, expect, test } from "bun:test";
import { DEFAULT_APP_SETTINGS } from "@usher/hub";
import type { JsonObject } from "@usher/protocol";
import { parseGrantsToRevoke } from "./grants-to-revoke.ts";

const NOBODY = { channel: null, userId: null, socketId: null };

function parsed(body: JsonObject) {
  const result = parseGrantsToRevoke(body, DEFAULT_APP_SETTINGS);
  return result.ok ? result.value : result.error;
}

describe("grants to take back", () => {
  test.each<[JsonObject, object]>([
    [{ channel: "private-a" }, { kind: "now", scope: { ...NOBODY, channel: "private-a" }, reason: null }],
    [
      { channel: "presence-a", user_id: "7", socket_id: "1.2", reason: "Be kind" },
      { kind: "now", scope: { channel: "presence-a", userId: "7", socketId: "1.2" }, reason: "Be kind" },
    ],
    [
      { user_id: "7", channel: null, not_before: false },
      { kind: "now", scope: { ...NOBODY, userId: "7" }, reason: null },
    ],
    [
      { user_id: "7", ban_seconds: 60 },
      { kind: "ban", userId: "7", seconds: 60, reason: null },
    ],
    [{ not_before: true }, { kind: "notBefore", channel: null, userId: null }],
    [
      { not_before: true, channel: "private-a", user_id: "7" },
      { kind: "notBefore", channel: "private-a", userId: "7" },
    ],
  ])("%j are understood", (body, what) => {
    expect(parsed(body)).toEqual(what as never);
  });

  test.each<[JsonObject, string]>([
    [{}, "Give a channel, a user_id or a socket_id; or not_before alone, for the whole app"],
    [{ reason: "x" }, "Give a channel"],
    [{ channel: "private-a", userId: "7" }, "Unknown parameter 'userId'"],
    [{ channel: 7 }, "Expected channel to be a string"],
    [{ channel: "#server-to-user-7" }, "give user_id"],
    [{ user_id: 7 }, "Expected user_id to be a string of 1 to 1024 characters"],
    [{ user_id: "" }, "Expected user_id"],
    [{ socket_id: "1.2:x" }, "Expected socket_id to be a string such as 1234.5678"],
    [{ user_id: "7", reason: "a\nb" }, "Expected reason to be one line"],
    [{ user_id: "7", reason: "x".repeat(201) }, "Expected reason to be a string of 1 to 200"],
    [{ ban_seconds: 60 }, "A ban needs a user_id"],
    [{ ban_seconds: 60, user_id: "7", channel: "private-a" }, "A ban is for a user everywhere"],
    [{ ban_seconds: 60, user_id: "7", socket_id: "1.2" }, "A ban is for a user everywhere"],
    [{ ban_seconds: 60, user_id: "7", not_before: true }, "not both"],
    ...[0, -1, 1.5, "60", 315_360_001, true].map((seconds): [JsonObject, string] => [
      { user_id: "7", ban_seconds: seconds },
      "Expected ban_seconds to be a whole number from 1 to 315360000",
    ]),
    [{ not_before: "now", channel: "private-a" }, "Expected not_before to be true"],
    [{ not_before: true, socket_id: "1.2" }, "not_before is for a channel"],
    [{ not_before: true, reason: "x" }, "not_before takes no reason"],
  ])("%j are refused: %s", (body, problem) => {
    expect(parsed(body)).toMatchObject({ code: "http_parameter_invalid" });
    expect(parsed(body)).toMatchObject({ message: expect.stringContaining(problem) });
  });

  test("on a public channel are none", () => {
    expect(parsed({ channel: "news" })).toMatchObject({
      code: "grant_not_needed",
      message: "Channel news is public: nobody needs an authorization for it, so there is none to take back",
    });
    expect(parsed({ channel: "private-a b" })).toMatchObject({ code: "channel_name_invalid" });
  });
});
