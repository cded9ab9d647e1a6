// `usher serve` with several workers that do not hear each other: what their parent does for them needs no Redis.
import { readFileSync } from "node:fs";
import { serve } from "@usher/server";
import { loadConfig } from "@usher/server/light";

const readFile = (path: string) => readFileSync(path, "utf8");
const loaded = loadConfig({ flags: {}, env: process.env, readFile, isTerminal: false });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
await serve({ ...loaded.value.config, workers: Number(process.env.WORKERS) }, {});
