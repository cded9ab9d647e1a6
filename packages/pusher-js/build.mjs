// Makes the package that is published: `node packages/pusher-js/build.mjs [FOLDER]`, the folder being dist/ beside this
// file unless given. An ES module, a script for pages without modules, types, and a package.json that says so.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const ENTRY = join(HERE, "src", "index.ts");
/** Each with the file that it comes from. */
const PLUG_INS = { batchedAuthorization: "batched-authorization.ts", resume: "resume.ts" };
// Nothing newer than this slips in: the types are made, and with them all code is checked, against these.
const LANGUAGE = ["--target", "es2020", "--lib", "es2020,dom", "--module", "esnext"];
const STRICTNESS = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
const RESOLUTION = ["--moduleResolution", "bundler", "--allowImportingTsExtensions", "--types", ""];

if (process.argv[1] === fileURLToPath(import.meta.url)) build(resolve(process.argv[2] ?? join(HERE, "dist")));

/** The code of one file, minified: the package's module, or the script for pages without modules. */
export function bundle(format, plugIns = Object.keys(PLUG_INS)) {
  if (format === "esm") return bundleEntry(ENTRY, format);
  const imports = plugIns.map((name) => {
    return `import { ${name} } from ${JSON.stringify(join(HERE, "src", PLUG_INS[name]))};`;
  });
  const scratch = mkdtempSync(join(tmpdir(), "usher-pusher-js-"));
  try {
    const script = join(scratch, "script.ts");
    writeFileSync(
      script,
      `${imports.join("\n")}
      globalThis.Usher = { ...globalThis.Usher, ${plugIns.join(", ")} };`,
    );
    return bundleEntry(script, format);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function bundleEntry(entry, format) {
  const bun = join(ROOT, "node_modules", ".bin", "bun");
  return run(bun, ["build", entry, "--minify", "--target=browser", `--format=${format}`]);
}

function build(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "index.js"), bundle("esm"));
  writeFileSync(join(out, "usher-pusher-js.min.js"), bundle("iife"));
  declareTypes(out);
  describePackage(out);
  cpSync(join(HERE, "README.md"), join(out, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(out, "LICENSE"));
}

/** Types import by their files' `.ts` names; published, they must name what stands beside them. */
function declareTypes(out) {
  const emit = ["--declaration", "--emitDeclarationOnly", "--rootDir", join(HERE, "src"), "--outDir", out];
  run(join(ROOT, "node_modules", ".bin", "tsc"), [
    "--ignoreConfig",
    ...STRICTNESS,
    ...LANGUAGE,
    ...RESOLUTION,
    ...emit,
    ENTRY,
  ]);
  for (const file of readdirSync(out).filter((name) => name.endsWith(".d.ts"))) {
    const text = readFileSync(join(out, file), "utf8");
    writeFileSync(join(out, file), text.replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
}

function describePackage(out) {
  const source = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const { name, version, description, license, type, sideEffects, peerDependencies } = source;
  const published = {
    name,
    version,
    description,
    license,
    type,
    sideEffects,
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./usher-pusher-js.min.js": "./usher-pusher-js.min.js",
      "./package.json": "./package.json",
    },
    // For script tags by way of a CDN or a copy.
    unpkg: "./usher-pusher-js.min.js",
    jsdelivr: "./usher-pusher-js.min.js",
    peerDependencies,
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

function run(command, args) {
  const { status, stdout } = spawnSync(command, args, { cwd: HERE, stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`${command} failed:\n${stdout}`);
  return stdout.toString();
}
