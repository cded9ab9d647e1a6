import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const STATS = `/apps/${TEST_APP.id}/stats?range=15m`;
/** A server writes its figures every 10 s. */
const NEXT_FIGURES_MS = 20_000;

interface Shown {
  readonly now: { readonly connections: number };
  readonly totals: Readonly<Record<string, number>>;
  readonly marks: readonly { readonly kind: string; readonly text: string }[];
}

let dataDir: string;
let busy: TestServer;
let idle: TestServer;
/** Talks to the server that was started last. */
let admin: Admin;

beforeAll(async () => {
  dataDir = await newDataDir();
  busy = await startServer({ dataDir });
  idle = await startServer({ dataDir });
  admin = new Admin(() => ({ dataDir }));
});

afterAll(async () => {
  await Promise.all([busy.stop(), idle.stop()]);
  rmSync(dataDir, { recursive: true });
});

/** The request is what happens last. */
const isWritten = ({ now, totals }: Shown) => now.connections === 1 && totals["requests:4xx"] === 1;
const shown = (): Promise<Shown> => admin.done("GET", STATS);

test("what happens on one server shows on the other, and outlives both", async () => {
  const socket = new TestSocket(`ws://${busy.host}:${busy.port}/app/${TEST_APP.key}?protocol=7`, TEST_APP);
  await socket.established();
  await socket.join("private-a");
  socket.subscribe("private-b", { auth: `${TEST_APP.key}:${"0".repeat(64)}` });
  expect((await socket.next()).event).toBe("pusher:subscription_error");
  const api = new Api(`http://${busy.host}:${busy.port}`, { ...TEST_APP, secret: "wrong" });
  expect((await api.get("/channels")).status).toBe(401);

  const { totals } = await eventually(shown, isWritten, NEXT_FIGURES_MS);
  const expected = {
    connections_peak: 1,
    connections_opened: 1,
    "requests:4xx": 1,
    "subscriptions:granted": 1,
    "subscriptions:signature_mismatch": 1,
  };
  expect(totals).toMatchObject(expected);
  // A server that stops writes what it has not written yet.
  await busy.stop();
  const after = await shown();
  expect(after.now.connections).toBe(0);
  expect(after.totals).toMatchObject({ ...expected, connections_closed: 1 });
  expect(after.marks.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(new RegExp(`:${busy.port} stopped`)),
  );

  const { items } = await admin.done("GET", `/apps/${TEST_APP.id}/errors`);
  const codes = items.map(({ operation, code, count }: Record<string, unknown>) => [operation, code, count]);
  expect(codes).toContainEqual(["subscribe", "signature_mismatch", 1]);
  expect(codes).toContainEqual(["api channels", "http_auth_signature_mismatch", 1]);

  await idle.stop();
  idle = await startServer({ dataDir });
  const isMarked = ({ marks }: Shown) => marks.filter(({ kind }) => kind === "node").length === 5;
  const again = await eventually(shown, isMarked);
  expect(again.totals).toMatchObject({ ...expected, connections_closed: 1 });
});
