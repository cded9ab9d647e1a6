// Makes `dist`, the package as it is published: an ES module, a script for pages without modules, and types.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import manifest from "./package.json";

const FOLDER = import.meta.dir;
const DIST = join(FOLDER, "dist");

/** The global of the script is `Usher.batchedAuthorization`. */
const SCRIPT =
  'import { batchedAuthorization } from "./src/index.ts"; globalThis.Usher = { ...globalThis.Usher, batchedAuthorization };';

/** One file, minified, for browsers and everything else that runs JavaScript. */
export async function bundle(format: "esm" | "iife"): Promise<string> {
  const entry = join(FOLDER, format === "esm" ? "src/index.ts" : "script.ts");
  const { outputs } = await Bun.build({
    entrypoints: [entry],
    files: format === "esm" ? {} : { [entry]: SCRIPT },
    target: "browser",
    format,
    minify: true,
  });
  return (outputs[0] as Blob).text();
}

if (import.meta.main) {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST);
  await Bun.write(join(DIST, "index.js"), await bundle("esm"));
  await Bun.write(join(DIST, "usher-pusher-js.min.js"), await bundle("iife"));
  await writeTypes();
  await cp(join(FOLDER, "README.md"), join(DIST, "README.md"));
  await cp(join(FOLDER, "../../LICENSE"), join(DIST, "LICENSE"));
  const { private: _, scripts: __, ...published } = manifest;
  const exports = { ".": { types: "./index.d.ts", default: "./index.js" } };
  await Bun.write(
    join(DIST, "package.json"),
    `${JSON.stringify({ ...published, exports, types: "./index.d.ts" }, null, 2)}\n`,
  );
}

/** Compiled against no more than ES2020 and the browser, so that nothing newer slips in. */
async function writeTypes(): Promise<void> {
  const options = "--declaration --emitDeclarationOnly --strict --exactOptionalPropertyTypes --skipLibCheck";
  const target = "--target es2020 --lib es2020,dom --module esnext --moduleResolution bundler --types";
  const files = "--rewriteRelativeImportExtensions --rootDir src --outDir dist src/index.ts";
  const command = [
    "tsc",
    "--ignoreConfig",
    ...options.split(" "),
    ...target.split(" "),
    "",
    ...files.split(" "),
  ];
  const tsc = Bun.spawn(
    [join(FOLDER, "../../node_modules/.bin", command[0] as string), ...command.slice(1)],
    {
      cwd: FOLDER,
      stdout: "inherit",
      stderr: "inherit",
    },
  );
  if ((await tsc.exited) !== 0) throw new Error("tsc has complaints");
}
