import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { Random } from "../endurance/random.ts";
import { Admin } from "../support/admin.ts";
import { Api } from "../support/api.ts";
import { newDataDir } from "../support/apps.ts";
import { report } from "../support/report.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";

setDefaultTimeout(120_000);

const PATH = `/apps/${TEST_APP.id}/keys/${TEST_APP.key}/secrets`;
const NEW_SECRET = "the-new-secret-of-this-app";

/** A rotation through every step, and the states of the former and the new secret after each. */
const STEPS = [
  { name: "rotate", body: { secret: NEW_SECRET }, after: ["current", "pending"] },
  { name: "activate", body: { retire_for_seconds: 3_600 }, after: ["retiring", "current"] },
  { name: "undo", body: undefined, after: ["current", "pending"] },
  { name: "activate", body: { retire_for_seconds: 3_600 }, after: ["retiring", "current"] },
  { name: "revoke", body: { which: "retiring" }, after: ["revoked", "current"] },
] as const;

let dataDir: string;
let server: TestServer;
const admin = new Admin(() => server);

beforeEach(async () => {
  dataDir = await newDataDir();
  server = await startServer({ dataDir });
});

afterEach(async () => {
  server.signal("SIGKILL");
  await server.exited;
  rmSync(dataDir, { recursive: true });
});

async function killAndRestart(): Promise<void> {
  server.signal("SIGKILL");
  expect(await server.exited).toBe(137);
  // Its configuration still names the former secret, as deployments do.
  server = await startServer({ dataDir });
}

async function states(): Promise<string[]> {
  const { secrets } = await admin.done("GET", PATH);
  return secrets.map(({ state }: { state: string }) => state);
}

/** Which of the two secrets the HTTP API accepts. */
async function accepted(): Promise<boolean[]> {
  const url = `http://${server.host}:${server.port}`;
  const statuses = [TEST_APP.secret, NEW_SECRET].map(async (secret) => {
    const { status } = await new Api(url, { ...TEST_APP, secret }).get("/channels");
    return status === 200;
  });
  return Promise.all(statuses);
}

function isAccepted(state: string | undefined): boolean {
  return state !== undefined && state !== "revoked";
}

test("kill -9 after each step of a rotation leaves it where it was, and the next step is accepted", async () => {
  for (const { name, body, after } of STEPS) {
    await admin.done("POST", `${PATH}/${name}`, body);
    await killAndRestart();
    expect([name, await states()]).toEqual([name, [...after]]);
    expect([name, await accepted()]).toEqual([name, after.map(isAccepted)]);
  }
});

test("kill -9 during each step of a rotation leaves it taken or not taken, and the next step is accepted", async () => {
  const seed = Number(process.env.USHER_TEST_SEED ?? Date.now() % 1_000_000);
  report(`rotation: USHER_TEST_SEED=${seed}`);
  const random = Random.forTask(seed, 0);
  let before: readonly string[] = ["current"];
  let taken = 0;
  for (const { name, body, after } of STEPS) {
    const answer = admin.ask("POST", `${PATH}/${name}`, body).catch(() => undefined);
    // About as long as a step takes, so that the end finds it before, in the middle, or after.
    await Bun.sleep(random.below(12));
    await killAndRestart();
    await answer;
    const found = await states();
    expect([before, after]).toContainEqual(found as never);
    expect(await accepted()).toEqual(paddedTo(2, found.map(isAccepted)));
    if (found.join() === after.join()) taken++;
    else await admin.done("POST", `${PATH}/${name}`, body);
    expect(await states()).toEqual([...after]);
    before = after;
  }
  report(`rotation: of ${STEPS.length} steps that were cut short, ${taken} had been taken`);
});

/** A secret that was not made yet is not accepted. */
function paddedTo(count: number, accepted: readonly boolean[]): boolean[] {
  return Array.from({ length: count }, (_, index) => accepted[index] ?? false);
}
