import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rawMember } from "./raw-json.ts";
import { jsonObjects } from "./testing/arbitraries.ts";

describe("the raw text of a member", () => {
  test("is the slice of the member that JSON.parse picks, whatever the spaces and escapes", () => {
    fc.assert(
      fc.property(jsonObjects(), ({ text, members }) => {
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const expected = new Map(members.map(({ name, slice }) => [name, slice]));
        for (const [name, slice] of expected) {
          expect(rawMember(text, name)).toBe(slice);
          expect(JSON.parse(slice)).toEqual(parsed[name]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("is undefined for a name that is not there", () => {
    fc.assert(
      fc.property(jsonObjects(), fc.string(), ({ text, members }, name) => {
        fc.pre(members.every((member) => member.name !== name));
        expect(rawMember(text, name)).toBeUndefined();
      }),
    );
  });

  test("does not mistake a member of a member, or text within a string, for its own", () => {
    const text = '{"a":{"data":1},"b":"\\"data\\":2","c":["data",3],"data" : [4, "}"] ,"d":"}"}';
    expect(rawMember(text, "data")).toBe('[4, "}"]');
    expect(rawMember('{"a":{"data":1}}', "data")).toBeUndefined();
  });

  test.each([
    ["18446744073709551616"],
    ["-0"],
    ["1e400"],
    ["0.1000000000000000055511151231257827"],
    ['"\\u0041\\\\\\""'],
    ["[1,2 , 3]"],
  ])("keeps %s as the sender wrote it", (slice) => {
    expect(rawMember(`{"event":"e","data":${slice}}`, "data")).toBe(slice);
  });

  test("takes the last of a name that repeats, however it is spelled", () => {
    expect(rawMember('{"data":1,"d\\u0061ta":2}', "data")).toBe("2");
    expect(rawMember('{"d\\u0061ta":1,"data":2}', "data")).toBe("2");
  });

  test("is found in time that grows with the text alone", () => {
    const hostile = [
      `{"a":"${"\\\\".repeat(60_000)}","data":1}`,
      `{"a":"${'\\"'.repeat(60_000)}","data":1}`,
      `{"a":${"[".repeat(60_000)}${"]".repeat(60_000)},"data":1}`,
      `{${'"a":1,'.repeat(20_000)}"data":1}`,
    ];
    for (const text of hostile) expect(rawMember(text, "data")).toBe("1");
  }, 1_000);
});
