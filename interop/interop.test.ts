import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MASTER_KEY } from "../tests/clients/auth-endpoint.ts";
import { createApp, newDataDir } from "../tests/support/apps.ts";
import { report, seconds } from "../tests/support/report.ts";
import { startServer, type TestServer } from "../tests/support/server.ts";
import { Audience } from "./audience.ts";
import { CHECKS } from "./checks.ts";
import { NotFetched } from "./fetching.ts";
import { findTools, LANGUAGES, type Language } from "./languages.ts";
import { type Outcome, runProgram } from "./program.ts";
import { sendWebhooks } from "./sent-webhooks.ts";
import { type Step, stepNames } from "./steps.ts";
import { type Column, committedColumns, withTable } from "./table.ts";

setDefaultTimeout(90_000);

const DOCUMENT = fileURLToPath(new URL("../docs/compatibility.md", import.meta.url));
const SETTINGS = { client_events: true, subscription_counting: true };

interface Ready {
  readonly language: Language;
  readonly command: readonly string[];
}

const ready = await prepareAll();
const columns: Column[] = [];

let dataDir: string;
let server: TestServer;

beforeAll(async () => {
  dataDir = await newDataDir();
  for (const [index, { language }] of ready.entries())
    await createApp(dataDir, appOf(language, index), SETTINGS);
  // Besides these there is the server's own first app, which nobody connects to.
  const env = { USHER_WEBHOOK_ALLOW_PRIVATE: "1" };
  server = await startServer({ dataDir, settings: SETTINGS, env });
});

afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

for (const [index, { language, command }] of ready.entries()) {
  const app = appOf(language, index);

  describe(`${language.name}, ${language.sdk}`, () => {
    let audience: Audience;
    let outcomes: ReadonlyMap<string, Outcome>;

    beforeAll(async () => {
      const webhooks = sendWebhooks(server, app);
      audience = await Audience.gather(server, app);
      const startedAt = Date.now();
      outcomes = await runProgram(command, {
        server,
        app,
        masterKey: MASTER_KEY,
        socketId: audience.socketId,
        webhooks: await webhooks,
      });
      report(`interop: ${language.name} took ${seconds(Date.now() - startedAt)}`);
      columns.push(columnOf(language, outcomes));
    });

    afterAll(() => audience.leave());

    const outcomeOf = (step: string): Outcome => {
      const outcome = outcomes.get(step);
      if (!outcome) throw new Error(`the program left out the step ${step}`);
      return outcome;
    };

    test("is the version that is pinned, and ran the steps and no others", async () => {
      expect(outcomeOf("sdk")).toEqual({ ok: true, detail: await language.version() });
      expect([...outcomes.keys()].sort()).toEqual(["sdk", ...stepNames].sort());
    });

    for (const step of stepNames) {
      test(step, async () => {
        const outcome = outcomeOf(step);
        if (isAbsent(outcome)) return; // The table has it, and must be the committed one.
        expect(outcome).toMatchObject({ ok: true });
        await CHECKS[step]?.({ app, audience, detail: (name: Step) => outcomeOf(name).detail });
      });
    }
  });
}

test("docs/compatibility.md has the table of this run", async () => {
  const committed = await readFile(DOCUMENT, "utf8");
  // Languages that are left out on this machine keep what is committed.
  const before = committedColumns(committed);
  const names = LANGUAGES.map(({ name }) => name);
  const seen = names.map((name) => [...columns, ...before].find((column) => column.name === name));
  const document = withTable(
    committed,
    seen.filter((column) => column !== undefined),
  );
  if (process.env.USHER_WRITE_TABLE === "1") await writeFile(DOCUMENT, document);
  else expect(committed).toBe(document);
});

/** An app for each language, so that they do not hear each other. */
function appOf({ name }: Language, index: number) {
  const key = `interop-${name.toLowerCase()}`;
  return { id: String(101 + index), key, secret: `${key}-secret` };
}

function columnOf({ name, sdk }: Language, outcomes: ReadonlyMap<string, Outcome>): Column {
  const cells = stepNames.map((step) => {
    const outcome = outcomes.get(step);
    return outcome?.note ?? (outcome?.ok ? "yes" : "no");
  });
  return { name, cells: [sdk, outcomes.get("sdk")?.detail || "–", ...cells] };
}

function isAbsent({ ok, note }: Outcome): boolean {
  return !ok && note !== undefined;
}

async function prepareAll(): Promise<Ready[]> {
  const startedAt = Date.now();
  const prepared = await Promise.all(LANGUAGES.map(prepare));
  report(`interop: everything fetched and built after ${seconds(Date.now() - startedAt)}`);
  return prepared.filter((language) => language !== undefined);
}

/** Undefined, and one line of why, when the language is left out. With CI=true nothing is. */
async function prepare(language: Language): Promise<Ready | undefined> {
  const tools = findTools(language);
  if ("lacking" in tools) return leaveOut(language, `there is no ${tools.lacking} on this machine`);
  try {
    return { language, command: await language.prepare(tools.paths) };
  } catch (error) {
    if (error instanceof NotFetched) return leaveOut(language, error.message);
    throw error;
  }
}

function leaveOut({ name }: Language, reason: string): undefined {
  if (process.env.CI === "true")
    throw new Error(`interop: ${name} cannot be left out with CI=true: ${reason}`);
  report(`interop: ${name} is left out: ${reason}`);
}
