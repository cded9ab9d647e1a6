// Fan-out with history on and off, in turns on one server: `node scripts/bun.mjs bench/src/history-fan-out.ts`.
import { Api } from "../../tests/support/api.ts";
import { startServer, TEST_APP } from "../../tests/support/server.ts";
import { TestSocket } from "../../tests/support/socket.ts";

const RECEIVERS = 200;
const EVENTS = 800;
const ROUNDS = 10;
const DATA = JSON.stringify({ text: "x".repeat(200) });

const server = await startServer({ settings: { history_prefixes: ["kept-"], history_events: 1_000 } });
const api = new Api(`http://${server.host}:${server.port}`, TEST_APP);
const sockets = await Promise.all(Array.from({ length: RECEIVERS }, () => open()));
const spent: Record<"off" | "on", { cpuMs: number; wallMs: number }[]> = { off: [], on: [] };
await round("plain-warm");
await round("kept-warm");
for (let n = 0; n < ROUNDS; n++) {
  // The one that goes first is another one each time.
  for (const kind of n % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
    spent[kind].push(await round(`${kind === "on" ? "kept" : "plain"}-${n}`));
  }
}
process.stdout.write(
  `${RECEIVERS} receivers, ${EVENTS} events of ${DATA.length} bytes, ${ROUNDS} rounds each; medians\n`,
);
for (const kind of ["off", "on"] as const) {
  const cpu = median(spent[kind].map(({ cpuMs }) => cpuMs));
  const wall = median(spent[kind].map(({ wallMs }) => wallMs));
  const perDelivery = (1_000 * cpu) / (EVENTS * RECEIVERS);
  process.stdout.write(
    `history ${kind.padEnd(3)}: ${cpu.toFixed(0)} ms of the server's CPU, ${perDelivery.toFixed(3)} µs a delivery, ${wall.toFixed(0)} ms until all had all\n`,
  );
}
await Promise.all(sockets.map((socket) => socket.close()));
await server.stop();

async function open(): Promise<TestSocket> {
  const socket = new TestSocket(
    `ws://${server.host}:${server.port}/app/${TEST_APP.key}?protocol=7`,
    TEST_APP,
  );
  await socket.established();
  return socket;
}

/** Sends the events on one channel until everybody has all of them. */
async function round(channel: string): Promise<{ cpuMs: number; wallMs: number }> {
  await Promise.all(sockets.map((socket) => socket.join(channel)));
  const [cpuMs, startedAtMs] = [await cpuOf(server.pid), performance.now()];
  for (let n = 0; n < EVENTS; n += 20) {
    const batch = Array.from({ length: 20 }, () =>
      api.trigger({ name: "e", data: DATA, channels: [channel] }),
    );
    await Promise.all(batch);
    await Promise.all(sockets.map((socket) => readTwenty(socket)));
  }
  const took = { cpuMs: (await cpuOf(server.pid)) - cpuMs, wallMs: performance.now() - startedAtMs };
  for (const socket of sockets) socket.unsubscribe(channel);
  return took;
}

async function readTwenty(socket: TestSocket): Promise<void> {
  for (let n = 0; n < 20; n++) await socket.nextText();
}

/** Milliseconds of CPU that a process has used, from Linux, which counts in hundredths of a second. */
async function cpuOf(pid: number): Promise<number> {
  const fields = (await Bun.file(`/proc/${pid}/stat`).text()).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
