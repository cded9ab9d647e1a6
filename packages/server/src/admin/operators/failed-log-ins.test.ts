import { afterEach, beforeEach, expect, test } from "bun:test";
import pino from "pino";
import { type AdminHarness, openAdmin } from "../testing/admin-harness.ts";
import { FailedLogIns } from "./failed-log-ins.ts";

let admin: AdminHarness;
let logged: string[];
let failed: FailedLogIns;

beforeEach(async () => {
  admin = await openAdmin();
  logged = [];
  const log = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  failed = new FailedLogIns(admin.store.database, log);
});
afterEach(() => admin.close());

test("strangers cannot fill the audit trail, and cannot hide behind each other that somebody's account was tried", async () => {
  for (let index = 0; index < 130; index++) {
    await failed.record({ email: `${index}@example.com`, operatorId: null, address: "192.0.2.7" });
  }
  expect(await admin.store.audit.list({ limit: 500 })).toHaveLength(100);
  expect(logged).toEqual(["many failed log-ins: not all of them are in the audit trail"]);

  await failed.record({ email: "ada@example.com", operatorId: "op_1", address: "192.0.2.7" });
  await failed.record({ email: "ada@example.com", operatorId: "op_1", address: "192.0.2.7" });
  const [second, first] = await admin.store.audit.list({ limit: 2 });
  expect(first).toMatchObject({
    action: "session.login_failed",
    target: "op_1",
    details: { not_on_record: 30 },
  });
  expect(second?.details).toEqual({});
});
