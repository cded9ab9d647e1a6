import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type PusherClient from "pusher-js";
import { eventOf, subscribed } from "../../../tests/clients/events.ts";
import { startServer, type TestServer } from "../../../tests/support/server.ts";

const ROOT = join(import.meta.dir, "../../..");
// Inside the repository, so that the copies find the libraries they import.
const COPIES = join(ROOT, "tests/.artifacts/pusher-js-readme");

const readme = await readFile(join(import.meta.dir, "../README.md"), "utf8");
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code ?? "");
const snippets = blocks("ts").filter((code) => code.startsWith("import"));
const [page = "", endpoint = ""] = snippets;

afterAll(() => rm(COPIES, { recursive: true, force: true }));

async function copy(name: string, code: string): Promise<string> {
  await mkdir(COPIES, { recursive: true });
  const path = join(COPIES, name);
  await Bun.write(path, code);
  return path;
}

test("the README's snippets are right by their types", async () => {
  expect(snippets).toHaveLength(4);
  const files = await Promise.all(snippets.map((code, index) => copy(`snippet-${index}.ts`, code)));
  const options = "--ignoreConfig --noEmit --strict --skipLibCheck --target esnext --module preserve";
  const more = "--allowImportingTsExtensions --esModuleInterop --lib esnext,dom,dom.iterable --types node";
  const command = [join(ROOT, "node_modules/.bin/tsc"), ...options.split(" "), ...more.split(" "), ...files];
  const tsc = Bun.spawn(command, { cwd: ROOT, stdout: "pipe", stderr: "inherit" });
  expect(await new Response(tsc.stdout).text()).toBe("");
  expect(await tsc.exited).toBe(0);
}, 60_000);

test("the README names every option and no other", async () => {
  const types = await readFile(join(import.meta.dir, "types.ts"), "utf8");
  const declared = /interface BatchedAuthorizationOptions \{(.*?)^\}/ms.exec(types)?.[1] ?? "";
  const options = [...declared.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name ?? "");
  const table = readme.slice(readme.indexOf("## Options"), readme.indexOf("`refresh` may also"));
  const rows = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ""),
  );
  expect(rows.toSorted()).toEqual(options.toSorted());
});

describe("the README's page and endpoint", () => {
  let server: TestServer;
  let pusher: PusherClient | undefined;

  beforeAll(async () => {
    server = await startServer();
  }, 30_000);
  afterAll(async () => {
    pusher?.disconnect();
    await server.stop();
  });

  test("join with one request, and show a refusal as it says", async () => {
    const own = (code: string) =>
      code
        .replaceAll('"app-key"', JSON.stringify(server.key))
        .replaceAll('"app-secret"', JSON.stringify(server.secret))
        .replaceAll("6001", String(server.port));
    const { authorize } = await import(await copy("endpoint.ts", own(endpoint)));
    const user = { id: "ann", channels: ["private-orders", "private-news", "presence-lobby"] };
    let requests = 0;
    const site = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        requests++;
        return authorize(request, user);
      },
    });
    try {
      const url = `http://127.0.0.1:${site.port}/pusher/auth`;
      const code = own(page).replace('"/pusher/auth"', JSON.stringify(url));
      const client: PusherClient = (await import(await copy("page.ts", code))).pusher;
      pusher = client;
      await Promise.all(client.allChannels().map((channel) => subscribed(channel)));
      expect(client.allChannels().map(({ name }) => name)).toEqual(user.channels);
      expect(requests).toBe(1);

      const refused = await eventOf(client.subscribe("private-theirs"), "pusher:subscription_error");
      const [shown = ""] = blocks("json");
      expect(refused).toEqual(
        JSON.parse(shown.replace("private-orders", "private-theirs").replace("/pusher/auth", url)),
      );
    } finally {
      await site.stop(true);
    }
  }, 30_000);
});
