import { describe, expect, test } from "bun:test";
import {
  type AuthorizationData,
  type AuthorizationError,
  type BatchedAuthorizationOptions,
  batchedAuthorization,
} from "./index.ts";
import { answerBatch, answerSingle, FakeWorld, type Respond } from "./testing/fake-world.ts";

type Outcome = readonly [channelName: string, data: AuthorizationData | number];

/** One page: what it asks and what it has been told, a status where it was refused. */
function open(respond: Respond, options: Partial<BatchedAuthorizationOptions> = {}) {
  const world = new FakeWorld(respond);
  const told: Outcome[] = [];
  const errors: AuthorizationError[] = [];
  const authorization = batchedAuthorization(
    { endpoint: "/auth", fetch: world.fetch, ...options },
    world.runtime,
  );
  const ask = (channelName: string, socketId = "1.1", self: unknown = undefined) =>
    authorization.customHandler.call(self, { socketId, channelName }, (error, data) => {
      if (error) errors.push(error as AuthorizationError);
      told.push([channelName, error ? (error as AuthorizationError).status : (data as AuthorizationData)]);
    });
  const askAll = async (...channels: readonly string[]) => {
    for (const channel of channels) ask(channel);
    await world.pass(0);
  };
  return { world, told, errors, authorization, ask, askAll };
}

const auth = (channel: string, socketId = "1.1") => ({ auth: `key:${socketId}:${channel}` });
const ok = (channel: string) => [channel, auth(channel)] as const;
const status = (code: number) => () => new Response("", { status: code });
const names = (count: number, prefix = "private-") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("what is asked for in one go", () => {
  test("is one request of the pusher-js-auth form", async () => {
    const { world, askAll, told } = open(answerBatch);
    await askAll("private-a", "presence-b", "private-encrypted-c");
    expect(world.requests.map(({ body }) => body)).toEqual([
      "socket_id=1.1&channel_name[0]=private-a&channel_name[1]=presence-b&channel_name[2]=private-encrypted-c",
    ]);
    expect(world.requests[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(world.requests[0]?.credentials).toBeUndefined();
    expect(told).toEqual([ok("private-a"), ok("presence-b"), ok("private-encrypted-c")]);
  });

  test("is not sent before the others of the same go have been asked for", async () => {
    const { world, ask } = open(answerBatch);
    ask("private-a");
    expect(world.requests).toEqual([]);
  });

  test("is sent apart for each socket id", async () => {
    const { world, ask } = open(answerBatch);
    ask("private-a", "1.1");
    ask("private-a", "2.2");
    ask("private-b", "1.1");
    await world.pass(0);
    expect(world.requests.map(({ socketId, channels }) => [socketId, ...channels])).toEqual([
      ["1.1", "private-a", "private-b"],
      ["2.2", "private-a"],
    ]);
  });

  test("asks once for a channel that is asked for twice, and tells both, each with a copy of their own", async () => {
    const { world, ask, told } = open(answerBatch);
    ask("private-a");
    ask("private-a");
    await world.pass(0);
    expect(world.requests[0]?.channels).toEqual(["private-a"]);
    expect(told).toEqual([ok("private-a"), ok("private-a")]);
    // pusher-js deletes `shared_secret` from what it is given.
    expect(told[0]?.[1]).not.toBe(told[1]?.[1] as AuthorizationData);
  });

  test("is collected for as long as delayMs says", async () => {
    const { world, ask } = open(answerBatch, { delayMs: 100 });
    ask("private-a");
    await world.pass(99);
    ask("private-b");
    expect(world.requests).toHaveLength(0);
    await world.pass(1);
    expect(world.requests.map(({ channels }) => channels)).toEqual([["private-a", "private-b"]]);
  });

  test("goes out in several requests where there is more than maxBatch, six of them at a time", async () => {
    const answers: (() => void)[] = [];
    const { world, askAll, told } = open(
      (request) => new Promise((resolve) => answers.push(() => resolve(answerBatch(request)))),
      { maxBatch: 10 },
    );
    await askAll(...names(95));
    expect(world.requests.map(({ channels }) => channels.length)).toEqual([10, 10, 10, 10, 10, 10]);
    while (answers.length > 0) {
      answers.shift()?.();
      await world.pass(0);
    }
    expect(world.requests.map(({ channels }) => channels.length)).toEqual([...Array(9).fill(10), 5]);
    expect(told).toEqual(names(95).map(ok));
  });

  test.each([0, -1, Number.NaN])("comes through with a maxBatch of %p too", async (maxBatch) => {
    const { askAll, told } = open(answerBatch, { maxBatch });
    await askAll("private-a", "private-b");
    expect(told).toEqual([ok("private-a"), ok("private-b")]);
  });

  test("has one channel with half a character in its name without harm to the others", async () => {
    const { askAll, told } = open(answerBatch);
    await askAll("private-\ud800", "private-b");
    expect(told).toEqual([["private-\ud800", 404], ok("private-b")]);
  });
});

describe("a request", () => {
  test("carries params and headers, those of the providers on top, asked anew each time", async () => {
    let count = 0;
    const { world, askAll } = open(answerBatch, {
      params: { tenant: "a&b", version: 1 },
      headers: { "X-CSRF-Token": "old", "X-App": "page" },
      paramsProvider: () => ({ version: ++count }),
      headersProvider: async () => ({ "x-csrf-token": `token ${count}` }),
    });
    await askAll("private-a");
    await askAll("private-b");
    expect(world.requests.map(({ body }) => body)).toEqual([
      "socket_id=1.1&channel_name[0]=private-a&tenant=a%26b&version=1",
      "socket_id=1.1&channel_name[0]=private-b&tenant=a%26b&version=2",
    ]);
    expect(world.requests.map(({ headers }) => headers.get("x-csrf-token"))).toEqual(["token 1", "token 2"]);
    expect(world.requests[1]?.headers.get("x-app")).toBe("page");
  });

  test("is a form whatever content type the headers claim", async () => {
    const { world, askAll } = open(answerBatch, { headers: { "Content-Type": "application/json" } });
    await askAll("private-a");
    expect(world.requests[0]?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  });

  test("carries cookies across origins where it is told to", async () => {
    const { world, askAll } = open(answerBatch, { credentials: "include" });
    await askAll("private-a");
    expect(world.requests[0]?.credentials).toBe("include");
  });
});

describe("each channel gets its own verdict", () => {
  test("with the status, and with what the endpoint says about it", async () => {
    const { askAll, told, errors } = open(() =>
      Response.json({
        "private-a": { status: 200, data: auth("private-a") },
        "private-b": { status: 403 },
        "private-c": { status: 404, message: "no such order" },
        "private-d": { data: auth("private-d") },
        "private-e": { status: 200, data: {} },
      }),
    );
    await askAll("private-a", "private-b", "private-c", "private-d", "private-e", "private-f");
    expect(told).toEqual([
      ok("private-a"),
      ["private-b", 403],
      ["private-c", 404],
      ok("private-d"),
      ["private-e", 200],
      ["private-f", 404],
    ]);
    expect(errors.map(({ message }) => message)).toEqual([
      'private-b: no "auth" from /auth, status 403',
      'private-c: no "auth" from /auth, status 404: no such order',
      'private-e: no "auth" from /auth, status 200',
      'private-f: no "auth" from /auth, status 404: not in the answer',
    ]);
    expect(errors[0]).toBeInstanceOf(Error);
  });

  test("as it came, with channel_data and shared_secret", async () => {
    const data = { auth: "key:1", channel_data: '{"user_id":"1"}', shared_secret: "c2VjcmV0" };
    const { askAll, told } = open(() => Response.json({ "presence-a": { status: 200, data } }));
    await askAll("presence-a");
    expect(told).toEqual([["presence-a", data]]);
  });
});

describe("a request that fails", () => {
  test.each([500, 502, 503, 429])("with %d is made again, twice at most, later each time", async (code) => {
    const { world, askAll, told } = open(status(code));
    await askAll("private-a", "private-b");
    await world.pass(60_000);
    const batches = world.requests.filter(({ isBatch }) => isBatch);
    expect(batches.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 500, 1500]);
    expect(told).toEqual([
      ["private-a", code],
      ["private-b", code],
    ]);
  });

  test("is made again at a time that chance has a part in", async () => {
    const { world, askAll } = open(status(503));
    world.chance = 0.5;
    await askAll("private-a");
    await world.pass(60_000);
    expect(world.requests.map(({ atMs }) => atMs - 1_000_000)).toEqual([0, 750, 2250]);
  });

  test("without any answer has the status 0 and says why", async () => {
    const { world, askAll, errors } = open(() => Promise.reject(new TypeError("Failed to fetch")));
    await askAll("private-a");
    await world.pass(60_000);
    expect(world.requests).toHaveLength(3);
    expect(errors.map(({ status, message }) => [status, message])).toEqual([
      [0, 'private-a: no "auth" from /auth, status 0: Failed to fetch'],
    ]);
  });

  test("by taking too long is aborted", async () => {
    const { world, askAll, told, errors } = open(() => new Promise(() => {}), { timeoutMs: 1_000 });
    await askAll("private-a");
    await world.pass(999);
    expect(world.requests[0]?.signal.aborted).toBe(false);
    await world.pass(1);
    expect(world.requests[0]?.signal.aborted).toBe(true);
    await world.pass(60_000);
    expect(told).toEqual([["private-a", 0]]);
    expect(errors[0]?.message).toEndWith("nothing within 1000 ms");
    expect(world.pendingTimers).toBe(0);
  });

  test("takes with it what is asked for while it waits to be made again", async () => {
    let isUp = false;
    const { world, askAll, told } = open((request) => (isUp ? answerBatch(request) : status(503)()));
    await askAll("private-a");
    isUp = true;
    await world.pass(100);
    await askAll("private-b");
    expect(told).toEqual([ok("private-b")]);
    await world.pass(400);
    expect(told).toEqual([ok("private-b"), ok("private-a")]);
  });

  test("leaves no timer and tells everybody once, though their own handlers throw", async () => {
    const { world, authorization } = open(answerBatch);
    const told: string[] = [];
    for (const channelName of ["private-a", "private-b"]) {
      authorization.customHandler({ socketId: "1.1", channelName }, () => {
        told.push(channelName);
        throw new Error("a handler of the page");
      });
    }
    // As any uncaught error, out of a timer: one for each of the two.
    await expect(world.pass(0)).rejects.toThrow("a handler of the page");
    await expect(world.pass(0)).rejects.toThrow("a handler of the page");
    await world.pass(0);
    expect(told).toEqual(["private-a", "private-b"]);
    expect(world.pendingTimers).toBe(0);
    // What an uncaught error costs the runtime depends on how much it has loaded.
  }, 30_000);

  test("because a provider does fails in the same way", async () => {
    const { world, askAll, errors } = open(answerBatch, {
      headersProvider: () => {
        throw new Error("no token yet");
      },
    });
    await askAll("private-a");
    await world.pass(60_000);
    expect(world.requests).toHaveLength(0);
    expect(errors.map(({ message }) => message)).toEqual([
      'private-a: no "auth" from /auth, status 0: no token yet',
    ]);
  });
});

describe.each([401, 419])("after a %d", (code) => {
  const signedInWith =
    (token: string): Respond =>
    (request) =>
      request.headers.get("authorization") === token ? answerBatch(request) : status(code)();

  test("the headers are refreshed and the channels asked for once more", async () => {
    const { world, askAll, told } = open(signedInWith("new"), {
      headers: { Authorization: "old" },
      refresh: async () => ({ authorization: "new" }),
    });
    await askAll("private-a", "private-forbidden");
    expect(told).toEqual([ok("private-a"), ["private-forbidden", 403]]);
    await askAll("private-b");
    expect(told.at(-1)).toEqual(ok("private-b"));
    expect(world.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "old",
      "old",
      "new",
      "new",
    ]);
  });

  test("a refresh that only changes what headersProvider reads will do", async () => {
    let token = "old";
    const { askAll, told } = open(signedInWith("new"), {
      headersProvider: () => ({ authorization: token }),
      refresh: async () => {
        token = "new";
      },
    });
    await askAll("private-a");
    expect(told).toEqual([ok("private-a")]);
  });

  test("many requests share one refresh, those included that hear of it afterwards", async () => {
    let refreshes = 0;
    const late: (() => void)[] = [];
    const { world, askAll, told } = open(
      (request) =>
        request.headers.get("authorization") === "old" && request.channels.includes("private-7")
          ? new Promise((resolve) => late.push(() => resolve(status(code)())))
          : signedInWith("new")(request),
      {
        headers: { authorization: "old" },
        maxBatch: 2,
        refresh: async () => {
          refreshes++;
          return { authorization: "new" };
        },
      },
    );
    await askAll(...names(8));
    expect(told).toHaveLength(6);
    while (late.length > 0) {
      late.shift()?.();
      await world.pass(0);
    }
    expect(told).toHaveLength(8);
    expect(refreshes).toBe(1);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("signed out"))],
    [
      "throws",
      () => {
        throw new Error("signed out");
      },
    ],
    ["brings nothing new", () => Promise.resolve({})],
    ["never ends", () => new Promise<void>(() => {})],
  ] as const)("a refresh that %s ends in the refusal", async (_, refresh) => {
    const { world, askAll, told } = open(signedInWith("new"), { refresh });
    await askAll("private-a");
    await world.pass(60_000);
    expect(told).toEqual([["private-a", code]]);
    expect(world.requests.length).toBeLessThanOrEqual(4);
    expect(world.pendingTimers).toBe(0);
  });

  test("for one of the channels that channel alone is asked for again", async () => {
    let hasRefreshed = false;
    const { world, askAll, told } = open(
      ({ channels }) =>
        Response.json(
          Object.fromEntries(
            channels.map((name) => [
              name,
              name === "private-a" || hasRefreshed ? { data: auth(name) } : { status: code },
            ]),
          ),
        ),
      {
        refresh: async () => {
          hasRefreshed = true;
        },
      },
    );
    await askAll("private-a", "private-b");
    expect(world.requests.map(({ channels }) => channels)).toEqual([
      ["private-a", "private-b"],
      ["private-b"],
    ]);
    expect(told).toEqual([ok("private-a"), ok("private-b")]);
  });
});

describe("an endpoint that knows one channel at a time", () => {
  const WAYS: readonly (readonly [string, () => Response])[] = [
    ["400", status(400)],
    ["401", status(401)],
    ["403", status(403)],
    ["404", status(404)],
    ["422 and why", () => Response.json({ message: "channel_name must be a string" }, { status: 422 })],
    ["500", status(500)],
    ["an empty 200", status(200)],
    ["a page", () => new Response("<!doctype html>")],
    ["an answer for one channel", () => Response.json(auth("private-0,private-1"))],
    ["null", () => Response.json(null)],
  ];

  test.each(WAYS)("that answers a batch with %s is asked for each", async (_, otherwise) => {
    const { world, askAll, told } = open(answerSingle(otherwise));
    const channels = [...names(3), "private-forbidden", ...names(3, "presence-")];
    await askAll(...channels);
    expect(told.toSorted()).toEqual(
      channels.map((name) => (name === "private-forbidden" ? ([name, 403] as const) : ok(name))).toSorted(),
    );
    expect(world.requests.map(({ isBatch }) => isBatch)).toEqual([true, ...channels.map(() => false)]);
    expect(world.requests[1]?.body).toBe("socket_id=1.1&channel_name=private-0");
  });

  test.each(WAYS)(
    "that answers a batch with %s and refuses the first channel is asked for the others",
    async (name, otherwise) => {
      // 401 for the first channel as well would mean that nobody is signed in.
      const { askAll, told } = open(answerSingle(otherwise));
      await askAll("private-forbidden", "private-b");
      expect([name, told]).toEqual([name, [["private-forbidden", 403], ok("private-b")]]);
    },
  );

  test("is remembered for ten minutes, and then asked for a batch again", async () => {
    const { world, askAll, told } = open(answerSingle(status(400)));
    await askAll("private-a");
    await askAll("private-b", "private-c");
    await world.pass(599_000);
    await askAll("private-d");
    expect(world.requests.map(({ isBatch }) => isBatch)).toEqual([true, false, false, false, false]);
    world.respond = answerBatch;
    await world.pass(2_000);
    await askAll("private-e", "private-f");
    expect(world.requests.slice(5).map(({ channels }) => channels)).toEqual([["private-e", "private-f"]]);
    expect(told).toHaveLength(6);
  });

  test("is asked for six channels at a time", async () => {
    const { world, askAll, told } = open(answerSingle(status(400)));
    await askAll(...names(40));
    expect(told).toHaveLength(40);
    expect(world.mostOpen).toBe(6);
  });

  test("is noticed where it knew batches until now, by an answer for one channel", async () => {
    const { world, askAll, told } = open(answerBatch);
    await askAll("private-a");
    world.respond = answerSingle(() => Response.json(auth("")));
    await askAll("private-b", "private-c");
    expect(told).toEqual(["private-a", "private-b", "private-c"].map(ok));
  });
});

describe("an endpoint that refuses a whole batch", () => {
  test("is taken at its word once it has shown that it knows batches", async () => {
    const { world, askAll, told } = open(answerBatch);
    await askAll("private-a");
    world.respond = status(403);
    await askAll(...names(40));
    expect(world.requests).toHaveLength(2);
    expect(told.slice(1)).toEqual(names(40).map((name) => [name, 403]));
  });

  test("because nobody is signed in is asked twice at most, for any number of channels", async () => {
    const { world, askAll, told } = open(status(401));
    await askAll(...names(40));
    expect(world.requests).toHaveLength(2);
    expect(told).toEqual(names(40).map((name) => [name, 401]));
  });

  test("because it is down is not asked for each channel", async () => {
    const { world, askAll, told } = open(status(500));
    await askAll(...names(40));
    await world.pass(60_000);
    expect(world.requests).toHaveLength(6);
    expect(told).toEqual(names(40).map((name) => [name, 500]));
  });
});

describe("an answer that comes after its connection has gone", () => {
  const config = () => ({ channelAuthorizer: () => {} });

  test("is dropped, unlike the one for the new connection", async () => {
    const answers: (() => void)[] = [];
    const { world, ask, told } = open(
      (request) => new Promise((resolve) => answers.push(() => resolve(answerBatch(request)))),
    );
    const client = config();
    ask("private-a", "1.1", client);
    await world.pass(0);
    ask("private-a", "2.2", client);
    await world.pass(0);
    for (const answer of answers) answer();
    await world.pass(0);
    expect(told).toEqual([["private-a", auth("private-a", "2.2")]]);
  });

  test("is not asked for at all where the request has not left", async () => {
    const { world, ask } = open(answerBatch, { delayMs: 100 });
    const client = config();
    ask("private-a", "1.1", client);
    ask("private-a", "2.2", client);
    await world.pass(100);
    expect(world.requests.map(({ socketId }) => socketId)).toEqual(["2.2"]);
  });

  test("is not asked for again", async () => {
    const { world, ask, told } = open(status(503));
    const client = config();
    ask("private-a", "1.1", client);
    await world.pass(100);
    world.respond = answerBatch;
    ask("private-a", "2.2", client);
    await world.pass(60_000);
    expect(world.requests.map(({ socketId }) => socketId)).toEqual(["1.1", "2.2"]);
    expect(told).toEqual([["private-a", auth("private-a", "2.2")]]);
  });

  test("holds up nothing of the new one", async () => {
    const { world, ask, told } = open(
      (request) => (request.socketId === "1.1" ? new Promise(() => {}) : answerBatch(request)),
      { maxBatch: 1 },
    );
    const client = config();
    for (const name of names(10)) ask(name, "1.1", client);
    await world.pass(0);
    for (const name of names(10)) ask(name, "2.2", client);
    await world.pass(0);
    expect(told).toEqual(names(10).map((name) => [name, auth(name, "2.2")]));
  });

  test("is another client's, and not dropped, where two share one handler", async () => {
    const { world, ask, told } = open(answerBatch);
    ask("private-a", "1.1", config());
    ask("private-a", "2.2", config());
    await world.pass(0);
    expect(told).toHaveLength(2);
  });

  test("is kept where a page calls the handler in ways of its own, for it could be anybody's", async () => {
    const { world, ask, told } = open(answerBatch);
    const wrapper = {};
    for (const self of [undefined, wrapper]) {
      ask("private-a", "1.1", self);
      ask("private-a", "2.2", self);
    }
    await world.pass(0);
    expect(told).toHaveLength(4);
  });
});

describe("a client that is known", () => {
  /** As much of pusher-js as this looks at. */
  function startClient(socketId: string) {
    const globalCallbacks: ((event: string, data: unknown) => void)[] = [];
    const channel = {
      name: "private-forbidden",
      pusher: undefined as never,
      bind_global: (callback: (event: string, data: unknown) => void) => globalCallbacks.push(callback),
      unbind_global: (callback: (event: string, data: unknown) => void) =>
        globalCallbacks.splice(globalCallbacks.indexOf(callback), 1),
    };
    const client = {
      config: { channelAuthorizer: () => {} },
      connection: { state: "connected", socket_id: socketId },
      channel: (name: string) => (name === channel.name ? channel : undefined),
    };
    const emit = (event: string, data: unknown) => {
      for (const callback of globalCallbacks) callback(event, data);
      return data;
    };
    channel.pusher = client as never;
    return { client, channel, emit, globalCallbacks };
  }

  test("has the status in its event, and nothing bound afterwards", async () => {
    const { client, emit, globalCallbacks } = startClient("1.1");
    const { world, authorization } = open(answerBatch, { Pusher: { instances: [client] } });
    const events: unknown[] = [];
    authorization.customHandler.call(
      client.config,
      { socketId: "1.1", channelName: "private-forbidden" },
      (error) => {
        events.push(emit("pusher:subscription_error", { type: "AuthError", error: error?.message }));
        events.push(emit("greeting", {}));
      },
    );
    await world.pass(0);
    expect(events).toEqual([
      { type: "AuthError", error: 'private-forbidden: no "auth" from /auth, status 403', status: 403 },
      {},
    ]);
    expect(globalCallbacks).toEqual([]);
  });

  test.each(["connecting", "disconnected", "unavailable"])(
    "is told nothing while it is %s",
    async (state) => {
      const { client } = startClient("1.1");
      const { world, ask, told } = open(answerBatch, { Pusher: { instances: [client] } });
      ask("private-a", "1.1", client.config);
      client.connection.state = state;
      await world.pass(0);
      expect(told).toEqual([]);
      expect(world.requests).toEqual([]);
    },
  );

  test("is told nothing about a socket id that is not its own any more", async () => {
    const { client } = startClient("1.1");
    const { world, ask, told } = open(answerBatch, { Pusher: { instances: [client] } });
    ask("private-a", "1.1", client.config);
    client.connection.socket_id = "2.2";
    await world.pass(0);
    expect(told).toEqual([]);
  });

  test("is known through the legacy option as well", async () => {
    const { client, channel, emit } = startClient("1.1");
    const { world, authorization } = open(answerBatch);
    const events: unknown[] = [];
    authorization.authorizer(channel).authorize("1.1", (error) => {
      events.push(emit("pusher:subscription_error", { error: error?.message }));
    });
    await world.pass(0);
    expect(events).toEqual([expect.objectContaining({ status: 403 })]);
    client.connection.socket_id = "2.2";
    authorization.authorizer(channel).authorize("1.1", () => events.push("told"));
    await world.pass(0);
    expect(events).toHaveLength(1);
  });
});
