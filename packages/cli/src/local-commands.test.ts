import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT_CODES } from "./exit-codes.ts";
import { runCommand } from "./test-cli.ts";

describe("usher", () => {
  test("shows help, with an example, for every command", async () => {
    const program = await runCommand(["--help"]);
    expect(program.exitCode).toBe(0);
    const groups = [
      ...["apps", "auth", "channels", "config", "connections", "grants", "import", "keys"],
      ...["nodes", "operators", "secrets", "tokens", "webhooks"],
    ];
    const commands = [
      ["serve"],
      ["trigger"],
      ["subscribe"],
      ...groups.map((group) => [group]),
      ["apps", "list"],
      ["apps", "create"],
      ["apps", "show"],
      ["apps", "update"],
      ["apps", "enable"],
      ["apps", "disable"],
      ["apps", "delete"],
      ["apps", "export"],
      ["apps", "import"],
      ["import", "soketi"],
      ["import", "reverb"],
      ["import", "pusher"],
      ["keys", "add"],
      ["keys", "remove"],
      ["secrets", "status"],
      ["secrets", "rotate"],
      ["secrets", "activate"],
      ["secrets", "undo"],
      ["secrets", "cancel"],
      ["secrets", "revoke"],
      ["secrets", "reveal"],
      ["grants", "list"],
      ["grants", "revoke"],
      ["grants", "lift"],
      ["webhooks", "list"],
      ["webhooks", "add"],
      ["webhooks", "remove"],
      ["webhooks", "test"],
      ["webhooks", "deliveries"],
      ["webhooks", "replay"],
      ["connections", "list"],
      ["connections", "show"],
      ["connections", "disconnect"],
      ["audit"],
      ["operators", "list"],
      ["operators", "invite"],
      ["operators", "remove"],
      ["tokens", "list"],
      ["tokens", "create"],
      ["tokens", "revoke"],
      ["nodes", "list"],
      ["nodes", "drain"],
      ["nodes", "resume"],
      ["auth", "sign"],
      ["auth", "verify"],
      ["auth", "explain"],
      ["auth", "check"],
      ["auth-server"],
      ["channels", "list"],
      ["channels", "show"],
      ["config", "check"],
      ["config", "print"],
    ];
    for (const command of commands) {
      const { exitCode, out, errors } = await runCommand([...command, "--help"]);
      expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
      expect(out).toContain(`Usage: usher ${command.join(" ")}`);
      expect(out).toContain("Example:\n");
      if (!groups.includes(command.join(" "))) expect(out).toContain("--json");
    }
    for (const { code, meaning } of Object.values(EXIT_CODES)) {
      expect(program.out).toMatch(new RegExp(`${code}  ${meaning}`));
    }
  });

  test("says its version", async () => {
    const { exitCode, out } = await runCommand(["--version"]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [[], "Usage: usher"],
    [["tirgger"], "Did you mean trigger?"],
    [["trigger", "--channel", "c"], "--event"],
    [["serve", "--prot", "1"], "Did you mean --port?"],
    [["apps", "show"], "missing required argument"],
    [["subscribe", "--channel", "c", "--count", "0"], "whole number"],
    [["subscribe", "--channel", "c", "--user-info", "{"], "--user-info is not JSON"],
    [["apps", "create", "--id", "a b"], "without spaces"],
    [["trigger", "--channel", "c", "--event", "e", "--data", "", "--url", "localhost:6001"], "not an http"],
    [["trigger", "--channel", "c", "--event", "e", "--data", "", "--key", "k"], "incomplete"],
  ])("refuses %j as a wrong command line", async (args, words) => {
    const { exitCode, out, errors } = await runCommand(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(words);
  });
});

describe("usher config", () => {
  test("check is content with the defaults", async () => {
    const { exitCode, out } = await runCommand(["config", "check"]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "the configuration is fine\n" });
  });

  test("check names the line at fault and ends with 78", async () => {
    const files = { "usher.toml": 'host = "127.0.0.1"\nport = 70000\nops_prot = 1' };
    const { exitCode, out } = await runCommand(["config", "check", "--config", "usher.toml"], { files });
    expect(exitCode).toBe(78);
    expect(out).toBe(
      [
        "usher.toml:2: port: 70000 is not a whole number from 0 to 65535",
        "  Give a whole number from 0 to 65535.",
        "usher.toml:3: ops_prot: there is no such key",
        "  Did you mean ops_port?",
        "",
      ].join("\n"),
    );
  });

  test("check --json prints JSON alone, right or wrong", async () => {
    const fine = await runCommand(["config", "check", "--json"], { env: { USHER_PROT: "1" } });
    expect(JSON.parse(fine.out)).toMatchObject({ ok: true, problems: [], notices: [expect.any(String)] });
    const wrong = await runCommand(["config", "check", "--json"], { env: { USHER_PORT: "x" } });
    expect(wrong.exitCode).toBe(78);
    expect(JSON.parse(wrong.out)).toMatchObject({
      ok: false,
      problems: [{ key: "port", source: "USHER_PORT" }],
    });
  });

  test("print shows every key with its source and no secret", async () => {
    const env = { USHER_PORT: "7001", USHER_APP_ID: "1", USHER_APP_KEY: "k", USHER_APP_SECRET: "hunter2" };
    const { exitCode, out } = await runCommand(["config", "print", "--trust-proxy"], { env });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^port += {2}7001 +# USHER_PORT$/m);
    expect(out).toMatch(/^trust_proxy += {2}true +# --trust-proxy$/m);
    expect(out).toMatch(/^app\.secret += {2}"\[redacted\]" +# USHER_APP_SECRET$/m);
    const json = await runCommand(["config", "print", "--json"], { env });
    expect(JSON.parse(json.out)).toMatchObject({
      port: { value: 7001, source: "USHER_PORT" },
      trust_proxy: { value: false, source: "default" },
    });
    expect(out + json.out).not.toContain("hunter2");
  });

  test("a flag can switch off what a variable switches on", async () => {
    const env = { USHER_TRUST_PROXY: "1" };
    const { out } = await runCommand(["config", "print", "--json", "--no-trust-proxy"], { env });
    expect(JSON.parse(out).trust_proxy).toEqual({ value: false, source: "--trust-proxy" });
  });

  test("print and serve refuse a wrong configuration with 78", async () => {
    for (const command of [["config", "print"], ["serve"]]) {
      const { exitCode, out, errors } = await runCommand(command, { env: { USHER_REDIS_URL: "http://x" } });
      expect({ exitCode, out }).toEqual({ exitCode: 78, out: "" });
      expect(errors).toContain("USHER_REDIS_URL: redis_url:");
    }
  });
});

describe("usher apps", () => {
  let dataDir: string;
  let env: Record<string, string>;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
    env = { USHER_DATA_DIR: join(dataDir, "store") };
  });

  afterEach(() => rmSync(dataDir, { recursive: true }));

  test("create makes an app and prints its secret, which list and show never do", async () => {
    const created = await runCommand(["apps", "create", "--name", "Chat", "--json"], { env });
    expect(created.exitCode).toBe(0);
    const { id, key, secret, name } = JSON.parse(created.out);
    expect({ id, key, secret, name }).toEqual({
      id: expect.stringMatching(/^\d+$/),
      key: expect.stringMatching(/^[0-9a-f]{20}$/),
      secret: expect.stringMatching(/^[0-9a-f]{40,}$/),
      name: "Chat",
    });

    const list = await runCommand(["apps", "list", "--json"], { env });
    expect(JSON.parse(list.out)).toEqual([{ id, name: "Chat", enabled: true, keys: [key] }]);
    const show = await runCommand(["apps", "show", id, "--json"], { env });
    expect(JSON.parse(show.out)).toMatchObject({ id, name: "Chat", enabled: true, overrides: {} });
    const text = await runCommand(["apps", "show", id], { env });
    expect(list.out + show.out + text.out).not.toContain(secret);
    expect(text.out).toMatch(/client_events +false +\(default\)/);
  });

  test("create takes what it is given", async () => {
    const given = ["--id", "007", "--key", "k", "--secret", "s", "--settings", '{"client_events":true}'];
    const { exitCode, out } = await runCommand(["apps", "create", ...given], { env });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^id +007\nkey +k\nsecret +s /);
    const show = await runCommand(["apps", "show", "007", "--json"], { env });
    expect(JSON.parse(show.out)).toMatchObject({ id: "007", overrides: { client_events: true } });
  });

  test("create refuses an id that is taken, with 1", async () => {
    await runCommand(["apps", "create", "--id", "1"], { env });
    const { exitCode, out, errors } = await runCommand(["apps", "create", "--id", "1"], { env });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(errors).toBe("usher: there is an app with the id 1 already\n  Choose another id.\n");
  });

  test("create refuses wrong settings and makes nothing", async () => {
    const { exitCode, errors } = await runCommand(["apps", "create", "--settings", '{"client_evts":1}'], {
      env,
    });
    expect(exitCode).toBe(2);
    expect(errors).toContain("settings.client_evts: there is no such key\n  Did you mean client_events?");
    expect(existsSync(join(dataDir, "store"))).toBe(false);
  });

  test("create refuses the well-known example secret in production", async () => {
    const command = ["apps", "create", "--secret", "app-secret"];
    expect((await runCommand(command, { env: { ...env, USHER_ENV: "production" } })).exitCode).toBe(2);
    expect((await runCommand(command, { env })).exitCode).toBe(0);
  });

  test("list leaves no trace where there is no store, and ends with 69", async () => {
    const { exitCode, out, errors } = await runCommand(["apps", "list", "--json"], { env });
    expect({ exitCode, out }).toEqual({ exitCode: 69, out: "" });
    expect(JSON.parse(errors)).toMatchObject({ error: { code: "missing" } });
    expect(existsSync(join(dataDir, "store"))).toBe(false);
  });

  test("create ends with 73 where it cannot write", async () => {
    writeFileSync(join(dataDir, "store"), "a file");
    const { exitCode, errors } = await runCommand(["apps", "create"], { env });
    expect(exitCode).toBe(73);
    expect(errors).toContain("cannot be made");
  });

  test("show says that there is no such app, with 1", async () => {
    await runCommand(["apps", "create"], { env });
    const { exitCode, errors } = await runCommand(["apps", "show", "nope"], { env });
    expect(exitCode).toBe(1);
    expect(errors).toContain("there is no app with the id nope");
  });
});
