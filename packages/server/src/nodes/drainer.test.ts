import { beforeEach, expect, test } from "bun:test";
import type { Connection, Effect, Hub } from "@usher/hub";
import { Drainer, type DrainerOptions } from "./drainer.ts";

let connections: Set<string>;
let waits: { readonly ms: number; readonly go: () => void }[];
let closings: number;

beforeEach(() => {
  [connections, waits, closings] = [new Set(), [], 0];
});

test("a server is not ready first, takes newcomers until the delay is over, and then sends its clients away", async () => {
  const drainer = drainerOf(3, { delayMs: 5_000 });
  const leaving = drainer.leave();
  expect([drainer.isDraining, drainer.refusesNewcomers, connections.size]).toEqual([true, false, 3]);
  connections.add("newcomer");
  await pass(5_000);
  expect([drainer.refusesNewcomers, closings]).toEqual([true, 1]);
  expect(await leaving).toBe(4);
  expect(connections.size).toBe(0);
});

test("clients leave in batches of a pace of 500 a second, a little off the beat", async () => {
  const drainer = drainerOf(100);
  const leaving = drainer.leave();
  expect(connections.size).toBe(75);
  for (const left of [50, 25, 0]) {
    const [wait] = waits;
    expect(wait?.ms).toBeWithin(25, 75);
    await pass(wait?.ms ?? 0);
    expect(connections.size).toBe(left);
  }
  expect(await leaving).toBe(100);
});

test("back in service, whoever is left stays, and newcomers may come", async () => {
  const drainer = drainerOf(100);
  const leaving = drainer.leave();
  drainer.resume();
  expect([drainer.isDraining, drainer.refusesNewcomers]).toEqual([false, false]);
  await pass(waits[0]?.ms ?? 0);
  expect(await leaving).toBe(25);
  expect(connections.size).toBe(75);
});

test("back in service before the delay is over, nobody was sent away", async () => {
  const drainer = drainerOf(3, { delayMs: 5_000 });
  const leaving = drainer.leave();
  drainer.resume();
  await pass(5_000);
  expect(await leaving).toBe(0);
  expect([drainer.refusesNewcomers, connections.size, closings]).toEqual([false, 3, 0]);
});

test("asked again, also after a return to service, it begins anew and is one drain at a time", async () => {
  const drainer = drainerOf(3);
  expect(drainer.leave()).toBe(drainer.leave());
  await drainer.leave();
  drainer.resume();
  connections.add("newcomer");
  expect(await drainer.leave()).toBe(1);
});

function drainerOf(count: number, options: Partial<DrainerOptions> = {}): Drainer {
  for (let index = 0; index < count; index++) connections.add(String(index));
  const state = () => ({ connections: new Map([...connections].map((name) => [name, name])) });
  const hub = {
    get states() {
      return [state()];
    },
    sendAway(connection: Connection): Effect[] {
      connections.delete(connection as unknown as string);
      return [];
    },
  };
  return new Drainer({
    hub: hub as unknown as Hub,
    apply() {},
    delayMs: 0,
    maxMs: 10_000,
    random: () => 0.5,
    wait: (ms) => new Promise((go) => waits.push({ ms, go })),
    onClosed: () => void closings++,
    ...options,
  });
}

/** The wait of that length is over, and what follows from it has happened. */
async function pass(ms: number): Promise<void> {
  const [wait] = waits.splice(0, 1);
  expect(wait?.ms).toBe(ms);
  wait?.go();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
