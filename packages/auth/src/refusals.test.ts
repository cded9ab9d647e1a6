import { describe, expect, test } from "bun:test";
import { createAuthHandler, defineChannels } from "./index.ts";
import { exampleOptions, ORIGIN, type User, userOf } from "./testing/example.ts";
import { endpoint, get, json, post, URL_OF_USERS } from "./testing/requests.ts";

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
