import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { type App, DEFAULT_APP_SETTINGS, type Effect, Hub } from "@usher/hub";
import { hmacSha256Hex } from "../bun/bun-hmac.ts";
import { firstPage } from "./first-page.ts";

const SECRET = "7ad3773142a6692b25b8";
const APP: App = {
  id: "3",
  name: "Demo",
  enabled: true,
  keys: [{ key: "278d425bdf160c739803", secrets: [{ id: "sec_1", value: SECRET }] }],
  settings: DEFAULT_APP_SETTINGS,
  restrictions: [],
};
const GUEST = { guest_id: "0123456789abcdef", guest_name: "Calm Otter" };

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly form?: Record<string, string>;
}

function open({ app = APP as App | null, pathPrefix = "", hostNames = [] as string[] } = {}) {
  const effects: Effect[] = [];
  const hub = new Hub({
    findAppByKey: () => app ?? undefined,
    hmacHex: hmacSha256Hex,
    random: Math.random,
    maxConnections: null,
  });
  const answer = firstPage({
    demoApp: () => app ?? undefined,
    hub,
    apply: (more) => void effects.push(...more),
    pathPrefix,
    now: () => 0,
    hostNames,
  });
  const ask = async (path: string, { method, headers, form }: Ask = {}) => {
    const init = form ? { method: "POST", body: new URLSearchParams(form) } : {};
    const request = new Request(`http://localhost:6001${path}`, { ...init, ...(method ? { method } : {}) });
    for (const [name, value] of Object.entries({ host: "localhost:6001", ...headers })) {
      request.headers.set(name, value);
    }
    return answer(request);
  };
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await ask(path, { form, headers });
    if (!response) throw new Error(`${path} is not a path of the page`);
    return response;
  };
  return { ask, post, effects };
}

describe("the page", () => {
  test("holds the app's id and key and never its secret", async () => {
    const html = (await (await open().ask("/"))?.text()) ?? "";
    expect(html).toContain('data-app-id="3"');
    expect(html).toContain('data-key="278d425bdf160c739803"');
    expect(html).not.toContain(SECRET);
    expect(html).not.toContain("{{");
  });

  test("escapes what it shows", async () => {
    const app: App = { ...APP, id: `3"><script>` };
    const html = (await (await open({ app }).ask("/"))?.text()) ?? "";
    expect(html).toContain("3&#34;&#62;&#60;script&#62;");
  });

  test("allows no script, style or request but its own server's", async () => {
    const headers = (await open().ask("/"))?.headers;
    const policy = headers?.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(headers?.get("x-content-type-options")).toBe("nosniff");
  });

  test("finds every file that it and its scripts name", async () => {
    const { ask } = open();
    const read = async (path: string) => (await (await ask(path))?.text()) ?? "";
    const named = [...(await read("/")).matchAll(/(?:src|href)="(first-page\/[^"]+)"/g)].map(
      ([, path]) => path,
    );
    const imported = [...(await read("/first-page/main.js")).matchAll(/from "\.\/([^"]+)"/g)].map(
      ([, name]) => `first-page/${name}`,
    );
    expect(imported.length).toBeGreaterThan(3);
    for (const path of [...named, ...imported]) {
      const response = await ask(`/${path}`);
      expect([path, response?.status]).toEqual([path, 200]);
    }
  });

  test("answers below a path prefix too", async () => {
    const { ask, post } = open({ pathPrefix: "/realtime" });
    expect((await ask("/realtime/"))?.status).toBe(200);
    expect((await ask("/"))?.status).toBe(200);
    expect((await ask("/realtime/first-page/main.js"))?.status).toBe(200);
    const form = { socket_id: "1.2", channel_name: "private-demo" };
    expect((await post("/realtime/first-page/auth", form)).status).toBe(200);
  });

  test("leaves every other path alone", async () => {
    const { ask } = open();
    for (const path of [
      "/app/x",
      "/index.html",
      "/first-page",
      "/first-page/",
      "/first-page/../x",
      "/first-page/auth/",
    ]) {
      expect(await ask(path)).toBeUndefined();
    }
  });

  test("takes only the methods that make sense", async () => {
    const { ask } = open();
    expect((await ask("/", { method: "POST" }))?.status).toBe(405);
    expect((await ask("/first-page/auth"))?.status).toBe(405);
  });

  test("is shown without an app, and then signs nothing", async () => {
    const { ask, post } = open({ app: null });
    expect((await ask("/"))?.status).toBe(200);
    const response = await post("/first-page/auth", { socket_id: "1.2", channel_name: "private-demo" });
    expect(response.status).toBe(404);
  });
});

describe("signing", () => {
  test("signs socket id and channel for private-demo", async () => {
    const response = await open().post("/first-page/auth", {
      socket_id: "1234.5678",
      channel_name: "private-demo",
    });
    expect(await response.json()).toEqual({ auth: `278d425bdf160c739803:${hmac("1234.5678:private-demo")}` });
  });

  test("signs the guest along for presence-demo", async () => {
    const form = { socket_id: "1234.5678", channel_name: "presence-demo", ...GUEST };
    const answer = (await (await open().post("/first-page/auth", form)).json()) as Record<string, string>;
    const channelData = '{"user_id":"first-page-0123456789abcdef","user_info":{"name":"Calm Otter"}}';
    expect(answer).toEqual({
      auth: `278d425bdf160c739803:${hmac(`1234.5678:presence-demo:${channelData}`)}`,
      channel_data: channelData,
    });
  });

  test("signs in a guest under an id that no user of the app has", async () => {
    const response = await open().post("/first-page/user-auth", { socket_id: "1.2", ...GUEST });
    const { auth, user_data } = (await response.json()) as Record<string, string>;
    expect(user_data).toBe('{"id":"first-page-0123456789abcdef","user_info":{"name":"Calm Otter"}}');
    expect(auth).toBe(`278d425bdf160c739803:${hmac(`1.2::user::${user_data}`)}`);
  });

  test("answers 403 for any channel but its own two", async () => {
    const { post } = open();
    const channels = [
      "private-not-yours",
      "private-demo2",
      "presence-demo-x",
      "demo",
      "private-demo\n",
      "PRIVATE-DEMO",
      "",
    ];
    for (const channel_name of channels) {
      const response = await post("/first-page/auth", { socket_id: "1.2", channel_name, ...GUEST });
      expect([channel_name, response.status]).toEqual([channel_name, 403]);
    }
  });

  test("signs no socket id that could carry another text", async () => {
    const { post } = open();
    for (const socket_id of ["", "1", "1.2:private-other", "1.2\n", " 1.2", "1.2::user::{}", "a.b"]) {
      const channel = await post("/first-page/auth", { socket_id, channel_name: "private-demo" });
      const user = await post("/first-page/user-auth", { socket_id, ...GUEST });
      expect([socket_id, channel.status, user.status]).toEqual([socket_id, 400, 400]);
    }
  });

  test("takes no guest with an id or a name out of shape", async () => {
    const { post } = open();
    const bad = [
      { guest_id: "short" },
      { guest_id: `x"},"user_id":"1` },
      { guest_name: "" },
      { guest_name: "<b>" },
    ];
    for (const part of bad) {
      const form = { socket_id: "1.2", channel_name: "presence-demo", ...GUEST, ...part };
      expect((await post("/first-page/auth", form)).status).toBe(400);
      expect((await post("/first-page/user-auth", form)).status).toBe(400);
    }
  });
});

describe("triggering", () => {
  test("fills the hub with one event and says how many get it", async () => {
    const { post } = open();
    const response = await post("/first-page/trigger", { channel: "demo", name: "greeting", data: "{}" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ receivers: 0 });
  });

  test("reaches the demo channels only", async () => {
    const { post, effects } = open();
    for (const channel of ["private-orders", "#server-to-user-1", "", "demo,private-orders"]) {
      const response = await post("/first-page/trigger", { channel, name: "greeting", data: "{}" });
      expect(response.status).toBe(400);
    }
    expect(effects).toEqual([]);
  });

  test("keeps to the rules of the HTTP API", async () => {
    const { post } = open();
    const reserved = await post("/first-page/trigger", { channel: "demo", name: "pusher:x", data: "{}" });
    expect(reserved.status).toBe(400);
    const large = await post("/first-page/trigger", { channel: "demo", name: "x", data: "x".repeat(10_241) });
    expect(large.status).toBe(413);
  });
});

describe("other sites", () => {
  const form = { socket_id: "1.2", channel_name: "private-demo" };

  test("get no signature through a visitor's browser", async () => {
    const { post } = open();
    const strangers: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "http://localhost:6002" },
      { origin: "null" },
      { origin: "http://localhost:6001.evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of strangers) {
      expect([headers, (await post("/first-page/auth", form, headers)).status]).toEqual([headers, 403]);
    }
    const own = { origin: "http://localhost:6001", "sec-fetch-site": "same-origin" };
    expect((await post("/first-page/auth", form, own)).status).toBe(200);
  });

  test("cannot take the page over by pointing their name at it", async () => {
    const { ask, post } = open({ hostNames: ["usher.internal"] });
    for (const host of [
      "evil.example",
      "evil.example:6001",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "",
    ]) {
      const headers = { host, origin: `http://${host}` };
      expect([host, (await ask("/", { headers }))?.status]).toEqual([host, 403]);
      expect([host, (await post("/first-page/auth", form, headers)).status]).toEqual([host, 403]);
    }
    for (const host of [
      "localhost",
      "app.localhost:80",
      "127.0.0.1:6001",
      "192.168.1.7",
      "[::1]:6001",
      "Usher.Internal:9",
    ]) {
      expect([host, (await ask("/", { headers: { host } }))?.status]).toEqual([host, 200]);
    }
  });
});

function hmac(text: string): string {
  return createHmac("sha256", SECRET).update(text).digest("hex");
}
