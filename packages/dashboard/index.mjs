// Where the built dashboard is, for whoever serves it. Runs on Bun, in the server's process.
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL(".", import.meta.url));

/** The folder with `index.html` and `assets/`. */
export const DASHBOARD_FOLDER = join(PACKAGE, "dist");

/**
 * Builds the dashboard when its sources are newer than what was built, or were never built: so that a clone needs no step
 * of its own. Resolves to the folder.
 */
export async function prepareDashboard() {
  const builtAtMs = modifiedAtMs(join(DASHBOARD_FOLDER, "index.html"));
  if (builtAtMs < newestSourceMs(PACKAGE)) await build();
  return DASHBOARD_FOLDER;
}

/** In a process of its own: what a bundler needs of memory goes back when it ends. */
function build() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-env-file", join(PACKAGE, "build.mjs")], {
      cwd: PACKAGE,
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, NODE_ENV: "production" },
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors = (errors + chunk).slice(-4_000);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(undefined);
      else reject(new Error(`the dashboard could not be built: ${errors.trim() || `exit code ${code}`}`));
    });
  });
}

/** A package from the registry has no sources beside what was built. */
function newestSourceMs(folder) {
  const sources = join(folder, "src");
  const files = [join(folder, "build.mjs"), ...filesIn(sources)];
  return Math.max(...files.map(modifiedAtMs));
}

function filesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  } catch {
    return [];
  }
}

/** Zero for a file that is not there. */
function modifiedAtMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
