import { TEST_APP, type TestServer } from "../tests/support/server.ts";
import type { AppCredentials } from "../tests/support/sign.ts";
import type { SentWebhook, SentWebhooks } from "./sent-webhooks.ts";

/** What a program says of one step. */
export interface Outcome {
  readonly ok: boolean;
  /** What the SDK returned or raised, as JSON where it is data. */
  readonly detail: string;
  /** What the table says in place of "yes". */
  readonly note?: string;
}

/** Where the programs are pointed at, and what they are given besides. */
export interface Assignment {
  readonly server: TestServer;
  readonly app: AppCredentials;
  readonly masterKey: string;
  readonly socketId: string;
  readonly webhooks: SentWebhooks;
}

const TIME_LIMIT_MS = 60_000;

/** Runs one program to its end and returns what it said of each step. */
export async function runProgram(
  command: readonly string[],
  assignment: Assignment,
): Promise<ReadonlyMap<string, Outcome>> {
  const child = Bun.spawn([...command], {
    env: environmentFor(assignment),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIME_LIMIT_MS,
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}:\n${stdout}\n${stderr}`);
  const outcomes = new Map<string, Outcome>();
  for (const line of stdout.split("\n").filter(Boolean)) {
    const { step, ...outcome } = parseLine(line);
    if (outcomes.has(step)) throw new Error(`the step ${step} ran twice`);
    outcomes.set(step, outcome);
  }
  return outcomes;
}

function parseLine(line: string): Outcome & { readonly step: string } {
  const { step, ok, detail, note }: Record<string, unknown> = JSON.parse(line);
  if (typeof step !== "string" || typeof ok !== "boolean" || typeof detail !== "string") {
    throw new Error(`not a step: ${line}`);
  }
  return { step, ok, detail, ...(typeof note === "string" ? { note } : {}) };
}

/** Nothing of the developer's own: a proxy, say, would come between the programs and the server. */
function environmentFor({ server, app, masterKey, socketId, webhooks }: Assignment): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    LANG: "C.UTF-8",
    USHER_HOST: server.host,
    USHER_PORT: String(server.port),
    USHER_APP_ID: app.id,
    USHER_APP_KEY: app.key,
    USHER_APP_SECRET: app.secret,
    USHER_EMPTY_APP_ID: TEST_APP.id,
    USHER_EMPTY_APP_KEY: TEST_APP.key,
    USHER_EMPTY_APP_SECRET: TEST_APP.secret,
    USHER_MASTER_KEY: masterKey,
    USHER_SOCKET_ID: socketId,
    ...webhook("WEBHOOK", webhooks.ofEachKind),
    ...webhook("ENCRYPTED_WEBHOOK", webhooks.encrypted),
    ...PUBLISHED_WEBHOOK,
  };
}

/** As the server made and signed it. */
function webhook(name: string, { body, signature }: SentWebhook): Record<string, string> {
  return { [`USHER_${name}_BODY`]: body, [`USHER_${name}_SIGNATURE`]: signature };
}

/** A vector that Pusher's Node library publishes in its tests. */
const PUBLISHED_WEBHOOK = {
  USHER_PUBLISHED_WEBHOOK_KEY: "123456789",
  USHER_PUBLISHED_WEBHOOK_SECRET: "tofu",
  USHER_PUBLISHED_WEBHOOK_BODY:
    '{"time_ms":1403175510755,"events":[{"channel":"test_channel","name":"channel_vacated"}]}',
  USHER_PUBLISHED_WEBHOOK_SIGNATURE: "c17257e92037cd7de407ebc1ed174ceb7b2e518db127f44411b9ffc4f5b28cc5",
};
