import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request as nodeRequest } from "node:http";
import { EXAMPLE_APP, ORIGIN } from "./example.ts";
import type { FrameworkServer, Running } from "./servers/running.ts";

const AUTH = `${EXAMPLE_APP.key}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4`;

/** What every adapter must do, asked over HTTP as clients ask. */
export function describeAdapter({ name, isParsedBefore = false, start }: FrameworkServer): void {
  describe(name, () => {
    let server: Running;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    const send = (body: string, headers: Record<string, string> = {}, path = "/pusher/auth") =>
      fetch(server.url + path, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", "x-user": "10", ...headers },
        body,
      });
    const sendJson = (body: unknown) => send(JSON.stringify(body), { "content-type": "application/json" });

    test("answers what pusher-js sends, byte for byte", async () => {
      const response = await send("socket_id=1234.1234&channel_name=private-foobar");
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toStartWith("application/json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.text()).toBe(`{"auth":"${AUTH}"}`);
    });

    test("answers every channel of a batch of forty", async () => {
      const names = Array.from({ length: 40 }, (_, index) => `private-item-${index}`);
      const body = names.map((channel, index) => `channel_name[${index}]=${channel}`).join("&");
      const response = await send(`&socket_id=1.2&${body}`);
      const verdicts = Object.entries((await response.json()) as Record<string, { status: number }>);
      expect(verdicts.map(([channel, { status }]) => [channel, status])).toEqual(
        names.map((channel, index) => [channel, index % 2 === 0 ? 200 : 403]),
      );
    });

    test("answers a batch of two, one of them refused", async () => {
      const body = "&socket_id=1234.1234&channel_name[0]=private-foobar&channel_name[1]=private-secret";
      expect(await (await send(body)).text()).toBe(
        `{"private-foobar":{"status":200,"data":{"auth":"${AUTH}"}},"private-secret":{"status":403}}`,
      );
    });

    test("answers JSON, single and batched", async () => {
      const single = await sendJson({ socket_id: "1234.1234", channel_name: "private-foobar" });
      expect(await single.json()).toEqual({ auth: AUTH });
      const batch = await sendJson({ socket_id: "1234.1234", channel_name: ["private-foobar"] });
      expect(await batch.json()).toEqual({ "private-foobar": { status: 200, data: { auth: AUTH } } });
    });

    test("keeps UTF-8 as it is", async () => {
      const response = await send("socket_id=1.2&channel_name=presence-room-lobby", { "x-user": "7" });
      const { channel_data } = (await response.json()) as { channel_data: string };
      expect(JSON.parse(channel_data)).toEqual({ user_id: "7", user_info: { name: "Zoë 🎉" } });
    });

    test("signs users in", async () => {
      const response = await send("socket_id=1234.1234", {}, "/pusher/user-auth");
      expect(JSON.parse(((await response.json()) as { user_data: string }).user_data).id).toBe("10");
    });

    test.each([
      ["401 when nobody is signed in", "socket_id=1.2&channel_name=private-foobar", "", 401],
      ["403 when a rule says no", "socket_id=1.2&channel_name=private-user.8", "10", 403],
      ["400 when a parameter is missing", "channel_name=private-foobar", "10", 400],
      ["400 when a socket id is more than one", "socket_id=1.2%0A&channel_name=private-foobar", "10", 400],
      ["400 when there is no body", "", "10", 400],
      ["500 when a rule throws", "socket_id=1.2&channel_name=private-broken", "10", 500],
    ])("answers %s, in JSON", async (_title, body, user, status) => {
      const response = await send(body, { "x-user": user });
      expect(response.status).toBe(status);
      expect(Object.keys((await response.json()) as object)).toContain("error");
    });

    if (!isParsedBefore) {
      test("answers 413 to a large body, and the connection survives to say so", async () => {
        const response = await send(`socket_id=1.2&channel_name=private-foobar&x=${"x".repeat(200_000)}`);
        expect(response.status).toBe(413);
        expect(await response.json()).toEqual({ error: "The body is larger than 65536 bytes" });
      });

      test("answers 415 to what it cannot read", async () => {
        expect((await send("<x/>", { "content-type": "application/xml" })).status).toBe(415);
      });
    }

    test("answers preflights and lets the listed origin read answers", async () => {
      const headers = {
        origin: ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-csrf-token",
      };
      const preflight = await fetch(`${server.url}/pusher/auth`, { method: "OPTIONS", headers });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-headers")).toBe("x-csrf-token");
      const response = await send("socket_id=1.2&channel_name=private-foobar", { origin: ORIGIN });
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(response.headers.get("vary")).toContain("Origin");
    });

    test("answers JSONP, and refuses it with an empty body", async () => {
      // Not with fetch, which sends no Referer: as a script element does.
      const query = "callback=Pusher.auth_callbacks%5B'1'%5D&socket_id=1234.1234&channel_name=private-foobar";
      const right = await getScript(`${server.url}/pusher/auth?${query}`, `${ORIGIN}/`);
      expect(right.body).toBe(`/**/Pusher.auth_callbacks['1']({"auth":"${AUTH}"});`);
      expect(right.contentType).toBe("application/javascript; charset=utf-8");
      const wrong = await getScript(`${server.url}/pusher/auth?${query}`, "https://elsewhere.example/");
      expect([wrong.status, wrong.body]).toEqual([403, ""]);
    });
  });
}

interface Script {
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

function getScript(url: string, referer: string): Promise<Script> {
  return new Promise((resolve, reject) => {
    const headers = { referer, "x-user": "10" };
    nodeRequest(url, { headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode, contentType: response.headers["content-type"], body }),
      );
    })
      .on("error", reject)
      .end();
  });
}
