import { afterAll, beforeAll } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describeExample } from "./describe-example.ts";
import { EXAMPLES, ROOT } from "./running-example.ts";

const BUN = process.execPath;
// Inside the repository, so that the copies find the libraries they import.
const COPIES = `${ROOT}tests/.artifacts/examples/express/`;

beforeAll(() => {
  const source = readFileSync(`${EXAMPLES}express/server.mjs`, "utf8");
  mkdirSync(COPIES, { recursive: true });
  for (const name of ["express4", "express5"]) {
    // Both are here under names of their own; people have one of them, by the name of the package.
    writeFileSync(`${COPIES}${name}.mjs`, source.replace('from "express"', `from "${name}"`));
  }
});

afterAll(() => rmSync(COPIES, { recursive: true, force: true }));

for (const name of ["express4", "express5"]) {
  describeExample(`examples/express on ${name}`, {
    command: [BUN, `${COPIES}${name}.mjs`],
    isBatched: true,
    hasCsrf: true,
  });
}

describeExample("examples/hono", {
  command: [BUN, `${EXAMPLES}hono/server.ts`],
  isBatched: true,
  corsOrigin: "http://localhost:5173",
});

describeExample("examples/fastify", {
  command: [BUN, `${EXAMPLES}fastify/server.ts`],
  isBatched: true,
  hasSignIn: true,
});

describeExample("examples/nextjs", {
  // Its route handlers are plain functions, which are called here as Next.js calls them.
  command: [BUN, `${ROOT}tests/examples/next-routes.ts`],
  env: { SESSION_SECRET: "a secret of the tests" },
  headers: { "X-Requested-With": "XMLHttpRequest" },
  isBatched: true,
  hasCsrf: true,
});
