import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ToldNode } from "../../nodes/node-store.ts";
import { type AdminHarness, type Caller, codeOf, openAdmin } from "../testing/admin-harness.ts";

describe("nodes in the admin API", () => {
  let admin: AdminHarness;
  let as: Caller;

  beforeEach(async () => {
    admin = await openAdmin();
    as = await admin.operator("operator");
    await admin.store.nodes.join(NODE);
  });

  afterEach(() => admin.close());

  test("are shown with all that they tell of themselves", async () => {
    const { body } = await admin.ask("GET /nodes", { as });
    expect(body).toMatchObject({
      items: [
        {
          id: "node_1",
          name: "host:6001#2",
          version: "1.0.0",
          is_live: true,
          is_draining: false,
          drain_requested_at: null,
          connections: 7,
          applied_revision: 3,
          bus: { state: "up", since: "2026-03-01T12:00:00.000Z" },
          worker: { index: 2, of: 4 },
        },
      ],
    });
  });

  test("are drained and resumed, as often as it is asked, and the audit trail has each change once", async () => {
    const first = await admin.ask("POST /nodes/node_1/drain", { as });
    expect(first).toMatchObject({
      status: 200,
      body: { id: "node_1", drain_requested_at: expect.any(String) },
    });
    expect((await admin.ask("POST /nodes/node_1/drain", { as })).body).toEqual(first.body);
    for (let time = 0; time < 2; time++) {
      const resumed = await admin.ask("POST /nodes/node_1/resume", { as });
      expect(resumed).toMatchObject({ status: 200, body: { drain_requested_at: null } });
    }
    const actions = (await admin.store.audit.list({ limit: 10 })).map(({ action }) => action);
    expect(actions.filter((action) => action.startsWith("node."))).toEqual(["node.resume", "node.drain"]);
  });

  test.each(["drain", "resume"])("that are not there cannot be told to %s", async (order) => {
    const unknown = await admin.ask(`POST /nodes/node_2/${order}`, { as });
    expect([unknown.status, codeOf(unknown)]).toEqual([404, "node_not_found"]);
    await admin.store.database.transaction((transaction) =>
      transaction.updateTable("nodes").set({ seen_at: "2026-03-01T12:00:00.000Z" }).execute(),
    );
    const gone = await admin.ask(`POST /nodes/node_1/${order}`, { as });
    expect([gone.status, codeOf(gone)]).toEqual([409, "node_gone"]);
  });
});

const NODE: ToldNode = {
  id: "node_1",
  name: "host:6001#2",
  version: "1.0.0",
  startedAt: "2026-03-01T12:00:00.000Z",
  appliedRevision: 3,
  connections: 7,
  isDraining: false,
  drainRequestedAt: null,
  bus: { state: "up", since: "2026-03-01T12:00:00.000Z" },
  worker: { index: 2, of: 4 },
};
