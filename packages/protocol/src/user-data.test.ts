import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { anyText, jsonTexts } from "./testing/arbitraries.ts";
import { checkMemberSize, type MemberLimits, parseChannelData, parseUserData } from "./user-data.ts";

const LIMITS: MemberLimits = { memberBytes: 1_024, userIdLength: 128 };

function member(channelData: string, { strict = false, limits = LIMITS } = {}) {
  const parsed = parseChannelData(channelData, limits, strict);
  return parsed.ok ? parsed.value : parsed.error.code;
}

function user(userData: string) {
  const parsed = parseUserData(userData, LIMITS.userIdLength);
  return parsed.ok ? parsed.value : parsed.error.code;
}

describe("the member of channel_data", () => {
  test.each([
    ['"10"', "10"],
    ["10", "10"],
    ["-7", "-7"],
    ["1.0", "1"],
    ["1.50", "1.5"],
    ["1e3", "1000"],
    ['"01"', "01"],
    ['"__proto__"', "__proto__"],
    ['" "', " "],
    ['"\\u00fc"', "ü"],
  ])("user_id %s is the id %s", (json, userId) => {
    expect(member(`{"user_id":${json}}`)).toEqual({ userId, userInfoJson: undefined });
  });

  test("two integers that one double stands for stay two members", () => {
    for (const id of [
      "9007199254740992",
      "9007199254740993",
      "12345678901234567890",
      "-12345678901234567891",
    ]) {
      expect(member(`{"user_id":${id}}`)).toEqual({ userId: id, userInfoJson: undefined });
    }
  });

  test.each(['""', "null", "true", "{}", "[]", '["1"]', "1e400"])("user_id %s is refused", (json) => {
    expect(member(`{"user_id":${json}}`)).toBe("presence_data_invalid");
  });

  test.each([
    "",
    "1",
    '"1"',
    "null",
    "[]",
    "{}",
    '{"userId":"1"}',
    "{user_id:1}",
    '{"__proto__":{"user_id":"1"}}',
  ])("channel_data %j is refused", (channelData) => {
    expect(member(channelData)).toBe("presence_data_invalid");
  });

  test("has user_info exactly as it was signed, whatever JSON it is", () => {
    fc.assert(
      fc.property(jsonTexts(), (userInfoJson) => {
        const limits = { ...LIMITS, memberBytes: 100_000 };
        const channelData = `{"user_info": ${userInfoJson} ,"user_id":"1","extra":{"user_info":0}}`;
        expect(member(channelData, { limits })).toEqual({ userId: "1", userInfoJson });
      }),
    );
  });

  test("has an object as user_info, or none, in strict apps", () => {
    expect(member('{"user_id":"1","user_info":{"name":"Jo"}}', { strict: true })).toMatchObject({
      userId: "1",
    });
    expect(member('{"user_id":"1"}', { strict: true })).toMatchObject({ userId: "1" });
    for (const info of ["[]", "true", "null", '"x"', "1"]) {
      expect(member(`{"user_id":"1","user_info":${info}}`, { strict: true })).toBe("user_info_invalid");
    }
  });

  test("has an id up to the limit of characters", () => {
    expect(member(JSON.stringify({ user_id: "x".repeat(128) }))).toMatchObject({ userId: "x".repeat(128) });
    expect(member(JSON.stringify({ user_id: "x".repeat(129) }))).toBe("presence_data_invalid");
  });

  test("takes up to the limit of bytes, id and user_info together", () => {
    const limits = { memberBytes: 20, userIdLength: 128 };
    expect(checkMemberSize({ userId: "ü", userInfoJson: '"'.padEnd(18) }, limits).ok).toBe(true);
    expect(checkMemberSize({ userId: "ü", userInfoJson: '"'.padEnd(19) }, limits)).toMatchObject({
      error: { code: "member_too_large", details: { limit: 20 } },
    });
    expect(member('{"user_id":"1","user_info":{"n":"€€€€€€€"}}', { limits })).toBe("member_too_large");
  });

  test("comes out of any text as a member or a refusal", () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), jsonTexts()), fc.boolean(), (text, strict) => {
        expect(() => parseChannelData(text, LIMITS, strict)).not.toThrow();
      }),
    );
  });
});

describe("the user of user_data", () => {
  test("has an id, user_info as it was signed, and other keys are ignored", () => {
    const userData = '{"id":"12345","user_info":{"n": 1.0},"plan":"pro"}';
    expect(user(userData)).toEqual({ id: "12345", userInfoJson: '{"n": 1.0}', watchlist: undefined });
  });

  test.each(['""', "12345", "null", "true", "{}", "[]"])("id %s is refused", (json) => {
    expect(user(`{"id":${json}}`)).toBe("user_data_invalid");
  });

  test("has an id up to the limit of characters", () => {
    expect(user(JSON.stringify({ id: "x".repeat(128) }))).toMatchObject({ id: "x".repeat(128) });
    expect(user(JSON.stringify({ id: "x".repeat(129) }))).toBe("user_data_invalid");
  });

  test("watches distinct strings, in order, whatever else the list holds", () => {
    const userData = '{"id":"1","watchlist":["2","1",3,"2",null,["4"],"__proto__"]}';
    expect(user(userData)).toMatchObject({ watchlist: ["2", "1", "__proto__"] });
  });

  test.each(["{}", '"2"', "null", "1"])("watches nobody with the watchlist %s", (json) => {
    expect(user(`{"id":"1","watchlist":${json}}`)).toMatchObject({ watchlist: undefined });
  });

  test("comes out of any text as a user or a refusal", () => {
    fc.assert(
      fc.property(fc.oneof(anyText(), jsonTexts()), (text) => {
        expect(() => parseUserData(text, LIMITS.userIdLength)).not.toThrow();
      }),
    );
  });
});
