import { readFileSync } from "node:fs";
import { serve } from "@usher/server";
import { loadConfig } from "../../server/src/config/load-config.ts";

const c = loadConfig({
  flags: {},
  env: process.env as Record<string, string>,
  readFile: (p: string) => readFileSync(p, "utf8"),
} as never);
if (!c.ok) {
  console.error(c.error);
  process.exit(78);
}
await serve(c.value.config);
