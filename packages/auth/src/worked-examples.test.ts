import { describe, expect, test } from "bun:test";
import { defineChannels } from "./index.ts";
import { exampleOptions, ORIGIN, type User } from "./testing/example.ts";
import { AUTH, endpoint, get, post, URL_OF_USERS } from "./testing/requests.ts";

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
