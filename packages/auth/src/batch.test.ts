import { describe, expect, test } from "bun:test";
import { userOf } from "./testing/example.ts";
import { AUTH, endpoint, json, post } from "./testing/requests.ts";

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
