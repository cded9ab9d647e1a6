import { describe, expect, test } from "bun:test";
import { type App, DEFAULT_APP_SETTINGS } from "@usher/hub";
import { type ErrorCode, UsherError } from "@usher/protocol";
import type { Explanation } from "@usher/protocol/explain";
import { pino } from "pino";
import { Meters } from "../metrics/meters.ts";
import { RefusalLog } from "./refusal-log.ts";
import { Refusals } from "./refusals.ts";
import type { RefusedCall } from "./refused.ts";

const APP: App = {
  id: "3",
  name: "test",
  enabled: true,
  keys: [],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};
const SECRET = "7ad3773142a6692b25b8";
const SIGNATURE = "0123456789abcdef".repeat(4);

const FOUND: Explanation = {
  cause: "clock_skew",
  message: "The clock is late",
  fix: "Set it.",
  stringToSign: "GET\n/apps/3/channels\n",
  matched: { slot: "current", secretId: "sec_1", appId: "3" },
  evidence: {},
  tried: [],
};

/** Refusals whose explanations the test hands out, with the lines that were logged. */
function openRefusals() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const asked: RefusedCall[] = [];
  const timers: (() => void)[] = [];
  const meters = new Meters();
  const secrets = () => [{ appId: "3", key: "key", slot: "current", id: "sec_1", value: SECRET } as const];
  const now = () => 0;
  const refusals = new Refusals({
    explain: ({ refused }) => {
      asked.push(refused as RefusedCall);
      return FOUND;
    },
    readers: [new RefusalLog(log, secrets, now)],
    meters,
    now,
    later: (callback) => void timers.push(callback),
  });
  return { refusals, lines, asked, meters, tick: () => timers.shift()?.() };
}

function refused(
  code: ErrorCode,
  details: UsherError["details"] = {},
  app: App | undefined = APP,
): RefusedCall {
  const error = new UsherError(code, details);
  const route = { name: "channels", method: "GET", appId: "3", subject: "", parameters: [] } as const;
  return { kind: "call", app, route, error, method: "GET", path: "/", rawQuery: "", body: undefined };
}

describe("a refused signature", () => {
  test("is looked into and logged only after whoever refused it has gone on to answer", () => {
    const { refusals, lines, asked, meters, tick } = openRefusals();
    refusals.onCall(refused("http_auth_signature_mismatch"));
    expect({ lines, asked, causes: meters.ofApp("3").refusalCauses.size }).toEqual({
      lines: [],
      asked: [],
      causes: 0,
    });
    tick();
    expect(lines).toEqual([
      expect.objectContaining({
        msg: "request refused",
        code: "http_auth_signature_mismatch",
        cause: "clock_skew",
        explanation: "The clock is late",
        fix: "Set it.",
        stringToSign: "GET\n/apps/3/channels\n",
        matchedSecret: { slot: "current", id: "sec_1", app: "3" },
        route: "channels",
      }),
    ]);
    expect(meters.ofApp("3").refusalCauses).toEqual(new Map([["request clock_skew", 1]]));
  });

  test("past the rate is logged at once, without a cause, and counted", () => {
    const { refusals, lines, meters } = openRefusals();
    for (let times = 0; times < 12; times++) refusals.onCall(refused("http_auth_signature_mismatch"));
    expect(lines.map(({ cause }) => cause)).toEqual([undefined, undefined]);
    expect(meters.ofApp("3").unexplainedRefusals).toBe(2);
  });

  test("that still waits when the server ends is logged with its cause", () => {
    const { refusals, lines } = openRefusals();
    refusals.onCall(refused("http_auth_timestamp_expired"));
    refusals.flush();
    expect(lines.map(({ cause }) => cause)).toEqual(["clock_skew"]);
  });

  test("shows in the log without its signature and without a secret that was taken for a key", () => {
    const { refusals, lines } = openRefusals();
    refusals.onCall(refused("signature_mismatch", { stringToSign: "1.1:private-a", signature: SIGNATURE }));
    refusals.onCall(refused("auth_key_mismatch", { key: SECRET }));
    refusals.flush();
    expect(lines.map(({ reason }) => reason)).toEqual([
      "Invalid signature: Expected HMAC SHA256 hex digest of 1.1:private-a, but got 012345...abcdef",
      "Invalid key in subscription auth data: '[secret]'",
    ]);
  });

  test("for no app at all is logged and counted for none", () => {
    const { refusals, lines, meters } = openRefusals();
    refusals.onCall({ ...refused("http_app_not_found"), app: undefined });
    refusals.flush();
    expect(lines.map(({ cause }) => cause)).toEqual(["clock_skew"]);
    expect([...meters.apps()]).toEqual([]);
  });
});

test("a refusal that has nothing to do with signatures is logged at once and not looked into", () => {
  const { refusals, lines, asked } = openRefusals();
  refusals.onCall(refused("http_rate_exceeded"));
  expect({ codes: lines.map(({ code }) => code), asked }).toEqual({
    codes: ["http_rate_exceeded"],
    asked: [],
  });
});
