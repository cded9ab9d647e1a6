import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { arch, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "3.19.5";
/** The oldest Go that builds this version of Helm, and the one that is fetched where the machine's is older. */
const GO = { major: 1, minor: 24, whole: "1.24.9" } as const;

const KEPT = fileURLToPath(new URL(`../.artifacts/helm-${VERSION}`, import.meta.url));

const PATH = process.env.PATH ?? "";
const go = process.env.USHER_TEST_GO ?? programOnPath("go");

/** False where the tests of the chart are left out, because there is no Go to build Helm with; `npm test` says so. */
export const hasHelm = programOnPath("helm") !== undefined || (go !== undefined && go !== "none");

/** How long the first call may take: Helm comes as source, and is built once. */
export const HELM_BUILD_MS = 900_000;

/** The path of Helm: the machine's, or one that is built by Go from the module proxy and kept. */
export async function findHelm(): Promise<string> {
  const installed = programOnPath("helm");
  if (installed) return installed;
  if (!existsSync(KEPT)) await build();
  return KEPT;
}

export interface HelmResult {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

export async function runHelm(helm: string, args: readonly string[]): Promise<HelmResult> {
  // A home of its own: plugins and repositories of whoever runs the tests are not theirs.
  const home = mkdtempSync(join(tmpdir(), "usher-helm-home-"));
  try {
    return await run(helm, args, { PATH, HOME: home });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function build(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "usher-helm-"));
  const env = {
    PATH,
    HOME: folder,
    GOPATH: join(folder, "path"),
    GOBIN: join(folder, "bin"),
    GOCACHE: join(folder, "cache"),
    GOFLAGS: "-modcacherw",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
    ...proxySettings(),
  };
  try {
    const compiler = await newEnoughGo(env);
    const module = `helm.sh/helm/v3/cmd/helm@v${VERSION}`;
    expectSuccess(await run(compiler, ["install", "-ldflags=-s -w", module], env));
    mkdirSync(join(KEPT, ".."), { recursive: true });
    // Next to its place first, so that nobody finds half a file.
    const beside = `${KEPT}.${process.pid}`;
    copyFileSync(join(folder, "bin", "helm"), beside);
    renameSync(beside, KEPT);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine's Go, or a newer one from the same proxy: Go's own toolchains are modules there. */
async function newEnoughGo(env: Record<string, string>): Promise<string> {
  if (!go) throw new Error("there is no Go to build Helm with");
  const { out } = await run(go, ["version"], env);
  const [, major = "0", minor = "0"] = /go(\d+)\.(\d+)/.exec(out) ?? [];
  if (Number(major) > GO.major || Number(minor) >= GO.minor) return go;

  const platform = `${process.platform}-${arch() === "x64" ? "amd64" : arch()}`;
  const toolchain = `golang.org/toolchain@v0.0.1-go${GO.whole}.${platform}`;
  const { Dir } = JSON.parse(expectSuccess(await run(go, ["mod", "download", "-json", toolchain], env)));
  // As a module, its programs come as plain files.
  for (const bin of [join(Dir, "bin"), join(Dir, "pkg", "tool", platform.replace("-", "_"))]) {
    for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755);
  }
  Object.assign(env, { GOROOT: Dir });
  return join(Dir, "bin", "go");
}

/** What tells Go on this machine where modules come from. */
function proxySettings(): Record<string, string> {
  const names = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function run(command: string, args: readonly string[], env: Record<string, string>): Promise<HelmResult> {
  const child = spawn(command, [...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, out, errors }));
  });
}

function expectSuccess({ code, out, errors }: HelmResult): string {
  if (code === 0) return out;
  throw new Error(`ended with ${code}: ${errors.slice(-2_000)}`);
}

function programOnPath(name: string): string | undefined {
  const paths = PATH.split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path) && spawnSync(path, ["version"]).status === 0);
}
