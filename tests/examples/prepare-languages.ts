import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { findTools, LANGUAGES, type Language, NotFetched } from "../../interop/languages.ts";
import { report } from "../support/report.ts";
import { EXAMPLES, ROOT } from "./running-example.ts";

const BUILT = `${ROOT}tests/.artifacts/examples/`;
/** How long a registry may take before its language counts as left out. */
const FETCH_LIMIT_MS = 180_000;

/** Fetches and builds what a language's example needs, and returns the command that runs it. */
type Prepare = (paths: readonly string[], language: Language) => Promise<readonly string[]>;

/**
 * The command that runs the example, or undefined, and one line of why, when its language is left out. With CI=true
 * nothing is. The tools, and what the official SDKs need, are found and fetched as for `interop`.
 */
export async function prepareExample(name: string, prepare: Prepare): Promise<readonly string[] | undefined> {
  const language = LANGUAGES.find((candidate) => candidate.name === name);
  if (language === undefined) throw new Error(`interop knows no ${name}`);
  const tools = findTools(language);
  if ("lacking" in tools) return leaveOut(name, `there is no ${tools.lacking} on this machine`);
  try {
    return await prepare(tools.paths, language);
  } catch (error) {
    if (error instanceof NotFetched) return leaveOut(name, error.message);
    throw error;
  }
}

export const prepareFlask: Prepare = async ([python = ""]) => {
  const folder = `${BUILT}flask`;
  const stamp = `${folder}/.filled-from`;
  const requirements = `${EXAMPLES}flask/requirements.txt`;
  const wanted = createHash("sha256")
    .update(`${python}\0${await readFile(requirements, "utf8")}`)
    .digest("hex");
  if (!existsSync(stamp) || (await readFile(stamp, "utf8")) !== wanted) {
    await rm(folder, { recursive: true, force: true });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
    for (const command of [
      [python, "-m", "venv", folder],
      [`${folder}/bin/python`, ...pip, "--requirement", requirements],
    ]) {
      const { code, output } = await run(command);
      if (code !== 0)
        throw new NotFetched(`Flask could not be fetched: ${output.trim().split("\n").at(-1) ?? code}`);
    }
    await writeFile(stamp, wanted);
  }
  const app = `${EXAMPLES}flask/app.py`;
  return [`${folder}/bin/flask`, "--app", app, "run", "--host", "127.0.0.1", "--port", "{port}"];
};

export const prepareGo: Prepare = async (paths, language) => {
  await language.prepare(paths); // The modules are the same.
  const program = `${BUILT}go`;
  const [go = ""] = paths;
  const built = await run([go, "build", "-o", program, "."], `${EXAMPLES}go`, {
    GOTOOLCHAIN: "local",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
  });
  if (built.code !== 0) throw new Error(`go build:\n${built.output}`);
  return [program];
};

export const prepareJava: Prepare = async (paths, language) => {
  const pom = await readFile(`${EXAMPLES}java/pom.xml`, "utf8");
  const version = await language.version();
  // Otherwise this would not be a proof of what the example's pom.xml asks for.
  if (!pom.includes(`<version>${version}</version>`)) {
    throw new Error(`examples/java/pom.xml and interop/java/pom.xml differ: the latter has ${version}`);
  }
  const command = await language.prepare(paths);
  return [...command.slice(0, -1), `${EXAMPLES}java/src/Server.java`];
};

function leaveOut(name: string, reason: string): undefined {
  if (process.env.CI === "true")
    throw new Error(`examples: ${name} cannot be left out with CI=true: ${reason}`);
  report(`examples: ${name} is left out: ${reason}`);
}

async function run(command: readonly string[], cwd = ROOT, environment: Record<string, string> = {}) {
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: FETCH_LIMIT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, output: stdout + stderr };
}
