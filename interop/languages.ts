import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fetchWith, once, run } from "./fetching.ts";

/** A language whose program runs the steps, and what the table says of it. */
export interface Language {
  readonly name: string;
  /** The SDK as the table names it. */
  readonly sdk: string;
  /** The version that the lock-like file asks for; empty where everything is signed by hand. */
  readonly version: () => Promise<string>;
  readonly tools: readonly Tool[];
  /** Fetches what the program needs, which the next run finds, and returns the command that runs it. */
  readonly prepare: (paths: readonly string[]) => Promise<readonly string[]>;
}

/** A program of the machine's own. `scripts/setup-machine.mjs` finds or installs it and sets the variable. */
interface Tool {
  readonly command: string;
  readonly variable: string;
}

const HERE = import.meta.dir;
const BY_HAND = { sdk: "none: signed by hand", version: async () => "" };

const PYTHON = { command: "python3", variable: "USHER_TEST_PYTHON" };
const GO = { command: "go", variable: "USHER_TEST_GO" };
const JAVA = { command: "java", variable: "USHER_TEST_JAVA" };
const MAVEN = { command: "mvn", variable: "USHER_TEST_MAVEN" };
const PHP = { command: "php", variable: "USHER_TEST_PHP" };
const RUBY = { command: "ruby", variable: "USHER_TEST_RUBY" };

export const LANGUAGES: readonly Language[] = [
  {
    name: "Node",
    sdk: "`pusher`",
    version: () => pinned("../package.json", /"pusher": "([^"]+)"/),
    tools: [{ command: "node", variable: "USHER_TEST_NODE" }],
    prepare: async ([node = ""]) => [node, join(HERE, "node", "run.mjs")],
  },
  {
    name: "Python",
    sdk: "`pusher`",
    version: () => pinned("python/requirements.txt", /^pusher==(\S+)/m),
    tools: [PYTHON],
    prepare: preparePython,
  },
  {
    name: "Go",
    sdk: "`pusher-http-go`",
    version: () => pinned("go/go.mod", /pusher-http-go\/v5 v(\S+)/),
    tools: [GO],
    prepare: prepareGo,
  },
  {
    name: "Java",
    sdk: "`pusher-http-java`",
    version: () => pinned("java/pom.xml", /<artifactId>pusher-http-java<\/artifactId>\s*<version>([^<]+)</),
    tools: [JAVA, MAVEN],
    prepare: prepareJava,
  },
  {
    name: "PHP",
    ...BY_HAND,
    tools: [PHP],
    prepare: async ([php = ""]) => [php, join(HERE, "php", "run.php")],
  },
  {
    name: "Ruby",
    ...BY_HAND,
    tools: [RUBY],
    prepare: async ([ruby = ""]) => [ruby, join(HERE, "ruby", "run.rb")],
  },
];

/** The paths of the language's tools, or the name of the first that is not there. */
export function findTools({ tools }: Language): { readonly paths: string[] } | { readonly lacking: string } {
  const paths: string[] = [];
  for (const { command, variable } of tools) {
    const path = process.env[variable] ?? Bun.which(command) ?? "none";
    if (path === "none") return { lacking: command };
    paths.push(path);
  }
  return { paths };
}

async function preparePython([python = ""]: readonly string[]): Promise<string[]> {
  const folder = join(HERE, "python", ".venv");
  const installed = join(folder, "bin", "python");
  const requirements = join(HERE, "python", "requirements.txt");
  await once(folder, [python, await readFile(requirements, "utf8")], async () => {
    await fetchWith([python, "-m", "venv", folder], "Python's venv", HERE);
    const pip = [installed, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await fetchWith([...pip, "--require-hashes", "--requirement", requirements], "Python's packages", HERE);
  });
  return [installed, join(HERE, "python", "run.py")];
}

async function prepareGo([go = ""]: readonly string[]): Promise<string[]> {
  const folder = join(HERE, "go");
  const program = join(folder, ".build", "run");
  // The machine's own Go, never another one that it would download.
  const environment = { GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", GOWORK: "off" };
  await fetchWith([go, "mod", "download"], "Go's modules", folder, environment);
  const built = await run([go, "build", "-o", program, "."], folder, environment);
  if (built.code !== 0) throw new Error(`go build:\n${built.output}`);
  return [program];
}

async function prepareJava([java = "", maven = ""]: readonly string[]): Promise<string[]> {
  const folder = join(HERE, "java");
  const target = join(folder, "target");
  await once(target, [await readFile(join(folder, "pom.xml"), "utf8")], async () => {
    const fetch = ["dependency:copy-dependencies", `-DoutputDirectory=${join(target, "dependency")}`];
    await fetchWith(
      [maven, "--quiet", "--batch-mode", "--strict-checksums", ...fetch],
      "Java's jars",
      folder,
    );
  });
  // Java compiles a single source file by itself.
  const classPath = join(target, "dependency", "*");
  return [java, "-Dfile.encoding=UTF-8", "-cp", classPath, join(folder, "src", "Run.java")];
}

async function pinned(file: string, pattern: RegExp): Promise<string> {
  const version = pattern.exec(await readFile(join(HERE, file), "utf8"))?.[1];
  if (version === undefined) throw new Error(`interop/${file} pins no SDK`);
  return version;
}
