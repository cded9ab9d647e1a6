import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { TestSession } from "../support/http-session.ts";
import { metricsOf, sumOf } from "../support/metrics.ts";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

/** Five clients at once, ten more that wait, and a refusal for whoever comes in the same moment beyond that. */
const PACE = { USHER_ACCEPT_RATE: "20", USHER_ACCEPT_WAIT_MS: "500" };
const WAVE = 50;

let server: TestServer;
let endpoint: AuthEndpoint | undefined;
let clients: Clients | undefined;

afterEach(async () => {
  clients?.end();
  await endpoint?.stop();
  await server.stop();
});

test("a wave is let in at a pace, and whoever would wait too long is refused with 4100", async () => {
  server = await startServer({ env: PACE });
  const path = `/app/${TEST_APP.key}?protocol=7`;
  const sockets = await Promise.all(
    Array.from({ length: WAVE }, () => RawSocket.open(server.host, server.port, path)),
  );
  const fates = await Promise.all(sockets.map(fateOf));
  const refused = fates.filter((fate) => fate === "4100").length;
  expect(refused).toBeWithin(1, 36);
  expect(fates.filter((fate) => fate === "greeted")).toHaveLength(WAVE - refused);
  const metrics = await metricsOf(server);
  expect(metrics.get('usher_handshakes_refused_total{code="too_many_handshakes"}')).toBe(refused);
  expect(sumOf(metrics, "usher_handshakes_delayed_total")).toBeWithin(10, WAVE - refused - 4);
  expect(sumOf(metrics, "usher_handshakes_waiting")).toBe(0);
  expect(sumOf(metrics, "usher_connections")).toBe(WAVE - refused);
  for (const socket of sockets) socket.destroy();
});

test("stock clients that were refused come back by themselves until all are in", async () => {
  server = await startServer({ env: PACE });
  endpoint = startAuthEndpoint(TEST_APP);
  const auth = endpoint;
  const all = new Clients(
    TEST_APP,
    () => server,
    () => auth,
  );
  clients = all;
  await Promise.all(Array.from({ length: WAVE }, () => all.connect(NodePusher)));
  const metrics = await metricsOf(server);
  expect(metrics.get('usher_handshakes_refused_total{code="too_many_handshakes"}')).toBeGreaterThan(0);
  expect(sumOf(metrics, "usher_connections")).toBe(WAVE);
});

test("clients over HTTP wait in the same line, with an answer that is open already", async () => {
  server = await startServer({ env: PACE });
  const before = await Promise.all(
    Array.from({ length: 10 }, () =>
      RawSocket.open(server.host, server.port, `/app/${TEST_APP.key}?protocol=7`),
    ),
  );
  const where = { app: TEST_APP, httpUrl: `http://${server.host}:${server.port}` };
  const [stream, poll] = [new TestSession(where), new TestSession(where)];
  const [open] = await Promise.all([stream.openWithStream(), poll.openWithPoll()]);
  expect(stream.socketId).toMatch(/^\d+\.\d+$/);
  const metrics = await metricsOf(server);
  expect(sumOf(metrics, "usher_handshakes_delayed_total")).toBeGreaterThan(4);
  expect(sumOf(metrics, "usher_http_sessions")).toBe(2);
  open.abort();
  for (const socket of before) socket.destroy();
});

/** What became of a client: greeted, or the code that it was closed with. */
async function fateOf(socket: RawSocket): Promise<string> {
  const { event, data } = JSON.parse(await socket.nextText()) as { event: string; data: { code?: number } };
  if (event === "pusher:connection_established") return "greeted";
  const { opcode, payload } = await socket.next();
  expect(opcode).toBe(OPCODE.close);
  expect(payload.readUInt16BE()).toBe(data.code ?? 0);
  return String(data.code);
}
