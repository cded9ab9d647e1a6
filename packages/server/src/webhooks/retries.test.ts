import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Circuit } from "./circuit.ts";
import { headersProblem, urlProblem } from "./endpoint.ts";
import { EventIds } from "./event-ids.ts";
import { MOST_ATTEMPTS, retryDelayMs } from "./retry-schedule.ts";

describe("repetitions", () => {
  test("come after 1, 2, 4, 8, 16, 32, 60, 60 and 60 seconds, and then no more", () => {
    const delays = Array.from({ length: MOST_ATTEMPTS }, (_, index) => retryDelayMs(index + 1, () => 0.5));
    expect(delays).toEqual(
      [1, 2, 4, 8, 16, 32, 60, 60, 60].map((each) => each * 1000).concat(undefined as never),
    );
  });

  test("are up to a fifth sooner or later", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, chance) => {
          const middle = retryDelayMs(attempts, () => 0.5) ?? 0;
          const delay = retryDelayMs(attempts, () => chance) ?? 0;
          expect(Math.abs(delay - middle)).toBeLessThanOrEqual(middle / 5 + 1);
        },
      ),
    );
  });
});

describe("an endpoint that fails ten times in a row", () => {
  test("gets one request at a time, with growing pauses, and more with each success", () => {
    const circuit = new Circuit(16, () => 0.5);
    for (let failure = 0; failure < 9; failure++) circuit.failed(0);
    expect([circuit.isOpen, circuit.allowed, circuit.notBeforeMs]).toEqual([false, 16, 0]);
    const pauses = Array.from({ length: 11 }, () => {
      circuit.failed(1_000);
      return (circuit.notBeforeMs - 1_000) / 1000;
    });
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    expect([circuit.isOpen, circuit.allowed]).toEqual([true, 1]);
    const allowed = Array.from({ length: 5 }, () => {
      circuit.succeeded();
      return circuit.allowed;
    });
    expect(allowed).toEqual([2, 4, 8, 16, 16]);
    expect([circuit.isOpen, circuit.notBeforeMs]).toEqual([false, 0]);
  });
});

test("ids grow whatever the clock does, and from an id that somebody else has made", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 2 }), (times) => {
      let nowMs = 0;
      const ids = new EventIds(() => nowMs);
      const made = times.map((time) => {
        nowMs = time;
        return ids.next();
      });
      expect(made).toEqual([...made].sort());
      expect(new Set(made).size).toBe(made.length);
      const other = new EventIds(() => 0);
      other.continueAfter(made.at(-1) ?? "");
      expect(other.next() > (made.at(-1) ?? "")).toBe(true);
    }),
  );
});

test("ids are many in one millisecond", () => {
  const ids = new EventIds(() => 5);
  const made = Array.from({ length: 70_000 }, () => ids.next());
  expect(new Set(made).size).toBe(70_000);
  expect(made.every((id, index) => index === 0 || id > (made[index - 1] ?? ""))).toBe(true);
});

describe("an endpoint's own headers", () => {
  test.each([
    ["X-Pusher-Signature", "x"],
    ["x-pusher-key", "x"],
    ["X-Pusher-Signature-Next", "x"],
    ["X-Usher-Event-Id", "x"],
    ["Content-Type", "text/plain"],
    ["content-length", "3"],
    ["Host", "inside"],
    ["Transfer-Encoding", "chunked"],
    ["Proxy-Authorization", "x"],
    ["a b", "x"],
    ["X-A", "line\r\nX-Pusher-Key: forged"],
    ["X-A", "é"],
    ["", "x"],
  ])("cannot be %s: %j", (name, value) => {
    expect(headersProblem({ [name]: value })).toBeDefined();
  });

  test("can be what others need", () => {
    expect(headersProblem({ Authorization: "Bearer x", "X-Environment": "staging" })).toBeUndefined();
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, ""]));
    expect(headersProblem(many)).toBe("there are more than 20");
  });
});

test("an address is http or https, without user and password", () => {
  expect(["https://example.com/", "http://example.com:8080/a?b"].map(urlProblem)).toEqual([
    undefined,
    undefined,
  ]);
  for (const wrong of [
    "",
    "example.com",
    "ftp://example.com",
    "https://a:b@example.com",
    "https://a@example.com",
  ])
    expect(urlProblem(wrong)).toBeDefined();
});
