import { expect, test } from "bun:test";
import type { ApiRequest } from "../support/api.ts";
import { md5Hex } from "../support/sign.ts";
import { describeServer, fresh } from "../support/target.ts";

const EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e";

describeServer("HTTP API: how libraries sign", { settings: { subscription_counting: true } }, (target) => {
  const expectOk = async (request: ApiRequest): Promise<string> => {
    const response = await target.api.send(request);
    expect({ status: response.status, text: response.text }).toEqual({
      status: 200,
      text: expect.any(String),
    });
    return response.text;
  };

  test("scenario 24 and trap 10: Python sends the MD5 of nothing along with a GET", async () => {
    await expectOk({ path: "/channels", auth: { body_md5: EMPTY_MD5 } });
    await expectOk({ path: "/channels/presence-x/users", auth: { body_md5: EMPTY_MD5 } });
  });

  test("an empty POST may have the MD5 of nothing or none", async () => {
    const path = "/users/1/terminate_connections";
    await expectOk({ method: "POST", path });
    await expectOk({ method: "POST", path, auth: { body_md5: EMPTY_MD5 } });
  });

  test(".NET puts the signature first", async () => {
    await expectOk({ path: "/channels", query: [["filter_by_prefix", "x"]], signatureFirst: true });
  });

  test("parameters may come in any order", async () => {
    const parts = target.api.target({ path: "/channels", query: [["filter_by_prefix", "x"]] }).split("?");
    const reversed = parts[1]?.split("&").reverse().join("&");
    expect((await fetch(`${target.httpUrl}${parts[0]}?${reversed}`)).status).toBe(200);
  });

  test("commas come as they are from Node and Go, and escaped from PHP and Java", async () => {
    const path = `/channels/${fresh("cache-")}`;
    const query: [string, string][] = [["info", "subscription_count,cache"]];
    const wanted = '{"occupied":false,"subscription_count":0,"cache":null}';
    expect(await expectOk({ path, query, escape: (text) => text })).toBe(wanted);
    expect(await expectOk({ path, query, escape: encodeURIComponent })).toBe(wanted);
  });

  test("any character may come percent-encoded", async () => {
    const everyByte = (text: string): string =>
      [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    await expectOk({ path: "/channels", query: [["filter_by_prefix", "ü &=+/?#%"]], escape: everyByte });
  });

  test("keys are signed in lower case, however they are written", async () => {
    await expectOk({ path: "/channels", query: [["Filter_By_Prefix", "x"]] });
    const shouting = target.api.target({ path: "/channels" }).replaceAll("auth_", "AUTH_");
    expect((await fetch(target.httpUrl + shouting)).status).toBe(200);
  });

  test("a parameter may be empty", async () => {
    await expectOk({
      path: "/channels",
      query: [
        ["filter_by_prefix", ""],
        ["info", ""],
      ],
    });
  });

  test("a parameter that nobody knows is signed and passed over", async () => {
    await expectOk({
      path: "/channels",
      query: [
        ["shoe_size", "44"],
        ["name", "Something else"],
      ],
    });
  });

  test.each([
    ["an escaped plus is a plus", "e%2Be", "e+e"],
    ["a literal plus is a plus", "e+e", "e+e"],
    ["a literal plus may be signed as the space that it stands for", "e+e", "e e"],
    ["an escaped space is a space", "e%20e", "e e"],
  ])("%s", async (_what, written, signed) => {
    const request = {
      path: "/channels",
      query: [["filter_by_prefix", signed]] as const,
    } satisfies ApiRequest;
    const sent = target.api.target(request).replace(/filter_by_prefix=[^&]*/, `filter_by_prefix=${written}`);
    expect((await fetch(target.httpUrl + sent)).status).toBe(200);
  });

  test("every parameter of a trigger may come in the query, arrays as repeated keys", async () => {
    const channels = [fresh("c-b"), fresh("c-a")];
    const socket = await target.connect();
    for (const channel of channels) {
      await socket.join(channel);
      await socket.nextEvent("pusher_internal:subscription_count");
    }
    const query: [string, string][] = [
      ["name", "Something else"],
      ["data", "x & y"],
      ...channels.map((channel): [string, string] => ["channels[]", channel]),
    ];
    expect(await expectOk({ method: "POST", path: "/events", query })).toBe("{}");
    for (const channel of channels) {
      expect(await socket.next()).toEqual({ event: "Something else", channel, data: "x & y" });
    }
  });

  test("the brackets of an array may come escaped", async () => {
    const query: [string, string][] = [
      ["name", "e"],
      ["data", ""],
      ["channels[]", "a"],
      ["channels[]", "b"],
      ["info", "subscription_count"],
    ];
    const text = await expectOk({ method: "POST", path: "/events", query, escape: encodeURIComponent });
    expect(Object.keys(JSON.parse(text).channels)).toEqual(["a", "b"]);
  });

  test("what the body says wins over the query", async () => {
    const [inBody, inQuery] = [fresh("c-"), fresh("c-")];
    const text = await expectOk({
      path: "/events",
      query: [
        ["channel", inQuery],
        ["info", "subscription_count"],
      ],
      body: { name: "e", data: "", channel: inBody },
    });
    expect(JSON.parse(text)).toEqual({ channels: { [inBody]: { subscription_count: 0 } } });
  });

  test.each([
    ["the escaped path, as most libraries do", "/users/a%20b%2Fc/terminate_connections"],
    ["the path before escaping, as Node does", "/users/a b/c/terminate_connections"],
  ])("signs %s", async (_which, signedPath) => {
    await expectOk({ path: "/users/a%20b%2Fc/terminate_connections", signedPath, body: {} });
  });

  test("a body is hashed as the bytes on the wire", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    await socket.framesBeforePong();
    const body = `{ "name" : "ünï",\n"channels":["${channel}"], "data":"\\"żółć\\"" }`;
    await expectOk({ path: "/events", body, auth: { body_md5: md5Hex(body) } });
    expect(await socket.next()).toEqual({ event: "ünï", channel, data: '"żółć"' });
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/x-www-form-urlencoded",
  ])("a JSON body is read whatever its content type: %s", async (type) => {
    const body = { name: "e", data: "", channels: [fresh("c-")] };
    await expectOk({ path: "/events", body, headers: { "content-type": type } });
  });

  test("a byte order mark before the JSON is passed over", async () => {
    const body = JSON.stringify({ name: "e", data: "", channels: [fresh("c-")] });
    await expectOk({ path: "/events", body: `\ufeff${body}` });
  });

  test("a library may name itself", async () => {
    await expectOk({ path: "/channels", headers: { "X-Pusher-Library": "pusher-http-php 7.2.6" } });
  });
});
