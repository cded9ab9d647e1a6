import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../store/open-store.ts";
import { describeRollups } from "./rollups-suite.ts";

describeRollups("sqlite", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "usher-rollups-"));
  return {
    open: () => openStore({ dataDir, create: true, lockWaitMs: 5_000, masterKey: null, databaseUrl: null }),
    remove: async () => rmSync(dataDir, { recursive: true }),
  };
});
