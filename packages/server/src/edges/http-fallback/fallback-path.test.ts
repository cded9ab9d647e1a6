import { expect, test } from "bun:test";
import { parseFallbackPath } from "./fallback-path.ts";

test.each([
  ["/pusher/app/key/12/0123abuv/xhr_streaming", "", "key", "12/0123abuv", "xhr_streaming"],
  ["/app/key/0/abcdefgh/xhr", "", "key", "0/abcdefgh", "xhr"],
  ["/realtime/pusher/app/a%20b/999/00000000/xhr_send", "/realtime", "a%20b", "999/00000000", "xhr_send"],
  ["/realtime/app/key/1/abcdefgh/xhr", "/realtime", "key", "1/abcdefgh", "xhr"],
] as const)("reads %s below '%s'", (path, prefix, rawKey, session, action) => {
  expect(parseFallbackPath(path, prefix)).toEqual({ rawKey, session, action });
});

test.each([
  ["/app/key", ""],
  ["/app/key/1/abcdefgh", ""],
  ["/app/key/1/abcdefgh/xhr/", ""],
  ["/app/key/1/abcdefgh/jsonp", ""],
  ["/app//1/abcdefgh/xhr", ""],
  ["/app/key/1000/abcdefgh/xhr", ""],
  ["/app/key/-1/abcdefgh/xhr", ""],
  ["/app/key/1/abcdefgw/xhr", ""],
  ["/app/key/1/ABCDEFGH/xhr", ""],
  ["/app/key/1/abcdefg/xhr", ""],
  ["/app/key/1/abcdefghi/xhr", ""],
  ["/app/key/1/abcdefgh/xhr\n", ""],
  ["/other/app/key/1/abcdefgh/xhr", ""],
  ["/app/key/1/abcdefgh/xhr", "/realtime"],
  ["/elsewher/app/key/1/abcdefgh/xhr", "/realtime"],
  ["/apps/3/events", ""],
])("leaves %s below '%s' to others", (path, prefix) => {
  expect(parseFallbackPath(path, prefix)).toBeUndefined();
});
