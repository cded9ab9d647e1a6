import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { openStore, type Store } from "@usher/server/store";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";
import { eventually } from "../support/time-limit.ts";

setDefaultTimeout(60_000);

const { id, key, secret: FIRST } = TEST_APP;
const SECOND = "the-second-secret";
const BY = { kind: "operator", id: "op_1", name: "a@example.com", address: null } as const;

let dataDir: string;
let server: TestServer;
let store: Store;

beforeEach(async () => {
  dataDir = await newDataDir();
  server = await startServer({ dataDir });
  store = await openStore({ dataDir, masterKey: null, databaseUrl: null, create: false, lockWaitMs: 5_000 });
});

afterEach(async () => {
  await store.close();
  server.signal("SIGKILL");
  await server.exited;
  rmSync(dataDir, { recursive: true });
});

async function isAccepted(secret: string): Promise<boolean> {
  const api = new Api(`http://${server.host}:${server.port}`, { id, key, secret });
  return (await api.get("/channels")).status === 200;
}

/** Resolves when every node shows what was committed so far, and fails when that takes a second. */
async function applied(nodes: number): Promise<void> {
  const revision = await store.apps.revision();
  const isOnAll = (on: { readonly nodes: number; readonly of: number }) =>
    on.nodes === nodes && on.of === nodes;
  await eventually(() => store.nodes.appliedOn(revision), isOnAll, 1_000);
}

test("every step of a rotation takes effect within a second, and the list of nodes says when", async () => {
  const { apps } = store;
  await apps.rotateSecret(id, key, { secret: SECOND }, BY);
  await applied(1);
  expect([await isAccepted(FIRST), await isAccepted(SECOND)]).toEqual([true, true]);
  await apps.activateSecret(id, key, { retireForSeconds: 3_600 }, BY);
  await applied(1);
  expect([await isAccepted(FIRST), await isAccepted(SECOND)]).toEqual([true, true]);
  await apps.revokeSecrets(id, key, { which: "retiring", endConnections: false, replacement: "unused" }, BY);
  await applied(1);
  expect([await isAccepted(FIRST), await isAccepted(SECOND)]).toEqual([false, true]);
});

test("a change is in effect on two of two nodes when both show it, and a node that stops is no longer counted", async () => {
  const other = await startServer({ dataDir });
  await store.apps.rotateSecret(id, key, { secret: SECOND }, BY);
  await applied(2);
  expect(await other.stop()).toBe(0);
  expect(await store.nodes.appliedOn(0)).toEqual({ nodes: 1, of: 1 });
});

test("a retirement ends by itself when its time is over, once, with two nodes watching", async () => {
  const other = await startServer({ dataDir });
  await store.apps.rotateSecret(id, key, { secret: SECOND }, BY);
  await store.apps.activateSecret(id, key, { retireForSeconds: 1 }, BY);
  await eventually(
    () => isAccepted(FIRST),
    (accepted) => !accepted,
  );
  expect(await isAccepted(SECOND)).toBe(true);
  await applied(2);
  const entries = await store.audit.list({ action: "secret.retired", limit: 10 });
  expect(entries).toMatchObject([{ appId: id, target: key, actor: { kind: "system" } }]);
  await other.stop();
});

test("a start with the old configuration undoes no step of a rotation and says what became of the secret", async () => {
  const { apps } = store;
  const steps: [() => Promise<unknown>, boolean, string | undefined][] = [
    [() => apps.rotateSecret(id, key, { secret: SECOND }, BY), true, undefined],
    [() => apps.activateSecret(id, key, { retireForSeconds: 3_600 }, BY), true, "is retiring"],
    [() => apps.undoActivation(id, key, BY), true, undefined],
    [() => apps.activateSecret(id, key, { retireForSeconds: 0 }, BY), false, "was revoked"],
  ];
  for (const [step, isFirstAccepted, notice] of steps) {
    await step();
    server.signal("SIGKILL");
    await server.exited;
    server = await startServer({ dataDir });
    expect([await isAccepted(FIRST), await isAccepted(SECOND)]).toEqual([isFirstAccepted, true]);
    const said = server.output().match(/the configured secret of app 3 (is retiring|was revoked)/);
    expect(said?.[1]).toBe(notice);
    expect(server.output()).not.toContain(SECOND);
  }
});

test("a server does not start with another master key than the secrets were sealed with", async () => {
  const failing = startServer({ dataDir, env: { USHER_MASTER_KEY: "ab".repeat(32) } });
  await expect(failing).rejects.toThrow("sealed with another master key");
});
