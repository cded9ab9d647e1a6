import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Pusher from "pusher";
import type NodePusher from "pusher-js";
import type { PresenceChannel } from "pusher-js";
import WithEncryption from "pusher-js/worker/with-encryption";
import { eventOf, frameOf, stateOf, subscribed } from "../../../../tests/clients/events.ts";
import { startServer, type TestServer } from "../../../../tests/support/server.ts";
import { runCommand } from "../test-cli.ts";
import { channels, user } from "./example-rules.ts";

const MAIN = join(import.meta.dir, "../main.ts");
const APP = ["--key", "278d425bdf160c739803", "--secret", "7ad3773142a6692b25b8"];
const MASTER_KEY = Buffer.from("an encryption master key of 32 b").toString("base64");
const PAGE = "http://page.example";
const TIMEOUT_MS = 30_000;
// Beside this file, so that it finds the library it imports.
const RULES = join(import.meta.dir, "example-rules.ts");

interface AuthServer {
  readonly url: string;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly paths: readonly string[];
}

let folder: string;
const running: AuthServer["process"][] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "usher-auth-server-"));
});

afterEach(async () => {
  for (const each of running.splice(0)) {
    each.kill("SIGKILL");
    await each.exited;
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the command as a process, and resolves once it says where it listens. */
async function start(args: readonly string[]): Promise<AuthServer> {
  const child = Bun.spawn([process.execPath, MAIN, "auth-server", ...args, ...APP, "--port", "0", "--json"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", USHER_DATA_DIR: folder },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  let line = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    line += decoder.decode(chunk, { stream: true });
    if (!line.includes("\n")) continue;
    const { url, channel_paths, user_paths } = JSON.parse(line);
    return { url, process: child, paths: [...channel_paths, ...user_paths] };
  }
  throw new Error(await new Response(child.stderr).text());
}

function post(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams(form), headers });
}

async function check(args: readonly string[]) {
  const { exitCode, out } = await runCommand(["auth", "check", ...args, ...APP, "--json"]);
  const problems = JSON.parse(out).requests.flatMap(
    (each: { problems: { code: string }[] }) => each.problems,
  );
  return { exitCode, codes: [...new Set(problems.map(({ code }: { code: string }) => code))] };
}

describe("usher auth-server", () => {
  test("passes `usher auth check` with everything that it can do", async () => {
    const { url } = await start([RULES, "--master-key", MASTER_KEY, "--origin", PAGE, "--jsonp"]);
    const channels = ["private-user-10", "presence-room-a", "private-encrypted-user-10"];
    const { exitCode, codes } = await check([
      `${url}/pusher/auth`,
      ...channels.flatMap((name) => ["--channel", name]),
      ...["--user-auth", `${url}/pusher/user-auth`, "--denied", "private-user-11"],
      ...["--header", "X-User: 10", "--origin", PAGE, "--batch"],
    ]);
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: [] });
    // Scripts send no headers of their own, so JSONP is for endpoints whose session is a cookie.
    const byScript = await check([
      ...[`${url}/pusher/auth`, "--channel", "private-user-10", "--denied", "private-user-11"],
      ...["--param", "user=10", "--origin", PAGE, "--jsonp"],
    ]);
    expect(byScript).toEqual({ exitCode: 0, codes: [] });
  });

  test("answers at the paths of pusher-js and of Laravel Echo, and nowhere else", async () => {
    const { url, paths } = await start([RULES, "--user-id", "10", "--master-key", MASTER_KEY]);
    expect(paths).toEqual([
      "/pusher/auth",
      "/broadcasting/auth",
      "/pusher/user-auth",
      "/broadcasting/user-auth",
    ]);
    for (const path of paths) {
      const answer = await post(url + path, { socket_id: "1.2", channel_name: "private-user-10" });
      expect(answer.status).toBe(200);
      expect(Object.keys(await answer.json())).toEqual(
        path.endsWith("user-auth") ? ["auth", "user_data"] : ["auth"],
      );
    }
    expect((await post(`${url}/`, { socket_id: "1.2", channel_name: "private-user-10" })).status).toBe(404);
    // Whoever --user-id names, the request has no say in it.
    const form = { socket_id: "1.2", channel_name: "private-user-11" };
    expect((await post(`${url}/pusher/auth`, form, { "x-user": "11" })).status).toBe(403);
  });

  test("refuses what --deny names", async () => {
    const { url } = await start(["--allow-all", "--deny", "private-admin-*", "--deny", "presence-x"]);
    const statuses: number[] = [];
    for (const channel_name of ["private-admin-1", "presence-x", "private-admin", "presence-xy"]) {
      statuses.push((await post(`${url}/pusher/auth`, { socket_id: "1.2", channel_name })).status);
    }
    expect(statuses).toEqual([403, 403, 200, 200]);
  });

  test("warns aloud of --allow-all, and answers under names of this machine only", async () => {
    const { url, process: child } = await start(["--allow-all"]);
    const form = { socket_id: "1.2", channel_name: "private-a" };
    expect((await post(`${url}/pusher/auth`, form)).status).toBe(200);
    expect((await post(`${url}/pusher/auth`, form, { host: "rebound.example" })).status).toBe(403);
    child.kill("SIGTERM");
    expect(await new Response(child.stderr).text()).toContain("WARNING: --allow-all signs every channel");
  });

  test("gives every connection of --allow-all an id of its own, the same when it signs in", async () => {
    const { url } = await start(["--allow-all"]);
    const ids: string[] = [];
    for (const socket_id of ["1.2", "1.2", "3.4"]) {
      const form = { socket_id, channel_name: "presence-a" };
      const member = await (await post(`${url}/pusher/auth`, form)).json();
      ids.push(JSON.parse(member.channel_data).user_id);
    }
    const signIn = await (await post(`${url}/pusher/user-auth`, { socket_id: "1.2" })).json();
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(JSON.parse(signIn.user_data).id).toBe(ids[0]);
  });

  test("ends in order at SIGTERM and at Ctrl-C, with clients that keep their connection", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const { url, process: child } = await start(["--allow-all"]);
      await (await post(`${url}/pusher/auth`, { socket_id: "1.2", channel_name: "private-a" })).text();
      child.kill(signal);
      expect(await child.exited).toBe(0);
    }
  });

  test("prints what to paste into the page", async () => {
    const args = ["auth-server", "--allow-all", "--port", "0", ...APP];
    const { exitCode, out, errors } = await runCommand(args, { interrupted: Promise.resolve() });
    expect(exitCode).toBe(0);
    expect(out).toContain('new Pusher("278d425bdf160c739803", {');
    expect(out).toMatch(/endpoint: "http:\/\/127\.0\.0\.1:\d+\/pusher\/auth", transport: "ajax"/);
    expect(out).toMatch(/authEndpoint: "http:\/\/127\.0\.0\.1:\d+\/broadcasting\/auth"/);
    expect(errors).toContain("WARNING");
    expect(out + errors).not.toContain("7ad3773142a6692b25b8");
  });

  test.each([
    [[], "there are no rules"],
    [[RULES, "--allow-all"], "pointless"],
    [["--allow-all", "--host", "0.0.0.0"], "listens on this machine only"],
    [["--allow-all", "--host", "::"], "listens on this machine only"],
    [["--allow-all", "--jsonp"], "--jsonp needs --origin"],
    [["--allow-all", "--master-key", "c2hvcnQ="], "32 bytes"],
    [["--allow-all", "--origin", "page.example"], "no origin"],
    [["--allow-all", "--port", "x"], "port"],
    [["nowhere.ts"], "cannot be loaded"],
    [[join(import.meta.dir, "rules.ts")], "exports no channels"],
    [[RULES], "--master-key"],
  ])("refuses %j as a wrong command line", async (args, words) => {
    const stopped = { interrupted: Promise.resolve() };
    const { exitCode, out, errors } = await runCommand(["auth-server", ...args, ...APP], stopped);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(words);
  });

  test("takes rules that a test can ask directly", async () => {
    const asked = user(new Request("http://localhost/"), new URLSearchParams("user=10"));
    expect(asked).toEqual({ id: "10" });
    expect(await channels.decide("private-user-10", { id: "10" })).toMatchObject({ allowed: true });
    expect(await channels.decide("private-user-11", { id: "10" })).toMatchObject({ allowed: false });
  });

  test("finishes an answer that is under way when it is told to end", async () => {
    const rules = join(folder, "slow.mjs");
    // The answer waits for the very signal that ends the process.
    writeFileSync(
      rules,
      `export const channels = {
         rules: [],
         decide: async () => {
           const told = new Promise((resolve) => process.once("SIGTERM", resolve));
           console.error("asked");
           await told;
           return { allowed: true, rule: "all" };
         },
         decideUser: () => false,
         explain: () => "",
       };`,
    );
    const { url, process: child } = await start([rules, "--user-id", "10"]);
    const answer = post(`${url}/pusher/auth`, { socket_id: "1.2", channel_name: "private-a" });
    for await (const chunk of child.stderr) if (new TextDecoder().decode(chunk).includes("asked")) break;
    child.kill("SIGTERM");
    expect((await answer).status).toBe(200);
    expect(await child.exited).toBe(0);
  });

  test("wants to know who asks", async () => {
    const rules = join(folder, "nobody.mjs");
    writeFileSync(
      rules,
      "export const channels = { rules: [], decide() {}, decideUser() {}, explain() {} };",
    );
    const { exitCode, errors } = await runCommand(["auth-server", rules, ...APP]);
    expect(exitCode).toBe(2);
    expect(errors).toContain("does not say who asks");
  });

  test("says when the port is taken", async () => {
    const { url } = await start(["--allow-all"]);
    const args = ["auth-server", "--allow-all", "--port", new URL(url).port, ...APP];
    const { exitCode, errors } = await runCommand(args, { interrupted: Promise.resolve() });
    expect(exitCode).toBe(69);
    expect(errors).toContain("cannot listen");
  });
});

describe("pusher-js through usher auth-server", () => {
  let server: TestServer;
  const clients: NodePusher[] = [];

  beforeAll(async () => {
    server = await startServer();
  }, TIMEOUT_MS);

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  }, TIMEOUT_MS);

  async function connect(endpoint: string): Promise<NodePusher> {
    const client = new (WithEncryption as unknown as typeof NodePusher)(server.key, {
      cluster: "",
      wsHost: server.host,
      wsPort: server.port,
      forceTLS: false,
      enabledTransports: ["ws"],
      channelAuthorization: { endpoint: `${endpoint}/pusher/auth`, transport: "ajax" },
      userAuthentication: { endpoint: `${endpoint}/pusher/user-auth`, transport: "ajax" },
    });
    clients.push(client);
    await stateOf(client, "connected");
    return client;
  }

  test(
    "joins private, presence and encrypted channels, signs in, and is refused what is denied",
    async () => {
      const { url } = await start(["--allow-all", "--master-key", MASTER_KEY, "--deny", "private-admin"]);
      const client = await connect(url);
      await subscribed(client.subscribe("private-a"));
      const room = client.subscribe("presence-b") as PresenceChannel;
      await subscribed(room);
      expect(room.members.me.id).toStartWith("guest-");

      const secret = client.subscribe("private-encrypted-c");
      await subscribed(secret);
      const sdk = new Pusher({
        appId: server.appId,
        key: server.key,
        secret: server.secret,
        host: server.host,
        port: String(server.port),
        useTLS: false,
        encryptionMasterKeyBase64: MASTER_KEY,
      });
      const event = eventOf(secret, "said");
      await sdk.trigger("private-encrypted-c", "said", { text: "Grüße 🎉" });
      expect(await event).toEqual({ text: "Grüße 🎉" });

      const signedIn = frameOf(client, "pusher:signin_success");
      client.signin();
      await signedIn;
      const refused = eventOf<{ status: number }>(
        client.subscribe("private-admin"),
        "pusher:subscription_error",
      );
      expect((await refused).status).toBe(403);
    },
    TIMEOUT_MS,
  );

  test(
    "obeys the rules of a module",
    async () => {
      const { url } = await start([RULES, "--user-id", "10", "--master-key", MASTER_KEY]);
      const client = await connect(url);
      await subscribed(client.subscribe("private-user-10"));
      const room = client.subscribe("presence-room-a") as PresenceChannel;
      await subscribed(room);
      expect(room.members.me).toEqual({ id: "10", info: { name: "User 10" } });
      const refused = eventOf<{ status: number }>(
        client.subscribe("private-user-11"),
        "pusher:subscription_error",
      );
      expect((await refused).status).toBe(403);
    },
    TIMEOUT_MS,
  );
});
