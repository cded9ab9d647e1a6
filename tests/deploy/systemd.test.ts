import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "../support/report.ts";
import { configFrom } from "./config-names.ts";

const FOLDER = join(import.meta.dir, "../../deploy/systemd");
const unit = readFileSync(join(FOLDER, "usher.service"), "utf8");
const settings = readFileSync(join(FOLDER, "usher.env"), "utf8");

/** Of 0 to 10, as systemd counts what a service could do to the machine. A plain service has 9.6. */
const MOST_EXPOSURE = 2;

const analyze = programPath();

describe("deploy/systemd/usher.service", () => {
  test("gives the server a configuration that it takes", () => {
    const given = valuesOf("Environment").map(pair);
    const shown = assignments(settings.split("\n").filter((line) => !line.startsWith("#")));
    const config = configFrom({ ...Object.fromEntries(given), ...shown });
    expect(config).toMatchObject({ mode: "production", dataDir: "/var/lib/usher", host: "127.0.0.1" });
  });

  test("names in the file beside it only what the server knows, also where it is commented out", () => {
    const all = assignments(settings.split("\n").map((line) => line.replace(/^#(?=USHER_)/, "")));
    const filled = {
      ...all,
      USHER_MASTER_KEY: "0".repeat(64),
      USHER_APP_ID: "1",
      USHER_APP_KEY: "k",
      USHER_APP_SECRET: "s",
    };
    expect(() => configFrom(filled)).not.toThrow();
  });

  test("gives it the time that its drain takes, and one signal", () => {
    const { drainSeconds, drainDelaySeconds } = configFrom(
      Object.fromEntries(valuesOf("Environment").map(pair)),
    );
    expect(Number(valuesOf("TimeoutStopSec")[0])).toBeGreaterThanOrEqual(
      drainSeconds + drainDelaySeconds + 10,
    );
    expect(valuesOf("KillSignal")).toEqual(["SIGTERM"]);
    expect(valuesOf("KillMode")).toEqual(["mixed"]);
    expect(Number(valuesOf("LimitNOFILE")[0])).toBeGreaterThanOrEqual(100_000);
  });

  describe.skipIf(analyze === undefined)("as systemd reads it", () => {
    let folder: string;
    let path: string;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "usher-systemd-"));
      path = join(folder, "usher.service");
      // Its program is looked for, and is not installed here.
      writeFileSync(path, unit.replaceAll("ExecStart=/usr/local/bin/usher", `ExecStart=${process.execPath}`));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    test("has nothing that it does not know", () => {
      expect(run(["verify", "--man=no", path])).toEqual({ code: 0, out: "", errors: "" });
    });

    test("leaves the service little that it could do to the machine", () => {
      const args = ["security", "--no-pager", "--offline=true", `--threshold=${MOST_EXPOSURE * 10}`, path];
      const { code, out } = run(args);
      report(`systemd: ${/exposure level.*?: ([\d.]+)/.exec(out)?.[1]} of 10 in exposure`);
      expect(code).toBe(0);
    });
  });
});

function run(args: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([analyze ?? "", ...args]);
  return { code: exitCode, out: stdout.toString(), errors: stderr.toString() };
}

function programPath(): string | undefined {
  const given = process.env.USHER_TEST_SYSTEMD;
  if (given) return given === "none" ? undefined : given;
  return ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"].find((path) => existsSync(path));
}

function valuesOf(name: string): string[] {
  return Array.from(unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm")), ([, value = ""]) => value);
}

function assignments(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.filter((line) => /^[A-Z_]+=/.test(line)).map(pair));
}

function pair(text: string): [string, string] {
  return [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)];
}
