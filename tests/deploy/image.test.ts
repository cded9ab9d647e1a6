import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { report, seconds } from "../support/report.ts";
import { configFrom } from "./config-names.ts";
import { copiesOf, environmentOf, readDockerfile, stage, textsOf } from "./dockerfile.ts";
import { startUsher, type UsherProcess } from "./usher-process.ts";

setDefaultTimeout(120_000);

const ROOT = join(import.meta.dir, "../..");
const FILE = join(ROOT, "deploy/docker/Dockerfile");
const instructions = readDockerfile(FILE);
const build = stage(instructions, 0);
const image = stage(instructions, 1);

const UNSHARE = "/usr/bin/unshare";

/** What a container engine does with an image that is to be read-only, for a root folder and a user. */
const CONTAIN = `
  root="$0" user="$1"
  shift
  mount --bind "$root" "$root"
  mount --bind "$root/data" "$root/data"
  mount --rbind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -o remount,bind,ro "$root"
  exec chroot --userspec="$user" "$root" "$@"
`;

/** For the superuser of Linux alone, and not within every container. */
const canContain = existsSync(UNSHARE) && Bun.spawnSync([UNSHARE, "--mount", "/bin/true"]).exitCode === 0;

let server: UsherProcess | undefined;

afterEach(async () => {
  server?.signal("SIGKILL");
  await server?.exited;
});

describe("deploy/docker/Dockerfile", () => {
  test("copies what there is, and every package's manifest before it installs", () => {
    const copied = copiesOf(build).flatMap(({ sources }) => sources);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const manifests = readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}/package.json`);
    expect(copied.filter((path) => /^packages\/.*package\.json$/.test(path)).sort()).toEqual(
      manifests.sort(),
    );
  });

  test("has nothing of it left out by its ignore file, which lets through nothing else", () => {
    const lines = readFileSync(`${FILE}.dockerignore`, "utf8").split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))[0]).toBe("*");
    const letThrough = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const copied = copiesOf(build).flatMap(({ sources }) => sources);
    const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
    expect(copied.filter((path) => !letThrough.some((each) => isIn(path, each)))).toEqual([]);
    expect(letThrough.filter((each) => !copied.some((path) => isIn(path, each)))).toEqual([]);
  });

  test("builds on images that are named with a tag, and runs as a user that is not root", () => {
    const images = textsOf(instructions, "ARG").map((text) => text.split("=")[1] ?? "");
    expect(images).toHaveLength(2);
    for (const name of images) {
      expect(name).toMatch(/:[a-z0-9.-]+$/);
      expect(name).not.toEndWith(":latest");
    }
    expect(textsOf(image, "USER")).toEqual(["65532:65532"]);
    expect(textsOf(image, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(textsOf(image, "VOLUME")).toEqual(['["/data"]']);
  });

  test("sets variables that the server knows", () => {
    expect(configFrom(environmentOf(image))).toMatchObject({
      mode: "production",
      host: "0.0.0.0",
      opsHost: "0.0.0.0",
      dataDir: "/data",
    });
  });

  describe("what it builds", () => {
    let folder: string;
    let buildSeconds: number;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "usher-image-"));
      const startedAtMs = performance.now();
      await buildAsInstructed(folder);
      buildSeconds = (performance.now() - startedAtMs) / 1000;
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("is one file that runs, from nothing but what is copied", async () => {
      const file = join(folder, "image/usher");
      report(
        `image: a file of ${(statSync(file).size / 1e6).toFixed(1)} MB, built in ${seconds(buildSeconds * 1000)}`,
      );
      expect(await Bun.spawn([file, "--version"], { cwd: folder, env: {} }).exited).toBe(0);
    });

    test.skipIf(!canContain)(
      "serves, is healthy and stops with 0, as its user and with nothing to write to but /data",
      async () => {
        const root = join(folder, "root");
        const [user = ""] = textsOf(image, "USER");
        installAsInstructed(folder, root, user);
        const command = JSON.parse(textsOf(image, "ENTRYPOINT")[0] ?? "[]") as string[];
        const inRoot = [UNSHARE, "--mount", "/bin/sh", "-euc", CONTAIN, root, user];
        const env = {
          ...environmentOf(image),
          PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
          USHER_HOST: "127.0.0.1",
          USHER_OPS_HOST: "127.0.0.1",
          USHER_OPS_PORT: String(await freePort()),
        };
        server = await startUsher([...inRoot, ...command], { env });
        const [check = ""] = textsOf(image, "HEALTHCHECK");
        const health = JSON.parse(check.slice(check.indexOf("CMD ") + 4)) as string[];
        const isHealthy = () => Bun.spawn([...inRoot, ...health], { env, stdout: "ignore" }).exited;

        expect(await isHealthy()).toBe(0);
        expect((await fetch(`${server.url}/dashboard`)).status).toBe(200);
        expect(readdirSync(join(root, "data")).sort()).toContain("usher.db");
        server.signal((textsOf(image, "STOPSIGNAL")[0] ?? "") as NodeJS.Signals);
        expect(await server.exited).toBe(0);
        expect(await isHealthy()).toBe(1);
      },
    );
  });
});

/** Copies what the first stage copies and runs its build, with the packages that are installed here. */
async function buildAsInstructed(folder: string): Promise<void> {
  const context = join(folder, "context");
  for (const { sources, target } of copiesOf(build)) {
    for (const source of sources) {
      const isFolder = statSync(join(ROOT, source)).isDirectory();
      const to = isFolder ? join(context, target) : join(context, target, basename(source));
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(ROOT, source), to, {
        recursive: true,
        filter: (path) => !isIgnored(path.slice(ROOT.length + 1)),
      });
    }
  }
  linkDependencies(context);
  const [command = ""] = textsOf(build, "RUN").filter((text) => text.includes("deploy/executable"));
  const words = command.replaceAll("/image/", `${folder}/image/`).split(" ");
  const child = Bun.spawn(words, { cwd: context, stdout: "ignore", stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${command}: ${errors}`);
}

/** By the lines of the ignore file that take something out again. */
function isIgnored(path: string): boolean {
  return /(^|\/)node_modules(\/|$)|^packages\/dashboard\/dist|\.test\.tsx?$/.test(path);
}

/** The packages of this repository have to be the copied ones. */
function linkDependencies(context: string): void {
  const installed = join(ROOT, "node_modules");
  const own = join(context, "node_modules");
  mkdirSync(join(own, "@usher"), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name !== "@usher") symlinkSync(join(installed, name), join(own, name));
  }
  for (const name of readdirSync(join(installed, "@usher"))) {
    symlinkSync(join(context, "packages", name), join(own, "@usher", name));
  }
}

/** Lays out what the second stage copies, and of its base the libraries that the program is linked to. */
function installAsInstructed(folder: string, root: string, user: string): void {
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  mkdirSync(join(folder, "image/data"), { recursive: true });
  for (const { sources, target, flags } of copiesOf(image)) {
    const to = join(root, target);
    mkdirSync(dirname(to), { recursive: true });
    for (const source of sources) cpSync(join(folder, source), to, { recursive: true });
    const mode = flags.find((flag) => flag.startsWith("--chmod="))?.slice("--chmod=".length);
    if (mode) chmodSync(to, Number.parseInt(mode, 8));
    if (flags.includes(`--chown=${user}`)) chownSync(to, uid, gid);
  }
  const linked = Bun.spawnSync(["ldd", join(folder, "image/usher")]).stdout.toString();
  for (const [path] of linked.matchAll(/\/\S+/g)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(path, join(root, path), { dereference: true });
  }
  for (const name of ["proc", "dev"]) mkdirSync(join(root, name));
  // Made for one user, and entered by another.
  chmodSync(folder, 0o755);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
