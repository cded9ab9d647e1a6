import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN, readLines, serveUsher, spawnUsher, type Usher } from "./test-processes.ts";

/** The command as a process of its own, where pipes, signals and exit codes are the point. */
describe("usher as a process", () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
  });

  afterEach(() => rmSync(dataDir, { recursive: true }));

  const usher: Usher = (args, options) => spawnUsher(dataDir, args, options);
  const serve = () =>
    serveUsher(dataDir, { USHER_APP_ID: "1", USHER_APP_KEY: "key", USHER_APP_SECRET: "s3cret" });

  test("creates and lists apps", async () => {
    const created = usher(["apps", "create", "--id", "5", "--json"]);
    expect(JSON.parse(await new Response(created.stdout).text()).id).toBe("5");
    expect(await created.exited).toBe(0);
    const listed = usher(["apps", "list", "--json"]);
    expect(JSON.parse(await new Response(listed.stdout).text())).toMatchObject([{ id: "5" }]);
    expect(await listed.exited).toBe(0);
  });

  test("ends with the code of what went wrong", async () => {
    expect(await usher(["nonsense"]).exited).toBe(2);
    expect(await usher(["config", "check"], { env: { USHER_PORT: "x" } }).exited).toBe(78);
    expect(await usher(["apps", "list"], { env: { USHER_DATA_DIR: join(dataDir, "nowhere") } }).exited).toBe(
      69,
    );
  });

  test("serves, triggers, subscribes and ends in order at SIGTERM", async () => {
    const { server, url } = await serve();
    const env = { USHER_URL: url };
    const channels = ["--channel", "private-a", "--channel", "presence-b"];
    const subscriber = usher(["subscribe", ...channels, "--count", "2", "--json", "--app", "1"], { env });
    const notes = readLines(subscriber.stderr);
    await notes.next();
    await notes.next();

    const shown = usher(["channels", "--app", "1", "--json"], { env });
    expect(Object.keys(JSON.parse(await new Response(shown.stdout).text()).channels)).toEqual([
      "private-a",
      "presence-b",
    ]);
    const trigger = usher(["trigger", ...channels, "--event", "e", "--data", "-", "--app", "1"], {
      env,
      input: "hello\n",
    });
    expect(await trigger.exited).toBe(0);
    const events = (await new Response(subscriber.stdout).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { channel: "private-a", event: "e", data: "hello" },
      { channel: "presence-b", event: "e", data: "hello" },
    ]);
    expect(await subscriber.exited).toBe(0);

    const left = usher(["subscribe", "--channel", "c", "--app", "1"], { env });
    await readLines(left.stderr).next();
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(await left.exited).toBe(69);
  }, 30_000);

  test("ends well at Ctrl-C, and when whoever reads leaves", async () => {
    const { server, url } = await serve();
    const env = { USHER_URL: url };
    const interrupted = usher(["subscribe", "--channel", "c", "--app", "1"], { env });
    await readLines(interrupted.stderr).next();
    interrupted.kill("SIGINT");
    expect(await interrupted.exited).toBe(0);

    const piped = Bun.spawn(
      [
        "sh",
        "-c",
        `"$0" "$1" subscribe --channel c --app 1 2>"$2" | head -n 1`,
        process.execPath,
        MAIN,
        join(dataDir, "notes"),
      ],
      { env: { PATH: process.env.PATH ?? "", USHER_DATA_DIR: dataDir, ...env }, stdout: "pipe" },
    );
    // Its reader leaves after one line, so a writer that ignored that would go on for ever.
    const isOver = piped.exited.then(() => true);
    while (!(await Promise.race([isOver, triggerOnce(url)])));
    expect((await new Response(piped.stdout).text()).trim().split("\n")).toHaveLength(1);
    server.kill("SIGTERM");
    await server.exited;
  }, 30_000);

  async function triggerOnce(url: string): Promise<boolean> {
    const trigger = usher([
      "trigger",
      "--channel",
      "c",
      "--event",
      "e",
      "--data",
      "x",
      "--app",
      "1",
      "--url",
      url,
    ]);
    await trigger.exited;
    return false;
  }
});
