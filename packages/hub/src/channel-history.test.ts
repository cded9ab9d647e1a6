import { describe, expect, test } from "bun:test";
import type { ChannelName } from "@usher/protocol";
import { ChannelHistory, type HistorySettings } from "./channel-history.ts";

const SETTINGS: HistorySettings = { historyPrefixes: ["kept-"], historyEvents: 3, historySeconds: 60 };
const A = "kept-a" as ChannelName;

function historyOf(settings: Partial<HistorySettings> = {}): ChannelHistory {
  return new ChannelHistory({ ...SETTINGS, ...settings }, () => 0.5);
}

function record(history: ChannelHistory, channel: string, data: string, nowMs = 0): void {
  history.record({ kind: "event", event: "e", channel, data }, undefined, nowMs);
}

/** What a client is told that has the first so many events. */
function missed(history: ChannelHistory, serial: number, nowMs = 0, channel = A): unknown {
  const { epoch = "" } = history.position(channel) ?? {};
  const told = history.missed(channel, { epoch, serial }, nowMs);
  return told?.kind === "events" ? told.events.map(({ message }) => message.data) : told?.reason;
}

describe("the history of a channel", () => {
  test("numbers events from 1 and has those after a position", () => {
    const history = historyOf();
    expect(history.position(A)?.serial).toBe(0);
    for (const data of ["a", "b", "c"]) record(history, A, data);
    expect(history.position(A)?.serial).toBe(3);
    expect([0, 1, 3].map((serial) => missed(history, serial))).toEqual([["a", "b", "c"], ["b", "c"], []]);
  });

  test("has so many events and says too_many of those before", () => {
    const history = historyOf();
    for (const data of ["a", "b", "c", "d", "e"]) record(history, A, data);
    expect([0, 1, 2].map((serial) => missed(history, serial))).toEqual([
      "too_many",
      "too_many",
      ["c", "d", "e"],
    ]);
  });

  test("has events for so long and says too_old of those before", () => {
    const history = historyOf();
    record(history, A, "a", 0);
    record(history, A, "b", 30_000);
    expect(missed(history, 0, 60_000)).toEqual(["a", "b"]);
    expect(missed(history, 0, 60_001)).toBe("too_old");
    expect(missed(history, 1, 60_001)).toEqual(["b"]);
    history.purge(100_000);
    expect(history.size.characters).toBe(0);
    // Whoever has seen all of them has missed nothing, however long ago that was.
    expect(missed(history, 2, 100_000)).toEqual([]);
  });

  test("sends no more at once than a slow connection may have waiting", () => {
    const history = historyOf({ historyEvents: 100 });
    for (let n = 0; n < 60; n++) record(history, A, "x".repeat(10_000));
    expect(missed(history, 0)).toBe("too_many");
    expect(missed(history, 30)).toHaveLength(30);
  });

  test("of a position that cannot be says epoch_changed", () => {
    const history = historyOf();
    record(history, A, "a");
    expect(missed(history, 2)).toBe("epoch_changed");
    expect(history.missed(A, { epoch: "other", serial: 1 }, 0)).toMatchObject({ reason: "epoch_changed" });
  });

  test("is that of its own prefixes, never of a user's own channel; a star stands for all", () => {
    const names = ["kept-a", "kep", "other", "private-kept-a", "#server-to-user-1"] as ChannelName[];
    expect(names.filter((name) => historyOf().keeps(name))).toEqual(["kept-a"] as ChannelName[]);
    const all = historyOf({ historyPrefixes: ["*"] });
    expect(names.filter((name) => all.keeps(name))).toEqual(names.slice(0, 4));
  });

  test("ends with the setting, and another one begins with it", () => {
    const history = historyOf({ historyPrefixes: ["kept-", "b-"] });
    record(history, A, "a");
    record(history, "b-b", "b");
    const before = history.position(A);
    history.configure({ ...SETTINGS, historyPrefixes: ["b-"] });
    expect([history.position(A), missed(history, 0, 0, "b-b" as ChannelName)]).toEqual([undefined, ["b"]]);
    record(history, A, "nobody writes this down");
    history.configure(SETTINGS);
    expect(history.position(A)?.epoch).not.toBe(before?.epoch as string);
  });

  test("keeps fewer as soon as it is told to", () => {
    const history = historyOf();
    for (const data of ["a", "b", "c"]) record(history, A, data);
    history.configure({ ...SETTINGS, historyEvents: 1 });
    record(history, A, "d");
    expect(missed(history, 3)).toEqual(["d"]);
    expect(missed(history, 2)).toBe("too_many");
  });
});

describe("the histories of an app", () => {
  test("are so many channels at most: the one used least recently gives way, with its epoch", () => {
    const history = historyOf();
    record(history, A, "a");
    const { epoch = "" } = history.position(A) ?? {};
    for (let n = 0; n < 9_999; n++) record(history, `kept-${n}`, "x");
    expect(history.missed(A, { epoch, serial: 0 }, 0)?.kind).toBe("events");
    record(history, "kept-b", "x");
    expect(history.size.channels).toBe(10_000);
    expect(history.missed(A, { epoch, serial: 0 }, 0)?.kind).toBe("events");
    const { epoch: other = "" } = history.position("kept-0" as ChannelName) ?? {};
    expect(history.missed("kept-0" as ChannelName, { epoch: other, serial: 0 }, 0)).toEqual({
      kind: "events",
      events: [],
    });
  });

  test("are so many characters at most, of which one channel may have all", () => {
    const history = historyOf({ historyEvents: 10_000, historyPrefixes: ["*"] });
    record(history, "first", "x");
    const { epoch = "" } = history.position("first" as ChannelName) ?? {};
    const megabyte = "x".repeat(1_048_576);
    for (let n = 0; n < 100; n++) record(history, A, megabyte);
    expect(history.size.channels).toBe(1);
    expect(history.size.characters).toBeLessThanOrEqual(64 * 1_048_576);
    expect(history.size.characters).toBeGreaterThan(62 * 1_048_576);
    expect(history.missed("first" as ChannelName, { epoch, serial: 1 }, 0)).toMatchObject({
      reason: "epoch_changed",
    });
  });
});
