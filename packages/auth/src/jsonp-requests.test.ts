import { describe, expect, test } from "bun:test";
import { defineChannels } from "./index.ts";
import { ORIGIN, type User } from "./testing/example.ts";
import { AUTH, endpoint, get, URL_OF_USERS } from "./testing/requests.ts";

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
