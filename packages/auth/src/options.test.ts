import { describe, expect, test } from "bun:test";
import { createAuthHandler, defineChannels } from "./index.ts";
import { exampleOptions, type User, userOf } from "./testing/example.ts";
import { AUTH, endpoint, json, post } from "./testing/requests.ts";

describe("options", () => {
  test("may be functions of the context, for secrets that are known only with a request", async () => {
    const handler = createAuthHandler<
      User,
      { readonly env: { readonly KEY: string; readonly SECRET: string } }
    >({
      channels: exampleOptions.channels,
      key: ({ env }) => env.KEY,
      secret: async ({ env }) => env.SECRET,
      encryptionMasterKeyBase64: () => exampleOptions.encryptionMasterKeyBase64,
      user: () => userOf("10"),
    });
    const env = { KEY: exampleOptions.key, SECRET: exampleOptions.secret };
    const response = await handler(post("socket_id=1234.1234&channel_name=private-foobar"), { env });
    expect(await response.json()).toEqual({ auth: AUTH });
  });

  test.each([
    { key: "" },
    { secret: "" },
    { secret: [] },
    { secret: undefined as never },
    { key: (() => undefined) as never },
  ])("without a key or a secret nothing is signed: %j", async (missing) => {
    const errors: Error[] = [];
    const onError = (error: unknown) => errors.push(error as Error);
    const response = await endpoint({ ...missing, onError })(
      post("socket_id=1.2&channel_name=private-foobar"),
    );
    expect(response.status).toBe(500);
    expect(errors[0]?.message).toEndWith("is not set");
  });

  test("encrypted channels without a master key are noticed at start", () => {
    expect(() =>
      createAuthHandler<User>({
        key: "k",
        secret: "s",
        channels: defineChannels<User>().channel("private-encrypted-{x}", () => true),
        user: () => userOf("10"),
      }),
    ).toThrow("encryptionMasterKeyBase64: the rule private-encrypted-{x} needs it");
  });

  test("what the client sends besides is there for user and for csrf", async () => {
    const seen: string[] = [];
    const note = (parameters: URLSearchParams) => seen.push(parameters.toString());
    const handler = endpoint({
      csrf: (_request, parameters) => note(parameters) > 0,
      user: (_request, _context, parameters) => {
        note(parameters);
        return userOf("10");
      },
    });
    await handler(post("socket_id=1.2&channel_name=private-foobar&room=a%20b&_token=t"));
    await handler(json({ socket_id: "1.2", channel_name: ["private-foobar"], room: "a b", more: { x: 1 } }));
    expect(seen).toEqual(["room=a+b&_token=t", "room=a+b&_token=t", "room=a+b", "room=a+b"]);
  });

  test.each([
    ["a redirect", new Response(null, { status: 302, headers: { location: "/login" } })],
    ["a redirect of SvelteKit's kind", { status: 303, location: "/login" }],
    ["an error of http-errors' kind", Object.assign(new Error("Unauthorized"), { status: 401 })],
    [
      "a redirect of Next.js's kind",
      Object.assign(new Error("NEXT_REDIRECT"), { digest: "NEXT_REDIRECT;push;/login;307;" }),
    ],
  ])("when user throws %s, nobody is signed in", async (_what, thrown) => {
    const user = () => {
      throw thrown;
    };
    expect((await endpoint({ user })(post("socket_id=1.2&channel_name=private-foobar"))).status).toBe(401);
  });

  test("when user throws anything else, that is a failure", async () => {
    const user = () => {
      throw new Error("the session store is away");
    };
    expect((await endpoint({ user })(post("socket_id=1.2&channel_name=private-foobar"))).status).toBe(500);
  });

  test("in development, refusals are explained and rules are linted", async () => {
    const warnings: string[] = [];
    const told = Promise.withResolvers<void>();
    const onWarning = (message: string) => {
      warnings.push(message);
      told.resolve();
    };
    const channels = defineChannels<User>().channel("private-order.{id:int}", () => true);
    const handler = endpoint({ channels, development: true, onWarning });
    await told.promise;
    await handler(post("socket_id=1.2&channel_name=private-order.abc"));
    expect(warnings).toEqual([
      "private-order.{id:int}: everybody who is signed in may join; if that is meant, say so with signedInIsEnough",
      'private-order.abc: no rule is for it; private-order.{id:int} does not match: id would be "abc"',
    ]);
  });
});
