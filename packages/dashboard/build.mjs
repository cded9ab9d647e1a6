// Bundles the dashboard into dist/: one page and hashed files that never change, each also compressed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const FOLDER = join(PACKAGE, "dist");
// Built beside its place and moved there whole, so that two builds at once leave one that is complete.
const FRESH = join(PACKAGE, `dist.${process.pid}`);
const TEXTUAL = new Set([".js", ".css", ".svg", ".html"]);

const { outputs } = await Bun.build({
  entrypoints: [join(PACKAGE, "src/main.tsx")],
  target: "browser",
  format: "esm",
  minify: true,
  splitting: true,
  sourcemap: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
});

rmSync(FRESH, { recursive: true, force: true });
mkdirSync(join(FRESH, "assets"), { recursive: true });
for (const output of outputs) {
  writeCompressed(join(FRESH, "assets", basename(output.path)), new Uint8Array(await output.arrayBuffer()));
}
for (const name of ["icon.svg"]) {
  writeCompressed(join(FRESH, "assets", name), readFileSync(join(PACKAGE, "src", name)));
}
writeFileSync(join(FRESH, "index.html"), page());
takePlace();

/** As fast as can be: a server may be starting from what is there. When two builds end at once, the first one stays. */
function takePlace() {
  const former = `${FRESH}.former`;
  try {
    if (existsSync(FOLDER)) renameSync(FOLDER, former);
    renameSync(FRESH, FOLDER);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code) || !existsSync(FOLDER)) throw error;
    rmSync(FRESH, { recursive: true, force: true });
  }
  rmSync(former, { recursive: true, force: true });
}

function page() {
  const script = outputs.find(({ kind }) => kind === "entry-point");
  const styles = outputs.filter(({ path }) => extname(path) === ".css");
  const links = styles.map(({ path }) => `<link rel="stylesheet" href="{{base}}/assets/${basename(path)}">`);
  return readFileSync(join(PACKAGE, "src/page.html"), "utf8")
    .replace("<!-- styles -->", links.join("\n    "))
    .replace(
      "<!-- script -->",
      `<script type="module" src="{{base}}/assets/${basename(script.path)}"></script>`,
    );
}

function writeCompressed(path, bytes) {
  writeFileSync(path, bytes);
  if (!TEXTUAL.has(extname(path))) return;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}
