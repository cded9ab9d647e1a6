import { describe, expect, test } from "bun:test";
import { encodeRevocation, type GrantsToRevoke } from "./grants.ts";

describe("a revocation", () => {
  test.each<[GrantsToRevoke, object]>([
    [{ channel: "private-a" }, { channel: "private-a" }],
    [
      { channel: "presence-a", userId: "7", reason: "Be kind" },
      { channel: "presence-a", user_id: "7", reason: "Be kind" },
    ],
    [{ socketId: "1.2" }, { socket_id: "1.2" }],
    [
      { userId: "7", banSeconds: 60 },
      { user_id: "7", ban_seconds: 60 },
    ],
    [{ notBefore: true }, { not_before: true }],
    [{ userId: undefined, channel: "private-a" }, { channel: "private-a" }],
  ])("of %j is sent as %j", (grants, body) => {
    expect(JSON.parse(encodeRevocation(grants))).toEqual(body);
  });

  test.each<[GrantsToRevoke, string]>([
    [{}, "grants_invalid"],
    [{ userId: undefined, reason: "Be kind" }, "grants_invalid"],
    [{ notBefore: false }, "grants_invalid"],
    [{ channel: "public" }, "grants_invalid"],
    [{ channel: "private-a b" }, "channel_name_invalid"],
    [{ channel: "#server-to-user-7" }, "channel_name_invalid"],
    [{ userId: "" }, "user_id_invalid"],
    [{ userId: 7 as never }, "user_id_invalid"],
    [{ socketId: "1.2:x" }, "socket_id_invalid"],
    [{ banSeconds: 60, channel: "private-a" }, "grants_invalid"],
    [{ banSeconds: 60, userId: "7", channel: "private-a" }, "grants_invalid"],
    [{ banSeconds: 60, userId: "7", notBefore: true }, "grants_invalid"],
    [{ banSeconds: 0.5, userId: "7" }, "grants_invalid"],
    [{ banSeconds: 0, userId: "7" }, "grants_invalid"],
  ])("of %j is refused as %s before anything is sent", (grants, code) => {
    expect(() => encodeRevocation(grants)).toThrow(expect.objectContaining({ code }));
  });
});
