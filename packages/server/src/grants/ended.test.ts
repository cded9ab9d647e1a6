import { expect, test } from "bun:test";
import { EndedReports, NOTHING_ENDED } from "./ended.ts";

test("reports are kept by what ended something, the latest thousand of them", () => {
  const reports = new EndedReports();
  reports.record("first", NOTHING_ENDED);
  reports.record("second", { ...NOTHING_ENDED, connections: 2 });
  reports.record("first", { ...NOTHING_ENDED, connections: 1 });
  expect(reports.of("first")?.connections).toBe(1);
  for (let index = 0; index < 999; index++) reports.record(`later ${index}`, NOTHING_ENDED);
  expect(reports.of("second")).toBeUndefined();
  expect(reports.of("first")?.connections).toBe(1);
});
