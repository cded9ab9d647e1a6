import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHANNEL_EXAMPLES, EXAMPLE_APP, HTTP_EXAMPLES } from "@usher/protocol/testing";
import { startServer, type TestServer } from "../../../tests/support/server.ts";
import { startAnsweringServer } from "./testing/answering-server.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const ROOT = join(PACKAGE, "..", "..");
/** Takes the place of the README's `app-secret`, which no server accepts: everybody knows it. */
const SECRET = "b7d1c0ffee5eedf00d42";
/** A build, a compiler and other runtimes take their time on a busy machine. */
const PATIENCE_MS = 60_000;

let folder: string;
/** The published package, unpacked where an app would have it. */
let installed: string;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "usher-sdk-test-"));
  const dist = join(folder, "dist");
  await run(["node", join(PACKAGE, "build.mjs"), dist], folder);
  const packed = await run(["npm", "pack", dist, "--silent", "--offline"], folder);
  installed = join(folder, "node_modules", "@usher", "sdk");
  await mkdir(installed, { recursive: true });
  await run(["tar", "xzf", packed.trim(), "-C", installed, "--strip-components=1"], folder);
  await link("@noble/ciphers");
  const env = { USHER_APP_ID: "3", USHER_APP_KEY: "app-key", USHER_APP_SECRET: SECRET };
  server = await startServer({ env });
}, PATIENCE_MS);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function link(name: string): Promise<void> {
  const path = join(folder, "node_modules", name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(join(ROOT, "node_modules", name), path);
}

async function run(command: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" },
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

async function textOf(file: string): Promise<string> {
  return readFile(join(installed, file), "utf8");
}

describe("the published package", () => {
  test("has no dependencies, and its entry points and their types exist", async () => {
    const described = JSON.parse(await textOf("package.json"));
    expect(described).toMatchObject({ name: "@usher/sdk", type: "module", sideEffects: false });
    expect(described).not.toContainKeys(["private", "dependencies", "devDependencies", "scripts"]);
    expect(described.peerDependenciesMeta).toEqual({ "@noble/ciphers": { optional: true } });
    const files = await readdir(installed);
    for (const entry of [described.exports["."], described.exports["./encrypted"]]) {
      expect(files).toContain(entry.types.slice(2));
      expect(files).toContain(entry.default.slice(2));
    }
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE"]));
    expect(files.filter((file) => /\.test\.|\.ts$/.test(file) && !file.endsWith(".d.ts"))).toEqual([]);
  });

  test("imports nothing, and the entry point for encrypted channels only the cipher", async () => {
    expect(importsOf(await textOf("index.js"))).toEqual([]);
    expect(importsOf(await textOf("encrypted.js"))).toEqual(["./index.js", "@noble/ciphers/salsa.js"]);
  });

  test("names nothing that only some runtimes have", async () => {
    const only = /\b(?:Buffer|process|require|__dirname|Bun|Deno|setImmediate|global)\b|\bnode:|\bbun:/;
    for (const file of ["index.js", "encrypted.js"]) {
      expect(only.exec(withoutComments(await textOf(file)))?.[0]).toBeUndefined();
    }
  });

  test("has types that name neither sources nor our other packages", async () => {
    for (const file of (await readdir(installed)).filter((name) => name.endsWith(".d.ts"))) {
      const types = await textOf(file);
      expect([file, types.match(/from "(?!\.\/[\w-]+\.js")[^"]*"/g)]).toEqual([file, null]);
    }
  });
});

function importsOf(code: string): string[] {
  const names = [
    ...code.matchAll(/^(?:import|export)\b[^"'`;]*?from "([^"]+)"/gm),
    ...code.matchAll(/import\("([^"]+)"\)/g),
  ];
  return [...new Set(names.map((match) => match[1] ?? ""))];
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const { port, stop } = startAnsweringServer();
  await stop();
  return port;
}

/** What every runtime has to get right: the worked examples, encryption, and an event on a real server. */
async function writeCheck(): Promise<string> {
  const examples = {
    key: EXAMPLE_APP.key,
    channels: CHANNEL_EXAMPLES,
    http: HTTP_EXAMPLES.filter(({ method, body }) => method === "POST" && body !== ""),
  };
  const file = join(folder, "check.mjs");
  await writeFile(
    file,
    `import { RequestError, signChannel, Usher } from "@usher/sdk";
import { RequestError as SameRequestError, Usher as EncryptedUsher, decryptEventData } from "@usher/sdk/encrypted";

const examples = ${JSON.stringify(examples)};
for (const { secret, socketId, channel, channelData, digest } of examples.channels) {
  const { auth } = await signChannel({ key: examples.key, secret, socketId, channel, channelData });
  if (auth !== examples.key + ":" + digest) throw new Error("wrong signature for " + channel);
}
for (const { rawQuery, method, path, body, secret, digest } of examples.http) {
  const given = new URLSearchParams(rawQuery);
  if (given.size > 4) continue;
  const now = () => given.get("auth_timestamp") * 1000;
  const app = new Usher({ appId: "3", key: given.get("auth_key"), secret, host: "127.0.0.1", now });
  const query = await app.createSignedQueryString({ method, path, body });
  if (!query.endsWith("auth_signature=" + digest)) throw new Error("wrong signature for " + path);
}

const options = {
  appId: "3",
  key: "app-key",
  secret: "${SECRET}",
  host: "127.0.0.1",
  port: ${server.port},
  encryptionMasterKeyBase64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
};
const usher = new EncryptedUsher(options);
const { shared_secret } = await usher.authorizeChannel("1.1", "private-encrypted-foobar");
if (shared_secret !== "g3Au6SZ+UCU+IMfFsFva0rq+Gi4tzSHR6WCcWZbS9sY=") throw new Error("wrong key");
for (const channel of ["news", "cache-news", "private-encrypted-cache-foobar"]) {
  const response = await usher.trigger(channel, "headline", { text: "Łódź" });
  if (response.status !== 200) throw new Error("status " + response.status);
}
const cached = await (await usher.get({ path: "/channels/cache-news", params: { info: "cache" } })).json();
if (cached.cache.data !== '{"text":"Łódź"}') throw new Error("wrong data: " + JSON.stringify(cached));
const sealed = await usher.get({ path: "/channels/private-encrypted-cache-foobar", params: { info: "cache" } });
const data = (await sealed.json()).cache.data;
const key = await usher.channelSharedSecret("private-encrypted-cache-foobar");
if (decryptEventData(data, key).text !== "Łódź") throw new Error("wrong plaintext");

const refused = await new Usher({ ...options, secret: "wrong" }).trigger("news", "e", {}).catch((error) => error);
if (!(refused instanceof RequestError) || RequestError !== SameRequestError) throw new Error("another class");
if (refused.code !== "http_auth_signature_mismatch") throw new Error("wrong code: " + refused.code);
const closed = new Usher({ ...options, port: ${await closedPort()}, retry: { baseDelayMs: 1 } });
const unreached = await closed.trigger("news", "e", {}).catch((error) => error);
if (unreached.attempts !== 3 || unreached.mayHaveBeenDelivered) throw new Error("not seen as unsent: " + unreached);
console.log("all is well");
`,
  );
  return file;
}

describe("runs", () => {
  test(
    "on Node",
    async () => {
      expect(await run(["node", await writeCheck()], folder)).toBe("all is well\n");
    },
    PATIENCE_MS,
  );

  test(
    "on Bun",
    async () => {
      expect(await run([process.execPath, await writeCheck()], folder)).toBe("all is well\n");
    },
    PATIENCE_MS,
  );

  test(
    "by require, on a Node that can",
    async () => {
      const code = 'const { Pusher, Usher } = require("@usher/sdk"); console.log(Pusher === Usher)';
      expect(await run(["node", "--no-warnings", "-e", code], folder)).toBe("true\n");
    },
    PATIENCE_MS,
  );

  test(
    "in a realm that has what the Web has, and nothing else",
    async () => {
      const file = join(folder, "realm.mjs");
      await writeFile(
        file,
        `import { readFileSync } from "node:fs";
import { createContext, SourceTextModule } from "node:vm";
const web = { AbortController, AbortSignal, DOMException, Headers, Request, Response, TextDecoder, TextEncoder, URL };
Object.assign(web, { atob, btoa, clearTimeout, crypto, fetch, setTimeout });
const realm = createContext(web);
const source = readFileSync(${JSON.stringify(join(installed, "index.js"))}, "utf8");
const sdk = new SourceTextModule(source, { context: realm });
await sdk.link(() => { throw new Error("it imports something"); });
await sdk.evaluate();
const { Usher } = sdk.namespace;
const usher = new Usher({ appId: "3", key: "app-key", secret: "${SECRET}", host: "127.0.0.1", port: ${server.port} });
console.log((await usher.trigger("news", "headline", "Hello")).status);
const rawBody = '{"time_ms":1,"events":[]}';
const signature = await new Usher.Token("app-key", "${SECRET}").sign(rawBody);
const headers = { "content-type": "application/json", "x-pusher-key": "app-key", "x-pusher-signature": signature };
console.log(await usher.webhook({ headers, rawBody }).isValid());
const request = new Request("http://127.0.0.1/", { method: "POST", headers, body: rawBody });
console.log((await usher.webhook.verify(request)).events.length);
`,
      );
      const printed = await run(["node", "--experimental-vm-modules", "--no-warnings", file], folder);
      expect(printed).toBe("200\ntrue\n0\n");
    },
    PATIENCE_MS,
  );
});

describe("the README", () => {
  const snippets = async (): Promise<string[]> => {
    const text = await textOf("README.md");
    return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) =>
      (match[1] ?? "").replaceAll("6001", String(server.port)).replaceAll("app-secret", SECRET),
    );
  };

  async function writeSnippets(): Promise<string[]> {
    const files: string[] = [];
    for (const [index, snippet] of (await snippets()).entries()) {
      const file = join(folder, `snippet-${index}.ts`);
      await writeFile(file, snippet);
      files.push(file);
    }
    return files;
  }

  test(
    "has snippets that compile against the published types, as strictly as can be",
    async () => {
      const files = await writeSnippets();
      expect(files.length).toBeGreaterThan(6);
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        target: "ESNext",
        module: "NodeNext",
        lib: ["ESNext", "DOM", "DOM.Iterable"],
        types: [],
      };
      await writeFile(join(folder, "package.json"), '{"type":"module"}');
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      await run([join(ROOT, "node_modules", ".bin", "tsc"), "-p", "."], folder);
    },
    PATIENCE_MS,
  );

  test(
    "has snippets that run against a real server and do what they say",
    async () => {
      const exported: Record<string, unknown> = {};
      for (const file of await writeSnippets()) Object.assign(exported, await import(file));
      expect(exported.channels).toEqual({});
      expect(exported.explanation).toStartWith("401 http_auth_signature_mismatch: ");

      const authorize = exported.authorize as (request: Request, user: object) => Promise<Response>;
      const ask = (body: string): Promise<Response> =>
        authorize(new Request("http://127.0.0.1/pusher/auth", { method: "POST", body }), {
          id: "7",
          name: "Jo",
        });
      const own = await ask("socket_id=1.1&channel_name=private-user-7");
      expect(await own.json()).toEqual({ auth: expect.stringMatching(/^app-key:[0-9a-f]{64}$/) });
      const lobby = await ask("socket_id=1.1&channel_name=presence-lobby");
      expect(await lobby.json()).toMatchObject({ channel_data: '{"user_id":"7","user_info":{"name":"Jo"}}' });
      expect((await ask("socket_id=1.1&channel_name=private-user-8")).status).toBe(403);
      expect((await ask("socket_id=1.1:x&channel_name=private-user-7")).status).toBe(400);

      const receive = exported.receive as (request: Request) => Promise<Response>;
      const eventsOf = exported.eventsOf as (headers: object, rawBody: string) => Promise<readonly object[]>;
      const rawBody = '{"time_ms":1,"events":[{"name":"channel_occupied","channel":"c"}]}';
      const { hmacSha256Hex } = await import("./hmac.ts");
      for (const [secret, status, count] of [
        [SECRET, 200, 1],
        ["forged", 401, 0],
      ] as const) {
        const headers = {
          "content-type": "application/json",
          "x-pusher-key": "app-key",
          "x-pusher-signature": await hmacSha256Hex(secret, rawBody),
        };
        const request = new Request("http://127.0.0.1/", { method: "POST", headers, body: rawBody });
        expect((await receive(request)).status).toBe(status);
        expect(await eventsOf(headers, rawBody)).toHaveLength(count);
      }
    },
    PATIENCE_MS,
  );

  test("has every option", async () => {
    const source = await readFile(join(PACKAGE, "src", "options.ts"), "utf8");
    const [options = ""] = /interface UsherOptions \{[\s\S]*?\n\}/.exec(source) ?? [];
    const names = [...options.matchAll(/^ {2}readonly (\w+)/gm)].map((match) => match[1] ?? "");
    expect(names.length).toBeGreaterThan(10);
    const text = await textOf("README.md");
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
