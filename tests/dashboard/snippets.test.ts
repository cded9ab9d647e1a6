import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHmac } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Pusher from "pusher";
import NodePusher from "pusher-js";
import { run } from "../../interop/fetching.ts";
import { SNIPPETS } from "../../packages/dashboard/src/screens/connect/snippets.ts";
import { eventOf, subscribed } from "../clients/events.ts";
import { prepareExample, prepareFlask, prepareGo, prepareJava } from "../examples/prepare-languages.ts";
import {
  EXAMPLES,
  environmentFor,
  ROOT,
  type RunningExample,
  runExample,
} from "../examples/running-example.ts";
import { Admin } from "../support/admin.ts";
import { report } from "../support/report.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { eventually, PATIENCE_MS, within } from "../support/time-limit.ts";
import { placeOfServer, removeSnippets, writeSnippet } from "./snippet-files.ts";

setDefaultTimeout(60_000);

const BUN = process.execPath;
const PREFIX = "/realtime";
const tried = new Set<string>();

const [flask, go, java, php, ruby] = await Promise.all([
  prepareExample("Python", prepareFlask),
  prepareExample("Go", async (paths, language) => {
    // What it fetches is the same.
    await prepareGo(paths, language);
    return paths;
  }),
  prepareExample("Java", prepareJava),
  prepareExample("PHP", async (paths) => paths),
  prepareExample("Ruby", async (paths) => paths),
]);
const hasCurl = Bun.which("curl") !== null && Bun.which("openssl") !== null;

let plain: TestServer;
let prefixed: TestServer;
const clients: NodePusher[] = [];
const children: Bun.Subprocess[] = [];

beforeAll(async () => {
  [plain, prefixed] = await Promise.all([startServer(), startServer({ env: { USHER_PATH_PREFIX: PREFIX } })]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const child of children.splice(0)) {
    child.kill();
    await child.exited;
  }
});
afterAll(async () => {
  await Promise.all([plain.stop(), prefixed.stop()]);
  removeSnippets();
});

const SERVERS = [
  ["as it is", () => plain, ""],
  ["below a path", () => prefixed, PREFIX],
] as const;

/** Subscribes to the channel `orders`; `shipped` resolves with what the snippets send. */
async function listen(server: TestServer, pathPrefix = ""): Promise<{ readonly shipped: Promise<unknown> }> {
  const client = new NodePusher(server.key, {
    cluster: "",
    wsHost: server.host,
    wsPort: server.port,
    wsPath: pathPrefix,
    forceTLS: false,
    enabledTransports: ["ws", "wss"],
  });
  clients.push(client);
  const orders = client.subscribe("orders");
  const shipped = eventOf(orders, "shipped", 40_000);
  await subscribed(orders);
  return { shipped };
}

/** Runs a command with what a snippet reads from its environment; rejects when it fails. */
async function runToEnd(command: readonly string[], server: TestServer): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: environmentFor(server),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

/** Starts a program that goes on, and resolves once it has written the text. */
function startAndHear(
  command: readonly string[],
  server: TestServer,
  text: string,
): { readonly heard: Promise<void> } {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: environmentFor(server),
    stdout: "pipe",
    stderr: "pipe",
  });
  children.push(child);
  const read = async () => {
    let output = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      output += decoder.decode(chunk, { stream: true });
      if (output.includes(text)) return;
    }
    throw new Error(`it ended with:\n${output}${await new Response(child.stderr).text()}`);
  };
  return { heard: within(PATIENCE_MS * 2, read(), () => `${command.join(" ")} never wrote ${text}`) };
}

async function someoneOnOrders(server: TestServer): Promise<void> {
  const admin = new Admin(() => server);
  await eventually(
    () => admin.done("GET", `/apps/${server.appId}/channels?prefix=orders`),
    ({ items }: { items: unknown[] }) => items.length > 0,
    PATIENCE_MS * 2,
  );
}

/** In the place of somebody's own server, which signs the path as it is seen. */
async function ship(server: TestServer, pathPrefix: string): Promise<void> {
  const { file } = writeSnippet("sdk", placeOfServer(server, pathPrefix));
  await runToEnd([BUN, file], server);
}

describe.each(SERVERS)("with the server %s", (_, serverOf, pathPrefix) => {
  test.each(["pusher-js", "echo-pusher", "echo-reverb"])("%s connects, subscribes and hears", async (id) => {
    tried.add(id);
    const server = serverOf();
    const { file } = writeSnippet(id, placeOfServer(server, pathPrefix));
    const { heard } = startAndHear([BUN, file], server, "shipped");
    await Promise.race([someoneOnOrders(server), heard]);
    await ship(server, pathPrefix);
    await heard;
  });

  test("@usher/sdk triggers", async () => {
    tried.add("sdk");
    const { shipped } = await listen(serverOf(), pathPrefix);
    await ship(serverOf(), pathPrefix);
    expect(await shipped).toEqual({ order: 7 });
  });

  test.skipIf(!hasCurl)("curl triggers", async () => {
    tried.add("curl");
    const server = serverOf();
    const { shipped } = await listen(server, pathPrefix);
    const { file } = writeSnippet("curl", placeOfServer(server, pathPrefix));
    await runToEnd(["sh", file], server);
    expect(await shipped).toEqual({ order: 7 });
  });

  test("the command line subscribes and triggers", async () => {
    tried.add("cli");
    const server = serverOf();
    const { folder, text } = writeSnippet("cli", placeOfServer(server, pathPrefix));
    const usher = `usher() { exec "${BUN}" "${ROOT}packages/cli/src/main.ts" "$@"; }\n`;
    const [subscribe = "", trigger = ""] = text.split("\n\n");
    writeFileSync(join(folder, "subscribe.sh"), usher + subscribe);
    writeFileSync(join(folder, "trigger.sh"), usher + trigger);
    const { heard } = startAndHear(["sh", join(folder, "subscribe.sh")], server, "shipped");
    await Promise.race([someoneOnOrders(server), heard]);
    await runToEnd(["sh", join(folder, "trigger.sh")], server);
    await heard;
  });

  test.skipIf(!php)("PHP authorizes and triggers", async () => {
    tried.add("php");
    const server = serverOf();
    const { file } = writeSnippet("php", placeOfServer(server, pathPrefix));
    const running = await runExample([php?.[0] ?? "", "-S", "127.0.0.1:{port}", file], server);
    try {
      const { shipped } = await listen(server, pathPrefix);
      await fetch(`${running.url}/ship`);
      expect(await shipped).toEqual({ order: 7 });
      await expectAuthorizes(running, server);
    } finally {
      await running.stop();
    }
  });

  test.skipIf(!ruby)("Ruby authorizes and triggers", async () => {
    tried.add("ruby");
    await expectShipsAndAuthorizes("ruby", serverOf(), pathPrefix, ({ runner }) => [ruby?.[0] ?? "", runner]);
  });
});

test("Node authorizes and triggers", async () => {
  tried.add("node");
  await expectShipsAndAuthorizes("node", plain, "", ({ file }) => [BUN, file]);
});

test.skipIf(!flask)("Python authorizes and triggers", async () => {
  tried.add("python");
  const command = (file: string) => flask?.map((word) => (word.endsWith("/app.py") ? file : word)) ?? [];
  await expectShipsAndAuthorizes("python", plain, "", ({ file }) => command(file));
});

test.skipIf(!go)("Go authorizes and triggers", async () => {
  tried.add("go");
  const { folder } = writeSnippet("go", placeOfServer(plain));
  for (const name of ["go.mod", "go.sum"]) copyFileSync(join(EXAMPLES, "go", name), join(folder, name));
  const program = join(folder, "program");
  const built = await run([go?.[0] ?? "", "build", "-o", program, "."], folder, {
    GOTOOLCHAIN: "local",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
  });
  expect(built).toEqual({ code: 0, output: "" });
  await expectRunningShips([program], plain, "");
});

test.skipIf(!java)("Java authorizes and triggers", async () => {
  tried.add("java");
  await expectShipsAndAuthorizes("java", plain, "", ({ file }) => [...(java?.slice(0, -1) ?? []), file]);
});

test("Laravel's variables lead Pusher's library here", async () => {
  tried.add("laravel");
  const { text } = writeSnippet("laravel", placeOfServer(plain));
  const values = new Map<string, string>([["USHER_APP_SECRET", plain.secret]]);
  for (const [, name = "", value = ""] of text.matchAll(/^(\w+)=(.*)$/gm)) {
    const unquoted = value.replace(/^"(.*)"$/, "$1");
    values.set(
      name,
      unquoted.replace(/\$\{(\w+)\}/g, (_, other: string) => values.get(other) ?? ""),
    );
  }
  const of = (name: string) => values.get(name) ?? "";
  const { shipped } = await listen(plain);
  const pusher = new Pusher({
    appId: of("PUSHER_APP_ID"),
    key: of("PUSHER_APP_KEY"),
    secret: of("PUSHER_APP_SECRET"),
    host: of("PUSHER_HOST"),
    port: of("PUSHER_PORT"),
    useTLS: of("PUSHER_SCHEME") === "https",
  });
  await pusher.trigger("orders", "shipped", { order: 7 });
  expect(await shipped).toEqual({ order: 7 });
  expect([of("VITE_PUSHER_HOST"), of("VITE_PUSHER_APP_KEY")]).toEqual([plain.host, plain.key]);
});

const ENDPOINTS = SNIPPETS.filter(({ group }) => group === "endpoint").map(({ id }) => id);

test.each(ENDPOINTS)("%s authorizes", async (id) => {
  tried.add(id);
  const { runner } = writeSnippet(id, placeOfServer(plain));
  const running = await runExample([BUN, runner], plain);
  try {
    await expectAuthorizes(running, plain);
  } finally {
    await running.stop();
  }
});

test("what is TypeScript has the right types", async () => {
  const files = [...ENDPOINTS, "sdk"].map((id) => writeSnippet(id, placeOfServer(plain)).file);
  const config = join(ROOT, "tests/.artifacts/snippets/tsconfig.json");
  writeFileSync(config, JSON.stringify({ extends: "../../../tsconfig.json", include: [], files }));
  const checked = await run([join(ROOT, "node_modules/.bin/tsc"), "--project", config], ROOT);
  expect(checked).toEqual({ code: 0, output: "" });
});

test("every snippet was run, but for those whose language is not on this machine", () => {
  const left = SNIPPETS.map(({ id }) => id).filter((id) => !tried.has(id));
  const lacking = [
    ...(flask ? [] : ["python"]),
    ...(go ? [] : ["go"]),
    ...(java ? [] : ["java"]),
    ...(php ? [] : ["php"]),
    ...(ruby ? [] : ["ruby"]),
    ...(hasCurl ? [] : ["curl"]),
  ];
  expect(left.sort()).toEqual(lacking.sort());
  if (left.length > 0) report(`snippets: left out: ${left.join(", ")}`);
});

async function expectShipsAndAuthorizes(
  id: string,
  server: TestServer,
  pathPrefix: string,
  command: (files: ReturnType<typeof writeSnippet>) => readonly string[],
): Promise<void> {
  const files = writeSnippet(id, placeOfServer(server, pathPrefix));
  await expectRunningShips(command(files), server, pathPrefix);
}

/** The program triggers as it starts, and then authorizes. */
async function expectRunningShips(
  command: readonly string[],
  server: TestServer,
  pathPrefix: string,
): Promise<void> {
  const { shipped } = await listen(server, pathPrefix);
  const running = await runExample(command, server, { PYTHONDONTWRITEBYTECODE: "1" });
  try {
    expect(await shipped).toEqual({ order: 7 });
    await expectAuthorizes(running, server);
  } finally {
    await running.stop();
  }
}

interface Grant {
  readonly auth: string;
  readonly channel_data?: string;
  readonly user_data?: string;
}

const SOCKET_ID = "1234.5678";

/** It signs for Ada what is hers, and nothing else for anybody. */
async function expectAuthorizes({ url }: RunningExample, { key, secret }: TestServer): Promise<void> {
  const ask = (path: string, channel: string | undefined, cookie = "session=1", socketId = SOCKET_ID) =>
    fetch(`${url}${path}`, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/x-www-form-urlencoded", cookie },
      body: new URLSearchParams({
        socket_id: socketId,
        ...(channel === undefined ? {} : { channel_name: channel }),
      }),
    });
  const signed = (text: string) => `${key}:${createHmac("sha256", secret).update(text).digest("hex")}`;
  const granted = async (path: string, channel?: string): Promise<Grant> => {
    const response = await ask(path, channel);
    expect([path, channel, response.status]).toEqual([path, channel, 200]);
    expect(response.headers.get("cache-control") ?? "").toContain("no-store");
    return (await response.json()) as Grant;
  };

  const own = await granted("/pusher/auth", "private-user-1");
  expect(own.auth).toBe(signed(`${SOCKET_ID}:private-user-1`));
  const room = await granted("/pusher/auth", "presence-room-a");
  expect(room.auth).toBe(signed(`${SOCKET_ID}:presence-room-a:${room.channel_data}`));
  expect(JSON.parse(room.channel_data ?? "")).toEqual({ user_id: "1", user_info: { name: "Ada" } });
  const user = await granted("/pusher/user-auth");
  expect(user.auth).toBe(signed(`${SOCKET_ID}::user::${user.user_data}`));
  expect(JSON.parse(user.user_data ?? "").id).toBe("1");

  const refused = [
    await ask("/pusher/auth", "private-user-2"),
    await ask("/pusher/auth", "private-user-1", "session=2"),
    await ask("/pusher/auth", "orders"),
    await ask("/pusher/auth", "private-user-1", "session=1", `${SOCKET_ID}\n`),
    await ask("/pusher/auth", "presence-room-a\n"),
    await ask("/pusher/user-auth", undefined, "session=2"),
    await ask("/pusher/user-auth", undefined, "session=1", `${SOCKET_ID}::user::{}`),
  ];
  for (const { status } of refused) expect([400, 401, 403]).toContain(status);
}
