import { expect, test } from "bun:test";
import { DEFAULT_APP_SETTINGS } from "@usher/hub";
import type { ChannelName } from "@usher/protocol";
import { visibleData } from "./visible-data.ts";

function shown(data: string, channel = "private-a", consolePayloads = true): string | undefined {
  const settings = { ...DEFAULT_APP_SETTINGS, consolePayloads };
  const app = { id: "3", name: "", enabled: true, keys: [], restrictions: [], settings };
  return visibleData(app, channel as ChannelName, data);
}

test("shows nothing unless the app lets it, and nothing of encrypted channels", () => {
  expect(shown("{}", "private-a", false)).toBeUndefined();
  expect(shown("{}", "private-encrypted-a")).toBeUndefined();
});

test("shows data as it is where nothing in it sounds confidential", () => {
  expect(shown('{"order": 7}')).toBe('{"order": 7}');
  expect(shown("hello")).toBe("hello");
});

test("hides values by their names, however deep", () => {
  const data = { user: { name: "Ada", Password: "x" }, list: [{ apiToken: { a: 1 } }], card_number: 4 };
  expect(JSON.parse(shown(JSON.stringify(data)) ?? "")).toEqual({
    user: { name: "Ada", Password: "[hidden]" },
    list: [{ apiToken: "[hidden]" }],
    card_number: "[hidden]",
  });
});

test("hides a text that sounds confidential and has no names to go by", () => {
  expect(shown("the password is x")).toBe("[hidden]");
});

test("cuts what is long", () => {
  expect(shown("x".repeat(10_000))).toHaveLength(4_096 + 3);
});
