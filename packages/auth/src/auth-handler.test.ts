import { describe, expect, test } from "bun:test";
import { type AuthHandlerOptions, createAuthHandler, defineChannels } from "./index.ts";
import { exampleOptions, ORIGIN, type User, userOf } from "./testing/example.ts";

const URL_OF_CHANNELS = "https://api.example.com/pusher/auth";
const URL_OF_USERS = "https://api.example.com/pusher/user-auth";

type Options = Partial<AuthHandlerOptions<User, unknown>>;

function endpoint(options: Options = {}) {
  return createAuthHandler<User>({
    ...exampleOptions,
    user: (request) => userOf(request.headers.get("x-user")),
    ...options,
  });
}

interface Sent {
  readonly user?: string | null;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly url?: string;
}

/** What pusher-js sends, unless said otherwise. */
function post(
  body: BodyInit,
  { user = "10", headers = {}, method = "POST", url = URL_OF_CHANNELS }: Sent = {},
) {
  return new Request(url, {
    method,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(user === null ? {} : { "x-user": user }),
      ...headers,
    },
    body,
  });
}

function json(body: unknown, sent: Sent = {}) {
  return post(JSON.stringify(body), {
    ...sent,
    headers: { "content-type": "application/json", ...sent.headers },
  });
}

function get(query: string, headers: Record<string, string> = {}) {
  return new Request(`${URL_OF_CHANNELS}?${query}`, { headers: { "x-user": "10", ...headers } });
}

const AUTH = "278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4";

describe("the worked examples, byte for byte", () => {
  const PRESENCE =
    '{"auth":"278d425bdf160c739803:4c6d8fc42a207ba96a0779844171b0bb819d96ffceef9609f5cce596ab17a800","channel_data":"{\\"user_id\\":\\"10\\",\\"user_info\\":{\\"name\\":\\"Mr. Channels\\"}}"}';
  const ENCRYPTED =
    '{"auth":"278d425bdf160c739803:e6a18892d037c5d5e76a2265df4f086ffc38631605530dfd214aa5bff495f533","shared_secret":"g3Au6SZ+UCU+IMfFsFva0rq+Gi4tzSHR6WCcWZbS9sY="}';

  test.each([
    ["private", "private-foobar", `{"auth":"${AUTH}"}`],
    ["presence", "presence-foobar", PRESENCE],
    ["encrypted", "private-encrypted-foobar", ENCRYPTED],
  ])("%s", async (_kind, channel, body) => {
    const response = await endpoint()(post(`socket_id=1234.1234&channel_name=${channel}`));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(body);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("user", async () => {
    const channels = defineChannels<User>().user(() => ({ id: "12345" }));
    const response = await endpoint({ channels })(post("socket_id=1234.1234", { url: URL_OF_USERS }));
    expect(await response.text()).toBe(
      '{"auth":"278d425bdf160c739803:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba","user_data":"{\\"id\\":\\"12345\\"}"}',
    );
  });

  test("user with a watchlist", async () => {
    const channels = defineChannels<User>().user(() => ({
      id: "12345",
      info: { name: "Jo" },
      watchlist: ["2", "3"],
    }));
    const response = await endpoint({ channels })(post("socket_id=1234.1234", { url: URL_OF_USERS }));
    expect(await response.json()).toEqual({
      auth: "278d425bdf160c739803:8497beeabedb5da6c848d6d8f8a903b895d7b4195772383849e7d5a560bd2324",
      user_data: '{"id":"12345","user_info":{"name":"Jo"},"watchlist":["2","3"]}',
    });
  });

  test("JSONP", async () => {
    const query = "callback=Pusher.auth_callbacks%5B'1'%5D&socket_id=1234.1234&channel_name=private-foobar";
    const response = await endpoint()(get(query, { referer: `${ORIGIN}/chat` }));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`/**/Pusher.auth_callbacks['1']({"auth":"${AUTH}"});`);
    expect(response.headers.get("content-type")).toBe("application/javascript; charset=utf-8");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test("batch", async () => {
    const body = "&socket_id=1234.1234&channel_name[0]=private-foobar&channel_name[1]=private-secret";
    const response = await endpoint()(post(body));
    expect(await response.text()).toBe(
      `{"private-foobar":{"status":200,"data":{"auth":"${AUTH}"}},"private-secret":{"status":403}}`,
    );
  });

  test("rotation: of two secrets the first signs", async () => {
    const secret = ["ffeeddccbbaa99887766", exampleOptions.secret];
    const response = await endpoint({ secret })(post("socket_id=1234.1234&channel_name=private-foobar"));
    const digest = "26bfc35f1191165aabd3253c9c5f5fecb965c2b32982702468f336edcfd80ad6";
    expect(await response.json()).toEqual({ auth: `278d425bdf160c739803:${digest}` });
  });
});

describe("a batch", () => {
  const map = { "private-foobar": { status: 200, data: { auth: AUTH } }, "private-user.8": { status: 403 } };

  test.each([
    [
      "channel_name[0]",
      post("socket_id=1234.1234&channel_name[0]=private-foobar&channel_name[1]=private-user.8"),
    ],
    [
      "encoded brackets",
      post("socket_id=1234.1234&channel_name%5B0%5D=private-foobar&channel_name%5B1%5D=private-user.8"),
    ],
    [
      "channel_name[]",
      post("socket_id=1234.1234&channel_name[]=private-foobar&channel_name[]=private-user.8"),
    ],
    [
      "a repeated channel_name",
      post("socket_id=1234.1234&channel_name=private-foobar&channel_name=private-user.8"),
    ],
    ["a JSON array", json({ socket_id: "1234.1234", channel_name: ["private-foobar", "private-user.8"] })],
    [
      "an object of numbers",
      json({ socket_id: "1234.1234", channel_name: { 0: "private-foobar", 1: "private-user.8" } }),
    ],
    [
      "literal keys in JSON",
      json({
        socket_id: "1234.1234",
        "channel_name[0]": "private-foobar",
        "channel_name[1]": "private-user.8",
      }),
    ],
    [
      "a literal list in JSON",
      json({ socket_id: "1234.1234", "channel_name[]": ["private-foobar", "private-user.8"] }),
    ],
    [
      "a channel twice",
      post(
        "socket_id=1234.1234&channel_name[0]=private-foobar&channel_name[1]=private-user.8&channel_name[2]=private-foobar",
      ),
    ],
  ])("is recognised as %s", async (_shape, request) => {
    const response = await endpoint()(request);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(map);
  });

  test.each([
    ["channel_name[0]", post("socket_id=1234.1234&channel_name[0]=private-foobar")],
    ["an array", json({ socket_id: "1234.1234", channel_name: ["private-foobar"] })],
  ])("of one channel, as %s, is answered as a batch", async (_shape, request) => {
    expect(await (await endpoint()(request)).json()).toEqual({ "private-foobar": map["private-foobar"] });
  });

  test("of one plain channel_name is none", async () => {
    expect(
      await (await endpoint()(json({ socket_id: "1234.1234", channel_name: "private-foobar" }))).json(),
    ).toEqual({
      auth: AUTH,
    });
  });

  test("looks the user up once for all", async () => {
    let lookups = 0;
    const user = () => {
      lookups++;
      return userOf("10");
    };
    const names = Array.from({ length: 100 }, (_, index) => `channel_name[${index}]=private-item-${index}`);
    const response = await endpoint({ user })(post(`socket_id=1.2&${names.join("&")}`));
    const verdicts = Object.values((await response.json()) as Record<string, { status: number }>);
    expect(verdicts.map(({ status }) => status)).toEqual(
      names.map((_, index) => (index % 2 === 0 ? 200 : 403)),
    );
    expect(lookups).toBe(1);
  });

  test("of more channels than allowed is refused as a whole", async () => {
    const names = Array.from({ length: 101 }, (_, index) => `channel_name[]=private-item-${index}`);
    const response = await endpoint()(post(`socket_id=1.2&${names.join("&")}`));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "channel_name: at most 100 channels in one request",
      parameter: "channel_name",
    });
  });

  test("gives each channel its own verdict, whatever happens to the others", async () => {
    const errors: unknown[] = [];
    const names = [
      "private-foobar",
      "private-user.8",
      "private-broken",
      "public",
      "no name",
      "__proto__",
      "private-none",
    ];
    const onError = (error: unknown) => errors.push(error);
    const response = await endpoint({ onError })(json({ socket_id: "1.2", channel_name: names }));
    const verdicts = new Map(Object.entries((await response.json()) as Record<string, { status: number }>));
    expect([...verdicts].map(([name, { status }]) => [name, status])).toEqual([
      ["private-foobar", 200],
      ["private-user.8", 403],
      ["private-broken", 500],
      ["public", 400],
      ["no name", 400],
      ["__proto__", 400],
      ["private-none", 403],
    ]);
    expect(errors).toEqual([new Error("the database is away")]);
  });

  test("is refused as a whole when nobody is signed in", async () => {
    const response = await endpoint()(post("socket_id=1.2&channel_name[0]=private-foobar", { user: null }));
    expect(response.status).toBe(401);
  });
});

describe("refusals are JSON with a status that says what to do", () => {
  test.each<readonly [string, Request, number, string]>([
    ["a rule says no", post("socket_id=1.2&channel_name=private-user.8"), 403, "Forbidden"],
    ["there is no rule", post("socket_id=1.2&channel_name=private-other"), 403, "Forbidden"],
    ["the kind is another", post("socket_id=1.2&channel_name=private-cache-foobar"), 403, "Forbidden"],
    [
      "nobody is signed in",
      post("socket_id=1.2&channel_name=private-foobar", { user: null }),
      401,
      "Not signed in",
    ],
    ["the user may not sign in", post("socket_id=1.2", { user: "7", url: URL_OF_USERS }), 403, "Forbidden"],
    ["a rule throws", post("socket_id=1.2&channel_name=private-broken"), 500, "Internal server error"],
    ["there is no socket id", post("channel_name=private-foobar"), 400, "socket_id: is missing"],
    ["there is nothing", post(""), 400, "socket_id: is missing"],
    [
      "there are two socket ids",
      post("socket_id=1.2&socket_id=1.3&channel_name=private-foobar"),
      400,
      "socket_id: was sent more than once",
    ],
    [
      "the socket id is a number",
      json({ socket_id: 1.2, channel_name: "private-foobar" }),
      400,
      "socket_id: must be a string",
    ],
    ["there is no channel", post("socket_id=1.2"), 400, "channel_name: is missing"],
    ["there are no channels", json({ socket_id: "1.2", channel_name: [] }), 400, "channel_name: is missing"],
    [
      "a channel is a number",
      json({ socket_id: "1.2", channel_name: [1] }),
      400,
      "channel_name: every channel must be a string",
    ],
    [
      "channels have names",
      json({ socket_id: "1.2", channel_name: { a: "private-foobar" } }),
      400,
      "channel_name: only numbers may stand between its brackets",
    ],
    [
      "brackets hold words",
      post("socket_id=1.2&channel_name[a]=private-foobar"),
      400,
      "channel_name: only numbers may stand between its brackets",
    ],
    [
      "brackets hold brackets",
      post("socket_id=1.2&channel_name[0][1]=private-foobar"),
      400,
      "channel_name: only numbers may stand between its brackets",
    ],
    ["JSON is no object", json(["1.2"]), 400, "The body is not the JSON text of an object"],
    [
      "JSON is none",
      post("{", { headers: { "content-type": "application/json" } }),
      400,
      "The body is not the JSON text of an object",
    ],
    [
      "multipart is none",
      post("{", { headers: { "content-type": "multipart/form-data; boundary=x" } }),
      400,
      "The body is not multipart/form-data as its type says",
    ],
    [
      "the body is XML",
      post("<x/>", { headers: { "content-type": "application/xml" } }),
      415,
      "The body must be application/x-www-form-urlencoded or application/json",
    ],
    [
      "the body is large",
      post(`socket_id=1.2&channel_name=private-foobar&x=${"x".repeat(65_536)}`),
      413,
      "The body is larger than 65536 bytes",
    ],
    [
      "the method is PUT",
      post("socket_id=1.2&channel_name=private-foobar", { method: "PUT" }),
      405,
      "PUT is not allowed here",
    ],
    [
      "a callback is missing",
      get("socket_id=1.2&channel_name=private-foobar", { referer: `${ORIGIN}/` }),
      400,
      "callback: is missing",
    ],
    [
      "a callback is code",
      get("callback=alert(1)//&socket_id=1.2&channel_name=private-foobar", { referer: `${ORIGIN}/` }),
      400,
      "callback: is no name of a function",
    ],
    [
      "there are two callbacks",
      get("callback=a&callback=b&socket_id=1.2&channel_name=private-foobar", { referer: `${ORIGIN}/` }),
      400,
      "callback: is no name of a function",
    ],
  ])("%s", async (_title, request, status, error) => {
    const response = await endpoint()(request);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(((await response.json()) as { error: string }).error).toBe(error);
  });

  test("GET is not allowed unless JSONP is on, and 405 says what is", async () => {
    const { jsonp: _off, ...rest } = exampleOptions;
    const handler = createAuthHandler<User>({ ...rest, user: () => userOf("10") });
    const response = await handler(get("callback=a&socket_id=1.2&channel_name=private-foobar"));
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST, OPTIONS");
  });

  test("a body of unknown length is read up to the limit and no further", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1_024;
        controller.enqueue(new Uint8Array(1_024));
      },
    });
    const response = await endpoint()(post(endless));
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(80_000);
  });

  test("a body that breaks off is malformed", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error("connection lost"));
      },
    });
    expect((await endpoint()(post(broken))).status).toBe(400);
  });

  test("a body that was read before is the app's fault, and the log says which", async () => {
    const errors: Error[] = [];
    const request = post("socket_id=1.2&channel_name=private-foobar");
    await request.text();
    const response = await endpoint({ onError: (error) => errors.push(error as Error) })(request);
    expect(response.status).toBe(500);
    expect(errors[0]?.message).toContain("the body was read before");
  });

  test("a log that fails does not take the answer with it", async () => {
    const onError = () => {
      throw new Error("the log is full");
    };
    expect((await endpoint({ onError })(post("socket_id=1.2&channel_name=private-broken"))).status).toBe(500);
  });
});

describe("known failure 1: signing what was not validated as a whole", () => {
  const socketIds = [
    "1.1:private-foobar",
    "1.1:private-foobar:",
    "1.1\n",
    "1.1\nprivate-foobar",
    "\n1.1",
    "1.1\r",
    "1.1\u0000",
    "1.1 ",
    "١.١",
    "1.１",
    "1",
    "1.",
    ".1",
    "1.1.1",
    "-1.1",
    "1e3.1",
    "1,1",
    "1.1::user::{}",
  ];
  test.each(socketIds)("the socket id %j is refused", async (socketId) => {
    const sent = [
      post(new URLSearchParams({ socket_id: socketId, channel_name: "private-foobar" }).toString()),
      post(new URLSearchParams({ socket_id: socketId }).toString(), { url: URL_OF_USERS }),
      json({ socket_id: socketId, channel_name: ["private-foobar"] }),
    ];
    for (const request of sent) {
      const response = await endpoint()(request);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: "socket_id: must be two numbers with a dot between them",
        parameter: "socket_id",
      });
    }
  });

  const channels = [
    "private-foobar\n",
    "\nprivate-foobar",
    "private-foobar:x",
    "private-foobar:{}",
    "private-foobar ",
    "private-foobär",
    "private-foo/bar",
    "private-foobar\u0000",
    `private-${"x".repeat(200)}`,
    "",
    "#server-to-user-10",
    "foobar",
    "cache-foobar",
    "Private-foobar",
    "presence",
    "private",
  ];
  test.each(channels)("the channel %j is refused", async (channel) => {
    const open = defineChannels<User>()
      .channel("private-{anything:any}", () => true)
      .channel("presence-{anything:any}", () => ({ id: 1 }));
    const body = new URLSearchParams({ socket_id: "1.1", channel_name: channel }).toString();
    const single = await endpoint({ channels: open })(post(body));
    expect(single.status).toBe(400);
    expect(await single.json()).toMatchObject({ parameter: "channel_name" });
    const batch = await endpoint({ channels: open })(json({ socket_id: "1.1", channel_name: [channel] }));
    expect(await batch.json()).toMatchObject({ [channel]: { status: 400 } });
  });
});

describe("JSONP", () => {
  const query = "callback=a.b&socket_id=1234.1234&channel_name=";

  test.each([
    ["from another site", { referer: "https://elsewhere.example/" }],
    [
      "from an origin elsewhere, with a referer of ours",
      { origin: "https://elsewhere.example", referer: `${ORIGIN}/` },
    ],
    ["from nowhere", {}],
    ["with a referer that only begins as ours", { referer: `${ORIGIN}.elsewhere.example/` }],
    ["with a referer that is no address", { referer: "app.example.com" }],
  ])("%s is refused with an empty body", async (_from, headers) => {
    const response = await endpoint()(get(`${query}private-foobar`, headers));
    expect([response.status, await response.text()]).toEqual([403, ""]);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each([
    ["a rule says no", "private-user.8", "10", 403],
    ["nobody is signed in", "private-foobar", "nobody", 401],
    ["a rule throws", "private-broken", "10", 500],
  ])("when %s, the status says so and the body is empty", async (_title, channel, user, status) => {
    const response = await endpoint()(get(query + channel, { referer: `${ORIGIN}/`, "x-user": user }));
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  test("a token in the query can stand for the origin", async () => {
    const jsonp = {
      token: (_request: Request, parameters: URLSearchParams) => parameters.get("token") === "t-1",
    };
    const [right, wrong] = [`${query}private-foobar&token=t-1`, `${query}private-foobar&token=t-2`];
    expect((await endpoint({ jsonp })(get(right))).status).toBe(200);
    expect((await endpoint({ jsonp })(get(wrong))).status).toBe(403);
  });

  test("cannot be turned on without either", () => {
    expect(() => endpoint({ jsonp: {} })).toThrow("jsonp: give origins or a token");
  });

  test("cannot end the script element that it is pasted into", async () => {
    const channels = defineChannels<User>().channel("presence-foobar", () => ({
      id: "</script><script>alert(1)//\u2028\u2029",
    }));
    const response = await endpoint({ channels })(get(`${query}presence-foobar`, { referer: `${ORIGIN}/` }));
    const body = await response.text();
    expect(body).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(body.slice("/**/a.b(".length, -2)).channel_data).toContain("</script>");
  });

  test("answers user authentication and batches, too", async () => {
    const headers = { referer: `${ORIGIN}/`, "x-user": "10" };
    const user = new Request(`${URL_OF_USERS}?callback=a&socket_id=1.2`, { headers });
    expect(await (await endpoint()(user)).text()).toStartWith('/**/a({"auth":');
    const batch = await endpoint()(
      get("callback=a&socket_id=1234.1234&channel_name[]=private-foobar", headers),
    );
    expect(await batch.text()).toBe(`/**/a({"private-foobar":{"status":200,"data":{"auth":"${AUTH}"}}});`);
  });
});

describe("CORS", () => {
  const ask = (headers: Record<string, string>) =>
    new Request(URL_OF_CHANNELS, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "POST", ...headers },
    });

  test("a preflight of a listed origin passes, with the headers it asks for", async () => {
    const response = await endpoint()(
      ask({ origin: ORIGIN, "access-control-request-headers": "authorization,x-csrf-token" }),
    );
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "authorization,x-csrf-token",
      "access-control-max-age": "7200",
      vary: "Origin, Access-Control-Request-Headers",
    });
  });

  test.each(["https://elsewhere.example", `${ORIGIN}.elsewhere.example`, "null", ORIGIN.toUpperCase()])(
    "a preflight of %s is refused",
    async (origin) => {
      const response = await endpoint()(ask({ origin }));
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("vary")).toBe("Origin");
    },
  );

  test("OPTIONS that is no preflight says what is allowed", async () => {
    const response = await endpoint()(new Request(URL_OF_CHANNELS, { method: "OPTIONS" }));
    expect([response.status, response.headers.get("allow")]).toEqual([204, "POST, GET, OPTIONS"]);
  });

  test.each([
    ["an answer", "private-foobar", 200],
    ["a refusal", "private-user.8", 403],
    ["a failure", "private-broken", 500],
    ["a mistake", "public", 400],
  ])("%s can be read by a listed origin and by no other", async (_what, channel, status) => {
    for (const origin of [ORIGIN, "https://elsewhere.example", undefined]) {
      const headers = origin === undefined ? undefined : { origin };
      const response = await endpoint()(
        post(`socket_id=1.2&channel_name=${channel}`, headers && { headers }),
      );
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(origin === ORIGIN ? ORIGIN : null);
      expect(response.headers.get("vary")).toBe("Origin");
    }
  });

  test("cookies can be left out", async () => {
    const cors = { origins: [ORIGIN], credentials: false };
    const response = await endpoint({ cors })(ask({ origin: ORIGIN }));
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test.each([
    "*",
    "null",
    "https://app.example.com/",
    "app.example.com",
    "https://*.example.com",
    "HTTPS://app.example.com",
  ])("%s is no origin to list", (origin) => {
    expect(() => endpoint({ cors: { origins: [origin] } })).toThrow("cors.origins");
    expect(() => endpoint({ jsonp: { origins: [origin] } })).toThrow("jsonp.origins");
  });

  test.each(["http://localhost:5173", "capacitor://localhost", "https://xn--bcher-kva.example"])(
    "%s is one",
    (origin) => {
      expect(() => endpoint({ cors: { origins: [origin] } })).not.toThrow();
    },
  );
});

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
