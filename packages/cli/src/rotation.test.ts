import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLines, serveUsher, spawnUsher } from "./test-processes.ts";

let dataDir: string;
let running: Bun.Subprocess[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
  running = [];
});

afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(running.map((child) => child.exited));
  rmSync(dataDir, { recursive: true });
});

/** A command that must succeed, and the JSON that it prints. */
async function json(...args: readonly string[]) {
  const { exitCode, out, errors } = await ended(...args, "--json");
  expect({ args, exitCode, errors }).toEqual({ args, exitCode: 0, errors: "" });
  return JSON.parse(out);
}

async function ended(...args: readonly string[]) {
  const child = spawnUsher(dataDir, args);
  const [exitCode, out, errors] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode, out, errors };
}

async function serve() {
  const { server, url } = await serveUsher(dataDir);
  running.push(server);
  return { server, url };
}

function statesOf({ secrets }: { secrets: { state: string; fingerprint: string }[] }) {
  return secrets.map(({ state }) => state);
}

describe("a rotation from the command line", () => {
  test("goes through on a running server, each step in effect when its command ends", async () => {
    const made = await json("apps", "create", "--name", "Shop");
    const { url } = await serve();
    const trigger = async (secret: string) => {
      const flags = ["--app-id", made.id, "--key", made.key, "--secret", secret, "--url", url];
      return (await ended("trigger", "--channel", "c", "--event", "e", "--data", "x", ...flags)).exitCode;
    };
    const app = ["--app", made.id];
    expect(await trigger(made.secret)).toBe(0);

    const rotated = await json("secrets", "rotate", ...app);
    expect(statesOf(rotated)).toEqual(["current", "pending"]);
    expect(rotated.applied).toEqual({ nodes: 1, of: 1 });
    expect([await trigger(made.secret), await trigger(rotated.secret)]).toEqual([0, 0]);

    const status = await json("secrets", "status", ...app, "--watch", "--timeout", "20");
    expect(status.safe_to_activate.safe).toBe(true);
    expect(status.secrets.map(({ use }: { use: { count_24h: number } }) => use.count_24h)).toEqual([2, 1]);

    // At once would refuse whoever still signs with the old one.
    const refused = await ended("secrets", "activate", ...app);
    expect(refused.exitCode).toBe(2);
    expect(refused.errors).toContain("Give --yes");
    expect(statesOf(await json("secrets", "activate", ...app, "--retire-for", "24h"))).toEqual([
      "retiring",
      "current",
    ]);
    expect([await trigger(made.secret), await trigger(rotated.secret)]).toEqual([0, 0]);

    expect(statesOf(await json("secrets", "undo", ...app))).toEqual(["current", "pending"]);
    expect([await trigger(made.secret), await trigger(rotated.secret)]).toEqual([0, 0]);

    await json("secrets", "activate", ...app, "--retire-for", "30m");
    const revoked = await json("secrets", "revoke", ...app, "--retiring", "--yes");
    expect(statesOf(revoked)).toEqual(["revoked", "current"]);
    expect(revoked.ended).toMatchObject({ connections: 0, subscriptions: 0, sign_ins: 0 });
    expect([await trigger(made.secret), await trigger(rotated.secret)]).toEqual([1, 0]);

    expect((await json("secrets", "reveal", ...app)).secret).toBe(rotated.secret);
    const { items } = await json("audit", ...app);
    expect(items.map(({ action }: { action: string }) => action)).toEqual([
      "secret.reveal",
      "secret.revoke",
      "secret.activate",
      "secret.undo",
      "secret.activate",
      "secret.rotate",
      "app.create",
    ]);
    expect(JSON.stringify(items)).not.toContain(rotated.secret);
  }, 60_000);

  test("goes through without a server, and a server that starts afterwards knows it", async () => {
    const made = await json("apps", "create");
    const rotated = await json("secrets", "rotate");
    expect(rotated.applied).toEqual({ nodes: 0, of: 0 });
    expect(statesOf(await json("secrets", "status"))).toEqual(["current", "pending"]);
    expect(statesOf(await json("secrets", "activate", "--retire-for", "24h"))).toEqual([
      "retiring",
      "current",
    ]);
    expect(statesOf(await json("secrets", "undo"))).toEqual(["current", "pending"]);
    expect(statesOf(await json("secrets", "activate", "--retire-for", "7d"))).toEqual([
      "retiring",
      "current",
    ]);
    expect(statesOf(await json("secrets", "revoke", "--retiring", "--yes"))).toEqual(["revoked", "current"]);

    const { url } = await serve();
    const trigger = [
      "trigger",
      "--channel",
      "c",
      "--event",
      "e",
      "--data",
      "x",
      "--app-id",
      made.id,
      "--key",
      made.key,
    ];
    expect((await ended(...trigger, "--secret", rotated.secret, "--url", url)).exitCode).toBe(0);
    const old = await ended(...trigger, "--secret", made.secret, "--url", url);
    expect(old.exitCode).toBe(1);
  }, 60_000);

  test("revoking the current secret ends who came in with it, and prints the new one", async () => {
    const made = await json("apps", "create");
    const { url } = await serve();
    const subscriber = spawnUsher(dataDir, [
      "subscribe",
      "--channel",
      "private-a",
      "--app",
      made.id,
      "--url",
      url,
    ]);
    running.push(subscriber);
    const notes = readLines(subscriber.stderr);
    expect((await notes.next()).value).toContain("subscribed to private-a");
    const { items } = await json("connections", "list", "--channel", "private-a");
    const shown = await json("connections", "show", items[0].socket_id);
    expect(shown.subscriptions).toMatchObject([
      { channel: "private-a", signed_by: { secret_id: expect.any(String) } },
    ]);

    const revoked = await json("secrets", "revoke", "--current", "--yes");
    expect(revoked.ended).toMatchObject({ connections: 1, subscriptions: 1 });
    expect(revoked.secret).toMatch(/^[0-9a-f]{48}$/);
    expect(await subscriber.exited).toBe(69);
  }, 60_000);
});

describe("who may", () => {
  test("a token from elsewhere may what it was made for, a wrong one nothing, and a revoked one nothing any more", async () => {
    await json("apps", "create", "--id", "1");
    const { url } = await serve();
    const { token, value } = await json(
      "tokens",
      "create",
      "--name",
      "ci",
      "--role",
      "operator",
      "--scope",
      "apps:read",
    );
    const remote = (tokenValue: string, ...args: readonly string[]) =>
      ended(...args, "--url", url, "--token", tokenValue, "--data-dir", join(dataDir, "elsewhere"));

    expect((await remote(value, "apps", "list")).exitCode).toBe(0);
    const forbidden = await remote(value, "secrets", "rotate", "--app", "1", "--json");
    expect(forbidden.exitCode).toBe(77);
    expect(JSON.parse(forbidden.errors).error.code).toBe("scope_missing");
    const wrong = await remote("usher_0000000000000000000000", "apps", "list", "--json");
    expect(wrong.exitCode).toBe(77);
    expect(JSON.parse(wrong.errors).error.code).toBe("token_invalid");
    await json("tokens", "revoke", token.id, "--yes");
    expect((await remote(value, "apps", "list")).exitCode).toBe(77);
  }, 60_000);

  test("a server that was killed leaves a way in that leads nowhere, and the store is used instead", async () => {
    await json("apps", "create", "--id", "1");
    const { server } = await serve();
    expect((await json("apps", "show", "1")).live).toEqual({ connections: 0, channels: 0, users: 0 });
    server.kill("SIGKILL");
    await server.exited;
    expect((await json("apps", "show", "1")).live).toBeNull();
    const needsServer = await ended("connections", "list", "--json");
    expect(needsServer.exitCode).toBe(69);
    expect(JSON.parse(needsServer.errors).error.code).toBe("server_not_running");
  }, 60_000);

  test("an app is looked after from end to end", async () => {
    await json("apps", "create", "--id", "1", "--name", "Old");
    await serve();
    await json(
      "apps",
      "update",
      "1",
      "--name",
      "New",
      "--settings",
      '{"client_events":true,"data_limit":20480}',
    );
    const changed = await json("apps", "update", "1", "--settings", '{"data_limit":null}');
    expect(changed).toMatchObject({ name: "New", settings: { client_events: true } });
    expect((await json("apps", "disable", "1")).enabled).toBe(false);
    expect((await json("apps", "enable", "1")).enabled).toBe(true);
    const { credentials } = await json("keys", "add", "--app", "1");
    const several = await ended("secrets", "status", "--app", "1");
    expect(several.exitCode).toBe(2);
    await json("keys", "remove", "--app", "1", "--key", credentials.key, "--yes");

    const exported = await json("apps", "export", "--secrets");
    expect(await json("apps", "delete", "1", "--yes")).toEqual({ id: "1", deleted: true });
    const child = spawnUsher(dataDir, ["apps", "import", "-", "--json"], { input: JSON.stringify(exported) });
    expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({
      added: [{ id: "1", name: "New" }],
    });

    const banned = await json("grants", "revoke", "--user", "42", "--ban", "24h");
    expect((await json("grants", "list")).items).toEqual([banned.restriction]);
    await json("grants", "lift", banned.restriction.id);
    expect((await json("grants", "list")).items).toEqual([]);
    const invited = await json("operators", "invite", "jo@example.com", "--role", "viewer");
    await json("operators", "remove", invited.operator.id, "--yes");
    expect((await json("operators", "list")).items).toEqual([]);
    const [node] = (await json("nodes")).items;
    expect(node).toMatchObject({ is_live: true, is_draining: false });
    const drained = await json("nodes", "drain", node.name, "--wait", "--yes");
    expect(drained).toMatchObject({ id: node.id, is_draining: true, connections: 0 });
    const resumed = await json("nodes", "resume", node.id, "--wait");
    expect(resumed).toMatchObject({ id: node.id, is_draining: false, drain_requested_at: null });
    expect((await ended("nodes", "drain", "nobody", "--yes")).exitCode).toBe(1);
  }, 60_000);
});
