import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AuthHandler } from "./index.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
// Inside the repository, so that the snippets find what they import.
const COPIES = `${ROOT}tests/.artifacts/auth-readme-${process.pid}/`;

/** What the snippets take for granted of the app that they are pasted into. */
const SESSION = `
export interface User { readonly id: number; readonly name: string; readonly rooms: readonly string[]; readonly lines: readonly string[] }
export const ann: User = { id: 7, name: "Ann", rooms: ["lobby"], lines: ["ABC"] };
export async function userOfSession(cookie: string | null | undefined): Promise<User | null> { return cookie === "session=7" ? ann : null; }
export async function userOfToken(header: string | null): Promise<User | null> { return header === "Bearer 7" ? ann : null; }
export async function mayRead(_user: User, _document: string): Promise<boolean> { return true; }
export function isValidToken(token: string | null): boolean { return token === "t"; }
`;

describe("the README", () => {
  const snippets = new Map<string, string>();

  beforeAll(async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    for (const [, name = "", text = ""] of readme.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs))
      snippets.set(name, text);
    await mkdir(COPIES, { recursive: true });
    await writeFile(`${COPIES}session.ts`, SESSION);
    await writeFile(`${COPIES}app.module.ts`, "export class AppModule {}\n");
    for (const [name, text] of snippets) await writeFile(COPIES + name, text);
  });
  afterAll(() => rm(COPIES, { recursive: true, force: true }));

  test("has a name on every snippet", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    expect(snippets.size).toBe((readme.match(/```ts\n/g) ?? []).length);
  });

  test("has snippets that compile", async () => {
    const modules = `${ROOT}node_modules/`;
    const paths = {
      express: [`${modules}@types/express5`],
      h3: [`${modules}h3v1`],
    };
    const config = {
      extends: `${ROOT}tsconfig.json`,
      compilerOptions: { paths, noUnusedLocals: false },
      include: ["*.ts"],
      exclude: [],
    };
    await writeFile(`${COPIES}tsconfig.json`, JSON.stringify(config));
    const tsc = Bun.spawn([`${ROOT}node_modules/.bin/tsc`, "-p", COPIES], { stdout: "pipe" });
    const [code, output] = await Promise.all([tsc.exited, new Response(tsc.stdout).text()]);
    expect(output).toBe("");
    expect(code).toBe(0);
  }, 60_000);

  test("has rules whose tests pass", async () => {
    const child = Bun.spawn([process.execPath, "test", "./channels.test.ts"], {
      cwd: COPIES,
      stderr: "pipe",
    });
    const [code, output] = await Promise.all([child.exited, new Response(child.stderr).text()]);
    expect(output).toContain("2 pass");
    expect(code).toBe(0);
  }, 30_000);

  test("has an endpoint that answers", async () => {
    process.env.USHER_APP_KEY = "app-key";
    process.env.USHER_APP_SECRET = "app-secret";
    const { handler } = (await import(`${COPIES}auth.ts`)) as { readonly handler: AuthHandler };
    const ask = (body: string) =>
      handler(
        new Request("http://localhost/pusher/auth", {
          method: "POST",
          headers: { cookie: "session=7" },
          body,
        }),
      );
    expect((await ask("socket_id=1.2&channel_name=private-user.7")).status).toBe(200);
    expect((await ask("socket_id=1.2&channel_name=presence-room-lobby")).status).toBe(200);
    expect((await ask("socket_id=1.2&channel_name=private-user.8")).status).toBe(403);
  });

  test("has an adapter for every entry point of the package", async () => {
    const manifest: unknown = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const { exports } = manifest as { readonly exports: Record<string, string> };
    for (const entry of Object.keys(exports)) expect(readme).toContain(`"@usher/auth${entry.slice(1)}"`);
  });
});
