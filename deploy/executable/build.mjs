// Builds the `usher` command with everything it needs into one file: `npm run build:executable -- [FILE]`. Runs on Bun, for
// the kind of machine that it runs on. The file is `dist/usher` unless another is named.
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareDashboard } from "../../packages/dashboard/index.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const file = resolve(process.argv[2] ?? `${ROOT}dist/usher`);

// Paths within the executable are relative to where the bundler runs, and this folder is to be found as `dist` at its root,
// where packages/dashboard/index.mjs looks for it.
process.chdir(dirname(await prepareDashboard()));
mkdirSync(dirname(file), { recursive: true });

await Bun.build({
  entrypoints: [`${ROOT}packages/cli/src/main.ts`],
  target: "bun",
  // Readable names in stack traces are worth the few hundred kilobytes.
  minify: { whitespace: true, syntax: true, identifiers: false },
  // `pg` asks for it when told to, which nobody here does.
  external: ["pg-native"],
  compile: {
    outfile: file,
    assets: ["dist"],
    // Configuration comes from where the user put it, never from a file that happens to lie where the command is started.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
});

process.stdout.write(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
