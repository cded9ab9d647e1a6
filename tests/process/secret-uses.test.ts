import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import PusherClient from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import { eventOf } from "../clients/events.ts";
import { newDataDir } from "../support/apps.ts";
import { startServer, TEST_APP, type TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

let dataDir: string;
let server: TestServer;
let endpoint: AuthEndpoint;
let clients: Clients;

beforeEach(async () => {
  dataDir = await newDataDir();
  server = await startServer({ dataDir });
  endpoint = startAuthEndpoint(TEST_APP);
  clients = new Clients(
    TEST_APP,
    () => server,
    () => endpoint,
  );
});

afterEach(async () => {
  clients.end();
  await endpoint.stop();
  server.signal("SIGKILL");
  await server.exited;
  rmSync(dataDir, { recursive: true });
});

test("the uses of a secret are known with purpose, library and address, also after a restart", async () => {
  const startedAtMs = Date.now();
  await useForEverything("ann");
  const first = await useOfSecret();
  expect(callers(first)).toEqual([
    "channel by pusher-js 8.6.0 from 127.0.0.1: 1",
    "http_api by pusher-http-node 5.3.4 from 127.0.0.1: 2",
    "user by pusher-js 8.6.0 from 127.0.0.1: 1",
  ]);
  expect(first.count_24h).toBe(4);
  expect(Date.parse(first.first_used_at)).toBeGreaterThanOrEqual(startedAtMs);
  expect(Date.parse(first.last_used_at)).toBeLessThanOrEqual(Date.now());

  clients.end();
  expect(await server.stop()).toBe(0);
  server = await startServer({ dataDir });
  expect(await useOfSecret()).toEqual(first);

  await useForEverything("ann");
  const second = await useOfSecret();
  expect(callers(second)).toEqual([
    "channel by pusher-js 8.6.0 from 127.0.0.1: 2",
    "http_api by pusher-http-node 5.3.4 from 127.0.0.1: 4",
    "user by pusher-js 8.6.0 from 127.0.0.1: 2",
  ]);
  expect(second.first_used_at).toBe(first.first_used_at);
});

test("a signature that is refused is no use of a secret", async () => {
  const client = await clients.connect(PusherClient);
  await eventOf(client.subscribe("private-missigned"), "pusher:subscription_error");
  await expect(clients.sdk({ secret: "another secret" }).trigger("a", "e", {})).rejects.toThrow();
  expect(await useOfSecret()).toMatchObject({ count_24h: 0, last_used_at: null, clients: [] });
});

/** One subscription, one sign-in and two requests. */
async function useForEverything(userId: string): Promise<void> {
  const client = await clients.connect(PusherClient, { userId });
  await eventOf(client.subscribe("private-a"), "pusher:subscription_succeeded");
  const signedIn = eventOf(client, "pusher:signin_success");
  client.signin();
  await signedIn;
  await clients.sdk().trigger("private-a", "e", { n: 1 });
  await clients.sdk().get({ path: "/channels" });
}

interface Use {
  readonly first_used_at: string;
  readonly last_used_at: string;
  readonly count_24h: number;
  readonly clients: readonly {
    readonly client: string;
    readonly address: string | null;
    readonly kind: string;
    readonly count_24h: number;
  }[];
}

function callers({ clients }: Use): string[] {
  return clients
    .map(({ client, address, kind, count_24h }) => `${kind} by ${client} from ${address}: ${count_24h}`)
    .sort();
}

/** As the admin API tells it to this machine's command line. */
async function useOfSecret(): Promise<Use> {
  const { url, token } = JSON.parse(readFileSync(join(dataDir, "local.json"), "utf8"));
  const path = `/admin/v1/apps/${TEST_APP.id}/keys/${TEST_APP.key}/secrets`;
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const status: { readonly secrets: readonly { readonly use: Use }[] } = await response.json();
  const [secret] = status.secrets;
  if (!secret) throw new Error(`no secret in ${JSON.stringify(status)}`);
  return secret.use;
}
