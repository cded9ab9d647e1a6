import { describe, expect, test } from "bun:test";
import type { Setting } from "../../api/settings.ts";
import { changed, type Draft, drafted, patchOf, printValue } from "./draft.ts";

const NOTHING: Draft = new Map();

function setting(given: Partial<Setting> = {}): Setting {
  return {
    name: "batch_size",
    group: "limits",
    description: "",
    type: "integer",
    unit: "events",
    minimum: 1,
    maximum: 100,
    is_nullable: false,
    default: 10,
    is_overridden: false,
    override: null,
    effective: 10,
    ...given,
  };
}

describe("a draft of settings", () => {
  test("holds what differs from what is saved, and forgets what is put back", () => {
    const plain = setting();
    const draft = changed(NOTHING, plain, { kind: "value", value: 20 });
    expect(drafted(draft, plain)).toEqual({ isOverridden: true, value: 20 });
    expect(changed(draft, plain, { kind: "inherit" }).size).toBe(0);
  });

  test("takes an override away", () => {
    const overridden = setting({ is_overridden: true, override: 50, effective: 50 });
    const draft = changed(NOTHING, overridden, { kind: "inherit" });
    expect(drafted(draft, overridden)).toEqual({ isOverridden: false, value: 10 });
    expect(changed(draft, overridden, { kind: "value", value: 50 }).size).toBe(0);
  });

  test("becomes a patch with objects where names have dots", () => {
    const members = setting({ name: "presence_limits.members" });
    const bytes = setting({ name: "presence_limits.member_bytes", is_overridden: true, override: 5 });
    let draft = changed(NOTHING, members, { kind: "value", value: 500 });
    draft = changed(draft, bytes, { kind: "inherit" });
    draft = changed(draft, setting(), { kind: "value", value: 1 });
    expect(patchOf(draft)).toEqual({
      presence_limits: { members: 500, member_bytes: null },
      batch_size: 1,
    });
  });
});

test("values read as people say them", () => {
  expect(printValue(setting(), 1_000)).toBe(`${(1_000).toLocaleString()} events`);
  expect(printValue(setting(), null)).toBe("no limit");
  expect(printValue(setting({ unit: null }), true)).toBe("on");
  expect(printValue(setting({ unit: null }), ["https://a.example", "https://b.example"])).toBe(
    "https://a.example, https://b.example",
  );
});
