import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { isSocketId, parseChannelName } from "@usher/protocol";
import { anyText, channelNames, socketIds } from "@usher/protocol/testing";
import fc from "fast-check";
import { createAuthHandler, defineChannels } from "./index.ts";
import { channels, EXAMPLE_APP, exampleOptions, ORIGIN, type User, userOf } from "./testing/example.ts";

const user = (request: Request) => userOf(request.headers.get("x-user"));
const handler = createAuthHandler<User>({ ...exampleOptions, user });
/** Rules that would allow everything, so that only validation stands between a request and a signature. */
const open = createAuthHandler<User>({
  ...exampleOptions,
  user,
  channels: defineChannels<User>()
    .channel("private-{x:any}", () => true)
    .channel("private-cache-{x:any}", () => true)
    .channel("private-encrypted-{x:any}", () => true)
    .channel("private-encrypted-cache-{x:any}", () => true)
    .channel("presence-{x:any}", (_params, { user }) => ({ id: user.id }))
    .channel("presence-cache-{x:any}", (_params, { user }) => ({ id: user.id }))
    .user(({ id }) => ({ id })),
});

const URLS = ["http://localhost/pusher/auth", "http://localhost/pusher/user-auth"] as const;
const STATUSES = [200, 204, 400, 401, 403, 405, 413, 415, 500];

function hmac(text: string): string {
  return createHmac("sha256", EXAMPLE_APP.secret).update(text).digest("hex");
}

async function post(body: BodyInit, contentType: string, ask = handler): Promise<unknown> {
  const headers = { "content-type": contentType, "x-user": "10" };
  return (await ask(new Request(URLS[0], { method: "POST", headers, body }))).json();
}

describe("whatever comes in", () => {
  const names = fc.constantFrom(
    "socket_id",
    "channel_name",
    "channel_name[0]",
    "channel_name[]",
    "callback",
    "__proto__",
    "x",
  );
  const values = fc.oneof(
    anyText(),
    socketIds(),
    channelNames(),
    fc.constantFrom("a", "Pusher.auth_callbacks['1']"),
  );
  const parameters = fc.array(fc.tuple(names, values), { maxLength: 6 });
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    parameters.map((entries) =>
      new URLSearchParams(entries.map(([a, b]) => [a, b.toWellFormed()])).toString(),
    ),
    parameters.map((entries) => JSON.stringify(Object.fromEntries(entries))),
    fc
      .tuple(names, fc.jsonValue())
      .map(([name, value]) => JSON.stringify({ socket_id: "1.2", [name]: value })),
    fc.json(),
  );
  const contentTypes = fc.constantFrom(
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=UTF-8",
    "application/json",
    "application/vnd.api+json",
    "multipart/form-data; boundary=b",
    "text/plain",
    "application/octet-stream",
    "",
  );
  const methods = fc.constantFrom("POST", "POST", "POST", "GET", "OPTIONS", "PUT", "DELETE", "HEAD", "PATCH");

  test("the answer has a status of the list, and a 200 says something", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: methods,
          url: fc.constantFrom(...URLS),
          query: parameters,
          bodies,
          contentTypes,
        }),
        fc.constantFrom("10", "7", "nobody"),
        async ({ method, url, query, bodies: body, contentTypes: contentType }, session) => {
          const search = new URLSearchParams(query.map(([a, b]) => [a, b.toWellFormed()]));
          const hasBody = method !== "GET" && method !== "HEAD";
          const request = new Request(`${url}?${search}`, {
            method,
            headers: { "x-user": session, "content-type": contentType, referer: `${ORIGIN}/` },
            ...(hasBody ? { body: body as BodyInit } : {}),
          });
          const response = await open(request);
          expect(STATUSES).toContain(response.status);
          const text = await response.text();
          const type = response.headers.get("content-type");
          if (response.status === 200) expect(text).not.toBe("");
          if (type === "application/json") JSON.parse(text);
          if (method === "POST") expect(type).toBe("application/json");
          if (session === "nobody") expect(response.status).not.toBe(200);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("what fails validation is never signed (known failure 1)", () => {
  const almostIds = fc.oneof(
    socketIds(),
    anyText(),
    fc.tuple(socketIds(), anyText()).map(([id, text]) => id + text),
  );
  const almostNames = fc.oneof(
    channelNames(),
    fc.tuple(channelNames(), anyText()).map(([name, text]) => name + text),
    anyText().map((text) => `private-${text}`),
  );

  test("a signature is for exactly the socket id and the channel that were asked for, both valid as a whole", async () => {
    await fc.assert(
      fc.asyncProperty(almostIds, almostNames, fc.boolean(), async (socketId, channel, isJson) => {
        const sent = { socket_id: socketId.toWellFormed(), channel_name: channel.toWellFormed() };
        const answer = (await (isJson
          ? post(JSON.stringify(sent), "application/json", open)
          : post(new URLSearchParams(sent).toString(), "application/x-www-form-urlencoded", open))) as {
          readonly auth?: string;
          readonly channel_data?: string;
        };
        const isValid =
          isSocketId(sent.socket_id) &&
          parseChannelName(sent.channel_name, 200).ok &&
          /^(private|presence)-(cache-|encrypted-|encrypted-cache-)?./.test(sent.channel_name);
        if (!isValid) expect(answer.auth).toBeUndefined();
        if (answer.auth === undefined) return;
        const data = answer.channel_data === undefined ? "" : `:${answer.channel_data}`;
        expect(answer.auth).toBe(
          `${EXAMPLE_APP.key}:${hmac(`${sent.socket_id}:${sent.channel_name}${data}`)}`,
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a batch decides like as many single requests, in every shape that it can be sent in", async () => {
  const names = fc.oneof(
    channelNames(),
    fc.constantFrom(
      "private-foobar",
      "private-item-4",
      "presence-room-lobby",
      "private-broken",
      "private-encrypted-foobar",
    ),
    anyText().map((text) => text.toWellFormed()),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(names, { minLength: 1, maxLength: 8 }),
      fc.nat({ max: 4 }),
      async (list, shape) => {
        const form = (nameOf: (index: number) => string) => {
          const entries = [["socket_id", "1.2"], ...list.map((channel, index) => [nameOf(index), channel])];
          return post(
            new URLSearchParams(entries as [string, string][]).toString(),
            "application/x-www-form-urlencoded",
          );
        };
        const json = (channel_name: unknown) =>
          post(JSON.stringify({ socket_id: "1.2", channel_name }), "application/json");
        const shapes = [
          () => form((index) => `channel_name[${index}]`),
          () => form(() => "channel_name[]"),
          () => json(list),
          () => json({ ...list }),
          () => json([...list, ...list]),
        ];
        const batch = (await shapes[shape]?.()) as Record<string, { status: number; data?: unknown }>;
        const verdicts = new Map(Object.entries(batch));
        expect([...verdicts.keys()].sort()).toEqual([...list].sort());
        for (const channel of list) {
          const body = new URLSearchParams({ socket_id: "1.2", channel_name: channel });
          const headers = { "content-type": "application/x-www-form-urlencoded", "x-user": "10" };
          const single = await handler(
            new Request(URLS[0], { method: "POST", headers, body: body.toString() }),
          );
          const answer: unknown = await single.json();
          expect(verdicts.get(channel)?.status).toBe(single.status);
          expect(verdicts.get(channel)?.data).toEqual(single.status === 200 ? answer : undefined);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("what the endpoint answers is what the rules decide", async () => {
  const users = fc.constantFrom("10", "7");
  const names = fc.oneof(
    channelNames(),
    fc.nat({ max: 20 }).map((id) => `private-user.${id}`),
    fc.constantFrom("lobby", "attic", "cellar").map((room) => `presence-room-${room}`),
  );
  await fc.assert(
    fc.asyncProperty(users, names, async (session, channel) => {
      const body = new URLSearchParams({ socket_id: "1.2", channel_name: channel }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded", "x-user": session };
      const { status } = await handler(new Request(URLS[0], { method: "POST", headers, body }));
      const { allowed } = await channels.decide(channel, userOf(session) as User);
      expect(status === 200).toBe(allowed);
    }),
  );
});
