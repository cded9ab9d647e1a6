// Runs the pinned Bun with the arguments given: `node scripts/bun.mjs FILE [ARG ...]`.
import { runBun } from "../packages/cli/bin/bun-runtime.mjs";

runBun(process.argv.slice(2));
