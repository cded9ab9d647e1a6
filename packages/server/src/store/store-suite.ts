import { describeAudit } from "../audit/audit-suite.ts";
import { describeNodes } from "../nodes/nodes-suite.ts";
import { describeAppStore, type TestDatabase } from "./app-store-suite.ts";
import { describeSecrets } from "./secrets-suite.ts";

/** What a store promises on every kind of database. A driver's test file is one call to this, plus its own faults. */
export function describeStore(name: string, createDatabase: () => Promise<TestDatabase>): void {
  describeAppStore(name, createDatabase);
  describeSecrets(name, createDatabase);
  describeAudit(name, createDatabase);
  describeNodes(name, createDatabase);
}
