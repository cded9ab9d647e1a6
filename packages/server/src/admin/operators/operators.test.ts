import { describe } from "bun:test";
import { hasPostgres, sharedPostgres } from "../../../../../tests/support/postgres.ts";
import { openAdmin } from "../testing/admin-harness.ts";
import { describeOperators } from "./operators-suite.ts";

describeOperators("sqlite", () => openAdmin());

describe.skipIf(!hasPostgres)("PostgreSQL", () => {
  describeOperators("PostgreSQL", async () => {
    const database = await (await sharedPostgres()).createDatabase();
    const admin = await openAdmin({}, database.url);
    return {
      ...admin,
      async close() {
        await admin.close();
        await database.drop();
      },
    };
  });
});
