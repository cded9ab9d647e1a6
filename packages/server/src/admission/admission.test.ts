import { beforeEach, describe, expect, test } from "bun:test";
import type { Opening, Socket } from "../edges/engine.ts";
import { Meters } from "../metrics/meters.ts";
import { Admission } from "./admission.ts";

const OPENING: Opening = { path: "/app/k", rawQuery: "", pageOrigin: undefined, address: null, isTls: false };

describe("Admission", () => {
  let nowMs: number;
  let timers: (() => void)[];
  let seen: string[];
  let isClosed: boolean;
  let meters: Meters;

  beforeEach(() => {
    [nowMs, timers, seen, isClosed, meters] = [0, [], [], false, new Meters()];
  });

  test("lets clients in as they come while they are within the pace, and sets no timer", () => {
    const { front } = admission({ perSecond: 40 });
    for (const name of ["a", "b"]) front.opened(socket(name), OPENING);
    expect(seen).toEqual(["opened a", "opened b"]);
    expect(timers).toEqual([]);
  });

  test("has the others wait and lets them in at the pace, in their order, newcomers behind them", () => {
    const { all, front } = admission({ perSecond: 40 });
    for (let index = 0; index < 12; index++) front.opened(socket(String(index)), OPENING);
    expect(seen).toHaveLength(10);
    expect([all.waitingCount, all.delayed]).toEqual([2, 2]);
    pass(25);
    front.opened(socket("newcomer"), OPENING);
    expect(seen.slice(10)).toEqual(["opened 10"]);
    pass(25);
    pass(25);
    expect(seen.slice(11)).toEqual(["opened 11", "opened newcomer"]);
    expect(timers).toEqual([]);
  });

  test("refuses with 4100 whoever would wait too long, and counts it", () => {
    const { front } = admission({ perSecond: 4, longestWaitMs: 500 });
    for (const name of ["in", "waits", "waits too", "refused"]) front.opened(socket(name), OPENING);
    expect(seen).toEqual([
      "opened in",
      expect.stringMatching(/^sent refused .*"code":4100/),
      "closed refused 4100",
    ]);
    expect(meters.refusedHandshakes.get("too_many_handshakes")).toBe(1);
  });

  test("forgets one that leaves while it waits, and tells nobody of it", () => {
    const { all, front } = admission({ perSecond: 4 });
    const waiting = socket("waiting");
    front.opened(socket("in"), OPENING);
    front.opened(waiting, OPENING);
    front.closed(waiting, 1006);
    expect(all.waitingCount).toBe(0);
    pass(1_000);
    expect(seen).toEqual(["opened in"]);
  });

  test("keeps nobody waiting when the server is closed: they are told by what is behind", () => {
    const { all, front } = admission({ perSecond: 4 });
    for (const name of ["in", "waits"]) front.opened(socket(name), OPENING);
    isClosed = true;
    all.flush();
    front.opened(socket("newcomer"), OPENING);
    expect(seen).toEqual(["opened in", "opened waits", "opened newcomer"]);
  });

  test("is not there at all without a limit", () => {
    const handlers = behind();
    const options = { handlers, perSecond: null, longestWaitMs: 0, isClosed: () => false, meters };
    const all = new Admission({ ...options, monotonicNow: () => nowMs, later: () => () => {} });
    expect(all.inFront()).toBe(handlers);
  });

  function admission({ perSecond, longestWaitMs = 10_000 }: { perSecond: number; longestWaitMs?: number }) {
    const all = new Admission({
      handlers: behind(),
      perSecond,
      longestWaitMs,
      isClosed: () => isClosed,
      meters,
      monotonicNow: () => nowMs,
      later(callback) {
        timers.push(callback);
        return () => void timers.splice(timers.indexOf(callback), 1);
      },
    });
    return { all, front: all.inFront() };
  }

  function behind() {
    return {
      opened: (opened: Socket) => void seen.push(`opened ${nameOf(opened)}`),
      closed: (closed: Socket) => void seen.push(`gone ${nameOf(closed)}`),
      text() {},
      refused() {},
      alive() {},
    };
  }

  /** Time passes, and whatever was to be called by then is called. */
  function pass(ms: number): void {
    nowMs += ms;
    for (const callback of timers.splice(0)) callback();
  }

  function socket(name: string): Socket {
    return {
      name,
      connection: undefined,
      send: (text: string) => void seen.push(`sent ${name} ${text}`),
      close: (code: number) => void seen.push(`closed ${name} ${code}`),
      join() {},
      leave() {},
      publishToOthers() {},
      ping() {},
      bufferedBytes: () => 0,
    } as Socket;
  }

  function nameOf(socket: Socket): string {
    return (socket as Socket & { readonly name: string }).name;
  }
});
