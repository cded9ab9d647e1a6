import { beforeEach, expect, test } from "bun:test";
import { Supervisor, type WorkerEvents } from "./supervisor.ts";
import type { ToWorker } from "./worker-messages.ts";

interface Started extends WorkerEvents {
  readonly told: ToWorker[];
  wasKilled: boolean;
}

let nowMs: number;
let started: Started[];
let timers: { readonly callback: () => void; readonly ms: number }[];

beforeEach(() => {
  [nowMs, started, timers] = [0, [], []];
});

test("the first worker starts alone and finds the port, which the others share; each has an ops port of its own", async () => {
  const supervisor = supervise({ workers: 3, ports: { port: 0, opsPort: 9_601 } });
  const up = supervisor.start();
  expect(roles()).toEqual([[1, 3, 0, 9_601, true]]);
  started[0]?.onMessage({ kind: "listening", port: 6_001, opsPort: 9_601 });
  await settle();
  expect(roles().slice(1)).toEqual([
    [2, 3, 6_001, 9_602, false],
    [3, 3, 6_001, 9_603, false],
  ]);
  for (const worker of started.slice(1)) worker.onMessage({ kind: "listening", port: 6_001, opsPort: 1 });
  expect(await up).toEqual({ port: 6_001, opsPort: 9_601 });
});

test("a worker that ends is replaced, later each time that it ends soon, and soon again once one has lasted", async () => {
  await supervisorThatIsUp(2);
  const pauses = [0, 1, 2, 3, 4, 5, 6, 7].map(() => {
    started.at(-1)?.onExit(1, null);
    const ms = timers[0]?.ms ?? 0;
    pass();
    started.at(-1)?.onMessage({ kind: "listening", port: 6_001, opsPort: 1 });
    return ms;
  });
  expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  nowMs += 60_000;
  started.at(-1)?.onExit(null, "SIGKILL");
  expect(timers.map(({ ms }) => ms)).toEqual([500]);
  pass();
  // In the place of the one that ended, and without a word to people who have read it already.
  expect(roles().at(-1)).toEqual([2, 2, 6_001, 9_602, false]);
});

test("stops all, replaces nobody meanwhile, and says whether all ended well", async () => {
  const supervisor = await supervisorThatIsUp(2);
  const stopped = supervisor.stop();
  for (const { told } of started) expect(told.at(-1)).toEqual({ kind: "stop" });
  for (const worker of started) worker.onExit(0, null);
  expect(await stopped).toBe(true);
  expect([started.length, timers]).toEqual([2, []]);
});

test("one that was waiting for its turn to be replaced is not, once all are stopped", async () => {
  const supervisor = await supervisorThatIsUp(2);
  started[1]?.onExit(null, "SIGSEGV");
  const stopped = supervisor.stop();
  expect(timers).toEqual([]);
  started[0]?.onExit(0, null);
  expect(await stopped).toBe(false);
});

test("a first start that fails ends the others and has the exit code of the one that failed", async () => {
  const supervisor = supervise({ workers: 2 });
  const up = supervisor.start();
  started[0]?.onMessage({ kind: "listening", port: 6_001, opsPort: 9_601 });
  await settle();
  started[1]?.onExit(69, null);
  await expect(up).rejects.toMatchObject({ name: "WorkerFailed", exitCode: 69 });
  expect(started[0]?.told.at(-1)).toEqual({ kind: "stop" });
  expect(timers).toEqual([]);
});

test("a second stop ends all at once", async () => {
  const supervisor = await supervisorThatIsUp(2);
  void supervisor.stop();
  supervisor.kill();
  expect(started.map(({ wasKilled }) => wasKilled)).toEqual([true, true]);
});

function supervise({
  workers,
  ports = { port: 6_001, opsPort: 9_601 },
}: Partial<Given> & { workers: number }) {
  return new Supervisor({
    workers,
    ports,
    localToken: "token",
    spawn(events) {
      const worker: Started = { ...events, told: [], wasKilled: false };
      started.push(worker);
      return {
        pid: started.length,
        send: (message) => void worker.told.push(message),
        kill() {
          worker.wasKilled = true;
        },
      };
    },
    log: { info() {}, error() {} },
    monotonicNow: () => nowMs,
    later(callback, ms) {
      const timer = { callback, ms };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
}

interface Given {
  readonly ports: { readonly port: number; readonly opsPort: number };
}

async function supervisorThatIsUp(workers: number): Promise<Supervisor> {
  const supervisor = supervise({ workers });
  const up = supervisor.start();
  started[0]?.onMessage({ kind: "listening", port: 6_001, opsPort: 9_601 });
  await settle();
  for (const worker of started.slice(1)) worker.onMessage({ kind: "listening", port: 6_001, opsPort: 1 });
  await up;
  return supervisor;
}

/** Index, number of them, port, ops port, whether it announces: what each was told first. */
function roles(): unknown[] {
  return started.map(({ told: [role] }) =>
    role?.kind === "role" ? [role.index, role.of, role.port, role.opsPort, role.isAnnouncing] : role,
  );
}

function pass(): void {
  for (const { callback, ms } of timers.splice(0)) {
    nowMs += ms;
    callback();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}
