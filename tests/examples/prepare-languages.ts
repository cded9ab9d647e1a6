import { readFile } from "node:fs/promises";
import { fetchWith, NotFetched, once, run } from "../../interop/fetching.ts";
import { findTools, LANGUAGES, type Language } from "../../interop/languages.ts";
import { report } from "../support/report.ts";
import { EXAMPLES, ROOT } from "./running-example.ts";

const BUILT = `${ROOT}tests/.artifacts/examples/`;

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
  const requirements = `${EXAMPLES}flask/requirements.txt`;
  await once(folder, [python, await readFile(requirements, "utf8")], async () => {
    await fetchWith([python, "-m", "venv", folder], "Python's venv", ROOT);
    const pip = [`${folder}/bin/python`, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await fetchWith([...pip, "--require-hashes", "--requirement", requirements], "Flask", ROOT);
  });
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
