import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { Api } from "../support/api.ts";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { report, seconds } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(120_000);

const DRAIN_SECONDS = 10;

let server: TestServer;

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
});

test("SIGTERM sends each of 5,000 clients away with 4200 in a frame and in the close code, and ends with 0", async () => {
  server = await startServer({ env: { USHER_DRAIN_SECONDS: String(DRAIN_SECONDS) } });
  const sockets = await crowd(5_000);
  expect(await readiness()).toBe(200);

  const startedAtMs = performance.now();
  server.signal("SIGTERM");
  const farewells = sockets.map(farewell);
  await Promise.race(farewells);
  expect(await readiness()).toBe(503);
  expect(await newcomer()).toBe("pusher:error 4100, close 4100");
  expect((await channels()).status).toBe(200);

  const ends = await Promise.all(farewells);
  expect(ends.filter(({ codes }) => codes !== "pusher:error 4200, close 4200")).toEqual([]);
  expect(await server.exited).toBe(0);

  const [all, exit] = [Math.max(...ends.map(({ atMs }) => atMs)), performance.now()].map(
    (ms) => ms - startedAtMs,
  );
  report(
    `drain of ${ends.length} clients: all sent away in ${seconds(all ?? 0)}, exit after ${seconds(exit ?? 0)}`,
  );
  expect(exit).toBeLessThan((DRAIN_SECONDS + 5) * 1_000);
});

test("a server behind a balancer is not ready first, and takes newcomers until the delay is over", async () => {
  server = await startServer({ env: { USHER_DRAIN_DELAY_SECONDS: "2" } });
  const [before] = await crowd(1);
  server.signal("SIGTERM");
  await eventually(readiness, (status) => status === 503);
  const late = await RawSocket.open(server.host, server.port, `/app/${server.key}?protocol=7`);
  expect(await late.nextText()).toContain("pusher:connection_established");
  for (const socket of [before, late]) {
    expect((await farewell(socket as RawSocket)).codes).toBe("pusher:error 4200, close 4200");
  }
  expect(await server.exited).toBe(0);
});

test("a second signal ends the server at once, whoever is still connected", async () => {
  server = await startServer({ env: { USHER_DRAIN_SECONDS: "60" } });
  const sockets = await crowd(1_500);
  server.signal("SIGTERM");
  await Promise.race(sockets.map(farewell));
  const secondAtMs = performance.now();
  server.signal("SIGTERM");
  expect(await server.exited).toBe(130);
  expect(performance.now() - secondAtMs).toBeLessThan(1_000);
});

test("SIGINT stops a server as SIGTERM does, and one without clients at once", async () => {
  server = await startServer();
  const startedAtMs = performance.now();
  server.signal("SIGINT");
  expect(await server.exited).toBe(0);
  expect(performance.now() - startedAtMs).toBeLessThan(2_000);
});

/** Clients that have been greeted; connected a few at a time, so that none waits long. */
async function crowd(size: number): Promise<RawSocket[]> {
  const sockets: RawSocket[] = [];
  while (sockets.length < size) {
    const batch = Array.from({ length: Math.min(100, size - sockets.length) }, async () => {
      const socket = await RawSocket.open(server.host, server.port, `/app/${server.key}?protocol=7`);
      expect(await socket.nextText()).toContain("pusher:connection_established");
      return socket;
    });
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

/** How a client was sent away, and when. */
async function farewell(socket: RawSocket): Promise<{ readonly codes: string; readonly atMs: number }> {
  const waitMs = (DRAIN_SECONDS + 10) * 1_000;
  try {
    const { event, data } = JSON.parse(await socket.nextText(waitMs)) as {
      event: string;
      data: { code: number };
    };
    const { opcode, payload } = await socket.next(waitMs);
    const close = opcode === OPCODE.close ? `close ${payload.readUInt16BE()}` : `frame ${opcode}`;
    return { codes: `${event} ${data.code}, ${close}`, atMs: performance.now() };
  } catch (error) {
    return { codes: String(error), atMs: performance.now() };
  } finally {
    socket.destroy();
  }
}

async function readiness(): Promise<number> {
  return (await fetch(`http://${server.host}:${server.opsPort}/health/ready`)).status;
}

async function newcomer(): Promise<string> {
  return (await farewell(await RawSocket.open(server.host, server.port, `/app/${server.key}?protocol=7`)))
    .codes;
}

function channels() {
  return new Api(`http://${server.host}:${server.port}`, TEST_APP).get("/channels");
}
