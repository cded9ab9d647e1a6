// Makes the package that is published: `node packages/sdk/build.mjs [FOLDER]`, the folder being dist/ beside this file
// unless given. ESM and types, with @usher/protocol in it, and a package.json that says so.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const BUN = join(ROOT, "node_modules", ".bin", "bun");
const FLAGS = ["--target=browser", "--format=esm", "--packages=bundle"];
const out = resolve(process.argv[2] ?? join(HERE, "dist"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
bundle();
declareTypes();
describePackage();
for (const [from, file] of [
  [HERE, "README.md"],
  [ROOT, "LICENSE"],
]) {
  cpSync(join(from, file), join(out, file));
}

/** The encrypted entry point imports the plain one, so that what both export is the same thing. */
function bundle() {
  run(BUN, ["build", "./src/index.ts", ...FLAGS, `--outfile=${join(out, "index.js")}`]);
  const encrypted = join(out, "encrypted.js");
  const external = ["--external=@noble/ciphers/*", "--external=*/index.ts"];
  run(BUN, ["build", "./src/encrypted.ts", ...FLAGS, ...external, `--outfile=${encrypted}`]);
  writeFileSync(encrypted, readFileSync(encrypted, "utf8").replaceAll('"./index.ts"', '"./index.js"'));
}

/** Types import by their files' `.ts` names; published, they must name what stands beside them. */
function declareTypes() {
  const scratch = mkdtempSync(join(tmpdir(), "usher-sdk-types-"));
  try {
    const config = join(scratch, "tsconfig.json");
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(ROOT, "tsconfig.json"),
        compilerOptions: {
          noEmit: false,
          declaration: true,
          emitDeclarationOnly: true,
          isolatedDeclarations: true,
          types: [],
          outDir: "out",
          rootDir: join(HERE, ".."),
        },
        include: [],
        files: [join(HERE, "src", "index.ts"), join(HERE, "src", "encrypted.ts")],
      }),
    );
    run(join(ROOT, "node_modules", ".bin", "tsc"), ["-p", config]);
    const types = join(scratch, "out", "sdk", "src");
    for (const file of readdirSync(types)) {
      const text = readFileSync(join(types, file), "utf8");
      writeFileSync(join(out, file), text.replace(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function describePackage() {
  const source = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const { name, version, description, license, type, peerDependencies, peerDependenciesMeta } = source;
  const entry = (file) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  const published = {
    name,
    version,
    description,
    license,
    type,
    sideEffects: false,
    exports: { ".": entry("index"), "./encrypted": entry("encrypted"), "./package.json": "./package.json" },
    engines: { node: ">=20.19" },
    peerDependencies,
    peerDependenciesMeta,
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${args[0]} failed`);
}
