// What `npm run check` runs: types, lint and format, unused code. All of them, whichever fails.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const CHECKS = [
  { name: "types", command: "tsc", args: ["-p", "."] },
  { name: "lint and format", command: "biome", args: ["check", "."] },
  { name: "unused code", command: "knip", args: [] },
];

const failed = CHECKS.filter(({ name, command, args }) => {
  console.log(`\n== ${name}: ${[command, ...args].join(" ")}`);
  const { status } = spawnSync(join(ROOT, "node_modules", ".bin", command), args, {
    cwd: ROOT,
    stdio: "inherit",
  });
  return status !== 0;
});

console.log(
  failed.length === 0 ? "\nAll checks pass." : `\nFailed: ${failed.map(({ name }) => name).join(", ")}.`,
);
process.exit(failed.length === 0 ? 0 : 1);
