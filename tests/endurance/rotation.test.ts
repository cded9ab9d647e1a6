import { afterAll, beforeAll, expect, test } from "bun:test";
import { Admin } from "../support/admin.ts";
import { report } from "../support/report.ts";
import { startServer, type TestServer } from "../support/server.ts";
import type { AppCredentials } from "../support/sign.ts";
import { openSide, SignedTraffic } from "./signed-traffic.ts";

/** Subscribes, and as many publishes. */
const PER_SECOND = 500;
/** Of traffic between two steps. */
const ROUNDS = 2 * PER_SECOND;
const CONNECTIONS = 20;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

test("a rotation under 500 subscribes and 500 publishes a second refuses nothing valid and accepts nothing revoked", async () => {
  const admin = new Admin(() => server);
  const { credentials } = await admin.done("POST", "/apps", { name: "Under load" });
  const app: AppCredentials = { id: credentials.app_id, key: credentials.key, secret: credentials.secret };
  const path = `/apps/${app.id}/keys/${app.key}/secrets`;
  const former = await openSide(server, app, CONNECTIONS);
  const traffic = new SignedTraffic([former], PER_SECOND);
  await traffic.more(ROUNDS);

  /** Takes a step while the traffic goes on, and lets some more of it by. */
  const step = async (
    name: string,
    body: object | undefined,
    answered: (status: Status) => unknown = () => {},
  ) => {
    const startedAtMs = performance.now();
    const status: Status = await admin.done("POST", `${path}/${name}`, body);
    const tookMs = performance.now() - startedAtMs;
    await answered(status);
    report(`rotation: ${name} is in effect after ${tookMs.toFixed(1)} ms`);
    expect(status.applied).toEqual({ nodes: 1, of: 1 });
    expect(tookMs).toBeLessThan(1_000);
    await traffic.more(ROUNDS);
    return status;
  };

  const { secret = "" } = await step("rotate", {}, async (rotated) => {
    const latter = await openSide(server, { ...app, secret: rotated.secret ?? "" }, CONNECTIONS);
    traffic.sides = [former, latter];
  });
  expect(secret).not.toBe("");
  await step("activate", { retire_for_seconds: 3_600 });
  await step("undo", undefined);
  await step("activate", { retire_for_seconds: 3_600 });

  traffic.expect(former, "either");
  const revoked = await step("revoke", { which: "retiring" }, () => {
    former.expectation = "revoked";
  });
  await traffic.stop();

  const { valid, either, revoked: after } = traffic.counts;
  report(
    `rotation: ${traffic.rounds} subscribes and ${traffic.rounds} publishes, ${Math.round(traffic.rate)} of each a second; ` +
      `valid: ${valid.accepted} accepted, ${valid.refused + valid.interrupted} not; during the revocation ${sum(either)}; ` +
      `after it: ${after.accepted} accepted, ${after.refused} refused, ${after.interrupted} interrupted`,
  );
  report(`rotation: ended ${JSON.stringify(revoked.ended)}`);
  expect(valid).toEqual({ accepted: valid.accepted, refused: 0, interrupted: 0 });
  expect(after.accepted).toBe(0);
  expect(sum(valid) + sum(either) + sum(after)).toBe(2 * traffic.rounds);
  // All of the former secret's share of the traffic, but for what its connections' end cut short.
  expect(after.refused).toBeGreaterThan(ROUNDS / 2);
  expect(revoked.ended?.connections).toBe(CONNECTIONS);
  const [, latter] = traffic.sides;
  expect(former.subscribers.closeCodes).toEqual(Array.from({ length: CONNECTIONS }, () => 4200));
  expect(latter?.subscribers.closeCodes).toEqual([]);
}, 120_000);

interface Status {
  readonly secret?: string;
  readonly applied: { readonly nodes: number; readonly of: number };
  readonly ended?: { readonly connections: number; readonly subscriptions: number };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
