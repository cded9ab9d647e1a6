import { expect, test } from "bun:test";
import { browserOf } from "./browser-of.ts";

const LIKE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";

test.each([
  [`${LIKE} Chrome/140.0.0.0 Safari/537.36`, "Chrome on Linux"],
  [`${LIKE} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge on Linux"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 15.1; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on macOS"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  ["something else", "Unknown browser"],
  [null, "Unknown browser"],
])("%s", (userAgent, words) => {
  expect(browserOf(userAgent)).toBe(words);
});
