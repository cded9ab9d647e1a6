import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Api } from "../support/api.ts";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";

const BUFFER_LIMIT = 256 * 1024;
const EVENT = "x".repeat(10_000);
// Far more than the limit and both kernel buffers together hold.
const EVENTS = 3_000;

describe("a subscriber that stops reading", () => {
  let server: TestServer;
  let api: Api;
  beforeAll(async () => {
    server = await startServer({ env: { USHER_MAX_BUFFERED_BYTES: String(BUFFER_LIMIT) } });
    api = new Api(`http://${server.host}:${server.port}`, appOf(server));
  });
  afterAll(() => server.stop());

  test("is closed with 4100 after every event it was owed until then, while another receives them all", async () => {
    const slow = await RawSocket.open(server.host, server.port, `/app/${server.key}?protocol=7`);
    await slow.nextText();
    slow.sendText('{"event":"pusher:subscribe","data":{"channel":"flood"}}');
    await slow.nextText();
    slow.pause();
    const healthy = new TestSocket(
      `ws://${server.host}:${server.port}/app/${server.key}?protocol=7`,
      appOf(server),
    );
    await healthy.established();
    await healthy.join("flood");

    for (let index = 0; index < EVENTS; index++) {
      await api.trigger({ name: String(index), channels: ["flood"], data: EVENT });
    }
    for (let index = 0; index < EVENTS; index++) expect((await healthy.next()).event).toBe(String(index));
    expect(await metric(server, 'usher_closes_total{app_id="3",code="slow_consumer"}')).toBe(1);
    expect(await metric(server, 'usher_connections{app_id="3"}')).toBe(1);

    slow.resume();
    const { events, error, closeCode } = await readToTheEnd(slow);
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThan(EVENTS);
    expect(events).toEqual(events.map((_, index) => String(index)));
    expect(error).toMatchObject({ code: 4100 });
    expect(closeCode).toBe(4100);
  }, 60_000);
});

/** Events in a row without a hole, then the reason, then the close. */
async function readToTheEnd(socket: RawSocket) {
  const events: string[] = [];
  let error: unknown;
  for (;;) {
    const { opcode, payload } = await socket.next();
    if (opcode === OPCODE.close) return { events, error, closeCode: payload.readUInt16BE() };
    const frame = JSON.parse(payload.toString("utf8")) as { event: string; data: unknown };
    if (frame.event === "pusher:error") error = frame.data;
    else events.push(frame.event);
  }
}

async function metric(server: TestServer, name: string): Promise<number> {
  const page = await (await fetch(`http://${server.host}:${server.opsPort}/metrics`)).text();
  const line = page.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

function appOf({ appId: id, key, secret }: TestServer) {
  return { id, key, secret };
}
