import { beforeEach, describe, expect, test } from "bun:test";
import { FaultLog } from "./fault-log.ts";
import { LinkError } from "./link/link-error.ts";

describe("FaultLog", () => {
  let nowMs: number;
  let told: { readonly fields: Record<string, unknown>; readonly text: string }[];
  let faults: FaultLog;
  const down = () => new LinkError("redis_down", "there is no connection to Redis");

  beforeEach(() => {
    nowMs = 0;
    told = [];
    const warn = (fields: Record<string, unknown>, text: string) => told.push({ fields, text });
    faults = new FaultLog({ log: { warn: warn as never }, monotonicNow: () => nowMs });
  });

  test("tells one failure of each kind in an outage, with code and hint, however long it lasts", () => {
    faults.linkDown();
    for (let second = 0; second < 600; second++) {
      nowMs = second * 1_000;
      faults.report(down());
      faults.report(new Error("no JSON"));
    }
    expect(told.map(({ fields }) => fields)).toMatchObject([
      { code: "redis_down", hint: expect.stringContaining("look at Redis") },
      { code: "redis_failed", hint: expect.any(String), err: expect.any(Error) },
    ]);
    expect(told[0]?.text).toContain("there is no connection to Redis");
    expect(told[0]?.fields).not.toHaveProperty("err");
  });

  test("tells the next outage anew", () => {
    faults.linkDown();
    faults.report(down());
    faults.linkUp();
    faults.linkDown();
    faults.report(down());
    expect(told).toHaveLength(2);
  });

  test("tells once a minute what fails while the link is up, and how many were alike", () => {
    for (let second = 0; second <= 60; second++) {
      nowMs = second * 1_000;
      faults.report(new LinkError("redis_not_permitted", "Redis does not let this user do that"));
    }
    expect(told.map(({ fields }) => fields)).toEqual([
      { code: "redis_not_permitted", hint: expect.any(String) },
      { code: "redis_not_permitted", hint: expect.any(String), alike: 59 },
    ]);
  });
});
