import { afterEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../test-cli.ts";
import {
  APP,
  type EndpointCall,
  goodAnswer,
  json,
  NO_STORE,
  PAGE,
  sdk,
  signed,
  startEndpoint,
  type TestEndpoint,
} from "./broken-endpoint.ts";

const CREDENTIALS = ["--key", APP.key, "--secret", APP.secret];
const USER = ["--header", "X-User: 10"];

interface Found {
  readonly name: string;
  readonly status?: number;
  readonly client: string;
  readonly problems: readonly { readonly code: string; readonly level: string; readonly fix: string }[];
}

const running: TestEndpoint[] = [];

afterEach(async () => {
  for (const endpoint of running.splice(0)) await endpoint.stop();
});

function start(answer: (call: EndpointCall) => Response | Promise<Response>): TestEndpoint {
  const endpoint = startEndpoint(answer);
  running.push(endpoint);
  return endpoint;
}

async function check(url: string, args: readonly string[]) {
  const all = ["auth", "check", url, ...args, ...CREDENTIALS, "--json"];
  const { exitCode, out, errors } = await runCommand(all);
  expect(errors).toBe("");
  const { ok, requests } = JSON.parse(out) as { ok: boolean; requests: readonly Found[] };
  const problems = requests.flatMap((request) => request.problems);
  for (const { fix } of problems) expect(fix).not.toBe("");
  return { exitCode, ok, requests, codes: [...new Set(problems.map(({ code }) => code))] };
}

/** The endpoint of the official SDK, but for what is asked first: the channel or sign-in that is to be granted. */
function butFor(
  isBroken: (call: EndpointCall) => boolean,
  answer: (call: EndpointCall) => Response | Promise<Response>,
) {
  return (call: EndpointCall) => (isBroken(call) ? answer(call) : goodAnswer(call));
}

const isRegular = ({ request, socketId, channel }: EndpointCall): boolean =>
  request.method === "POST" &&
  request.headers.get("x-user") === "10" &&
  /^\d+\.\d+$/.test(socketId) &&
  /^(?:private|presence)-[\w-]+$/.test(channel);

function hmac(text: string, secret: string = APP.secret): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

const LOGIN = "<!DOCTYPE html><title>Log in</title>";
const html = (body: string, status = 200) =>
  new Response(body, { status, headers: { "Content-Type": "text/html", ...NO_STORE } });

describe("usher auth check", () => {
  test("finds nothing wrong with an endpoint of the official SDK", async () => {
    const { url } = start(goodAnswer);
    const channels = ["private-a", "presence-b", "private-encrypted-c"].flatMap((name) => [
      "--channel",
      name,
    ]);
    const more = [
      "--denied",
      "private-user-11",
      "--user-auth",
      `${url}/user`,
      "--wrong-header",
      "X-User: 11",
    ];
    const { exitCode, ok, codes, requests } = await check(url, [
      ...channels,
      ...more,
      ...USER,
      "--origin",
      PAGE,
    ]);
    expect({ exitCode, ok, codes }).toEqual({ exitCode: 0, ok: true, codes: [] });
    expect(requests.map(({ name, status }) => [name, status])).toEqual([
      ["the preflight for x-user", 204],
      ["the preflight for x-user", 204],
      ["private-a", 200],
      ["presence-b", 200],
      ["private-encrypted-c", 200],
      ["a sign-in", 200],
      ["private-user-11", 403],
      ["private-a, by nobody", 401],
      ["private-a, by a wrong user", 401],
      ["presence-b, by a wrong user", 401],
      ["private-encrypted-c, by a wrong user", 401],
      ["a socket id with a line end", 400],
      ["a socket id with a colon", 400],
      ["a channel name with a colon", 400],
      ["a channel name with a line end", 400],
      ["a public channel", 400],
      ["a sign-in with a colon", 400],
      ["private-a, from another site's page", 200],
    ]);
  });

  test("sends what pusher-js sends", async () => {
    const bodies: string[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        bodies.push(`${request.method} ${request.headers.get("content-type")} ${await request.text()}`);
        return new Response(null, { status: 403 });
      },
    });
    try {
      const args = ["--channel", "private-a=b", "--param", "a b=c&d", "--batch"];
      await check(`http://127.0.0.1:${server.port}/`, args);
    } finally {
      await server.stop(true);
    }
    const form = "POST application/x-www-form-urlencoded";
    expect(bodies[0]?.replace(/\d+\.\d+/, "1.2")).toBe(
      `${form} socket_id=1.2&channel_name=private-a%3Db&a%20b=c%26d`,
    );
    expect(bodies.at(-1)?.replace(/\d+\.\d+/, "1.2")).toBe(
      `${form} &socket_id=1.2&channel_name[0]=private-a%3Db&a%20b=c%26d`,
    );
  });

  const presence =
    (data: unknown, text: string) =>
    ({ socketId, channel }: EndpointCall) =>
      json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}:${text}`)}`, channel_data: data });

  const BROKEN: [code: string, channel: string, answer: (call: EndpointCall) => Response][] = [
    ["response_empty", "private-a", () => new Response("", { headers: NO_STORE })],
    ["response_not_json", "private-a", () => new Response("Access granted", { headers: NO_STORE })],
    ["login_page", "private-a", () => html(LOGIN)],
    ["status_not_200", "private-a", (call) => json(signed(call), 201)],
    ["status_not_200", "private-a", () => new Response(null, { status: 204 })],
    ["csrf_refused", "private-a", () => html("Page Expired", 419)],
    ["csrf_refused", "private-a", () => html("CSRF verification failed", 403)],
    ["not_signed_in", "private-a", () => json({}, 401)],
    ["forbidden", "private-a", () => json({}, 403)],
    ["wrong_address", "private-a", () => json({}, 404)],
    ["form_not_accepted", "private-a", () => json({}, 415)],
    ["request_refused", "private-a", () => json({ error: "channel_name is missing" }, 400)],
    ["server_error", "private-a", () => json({}, 500)],
    ["auth_absent", "private-a", () => json({ ok: true })],
    ["auth_double_encoded", "private-a", (call) => json({ auth: JSON.stringify(signed(call)) })],
    [
      "arguments_swapped",
      "private-a",
      ({ socketId, channel }) => json({ auth: `${APP.key}:${hmac(`${channel}:${socketId}`)}` }),
    ],
    [
      "signature_wrong",
      "private-a",
      ({ socketId, channel }) => json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`, "another")}` }),
    ],
    [
      "key_used_as_secret",
      "private-a",
      ({ socketId, channel }) => json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`, APP.key)}` }),
    ],
    [
      "key_prefix_missing",
      "private-a",
      ({ socketId, channel }) => json({ auth: hmac(`${socketId}:${channel}`) }),
    ],
    [
      "key_unknown",
      "private-a",
      ({ socketId, channel }) => json({ auth: `otherkey:${hmac(`${socketId}:${channel}`)}` }),
    ],
    [
      "signature_uppercase",
      "private-a",
      ({ socketId, channel }) => json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`).toUpperCase()}` }),
    ],
    [
      "channel_data_missing",
      "presence-a",
      ({ socketId, channel }) => json(sdk.authorizeChannel(socketId, channel)),
    ],
    ["channel_data_object", "presence-a", presence({ user_id: "10" }, '{"user_id":"10"}')],
    ["channel_data_reserialised", "presence-a", presence('{"user_id":"10"}', '{"user_id": "10"}')],
    [
      "shared_secret_missing",
      "private-encrypted-a",
      ({ socketId, channel }) =>
        json({ ...sdk.authorizeChannel(socketId, channel), shared_secret: undefined }),
    ],
    [
      "shared_secret_malformed",
      "private-encrypted-a",
      ({ socketId, channel }) =>
        json({ ...sdk.authorizeChannel(socketId, channel), shared_secret: "c2hvcnQ=" }),
    ],
    [
      "answer_cacheable",
      "private-a",
      (call) => Response.json(signed(call), { headers: { "Cache-Control": "public, max-age=600" } }),
    ],
    ["answer_too_large", "private-a", () => json({ auth: "x".repeat(70_000) })],
    ["redirects_endless", "private-a", ({ url }) => Response.redirect(url.href, 307)],
    ["redirected_elsewhere", "private-a", () => Response.redirect("http://127.0.0.1:9/login", 302)],
  ];

  test.each(BROKEN)("names %s, for %s", async (code, channel, answer) => {
    const { url } = start(butFor(isRegular, answer));
    const { exitCode, ok, codes, requests } = await check(url, ["--channel", channel, ...USER]);
    expect({ exitCode, ok, codes }).toEqual({ exitCode: 1, ok: false, codes: [code] });
    expect(requests[0]?.client).not.toBe("");
  });

  const BY_CLIENT: [client: string, channel: string, answer: (call: EndpointCall) => Response][] = [
    ["emits pusher:subscription_error with status 403", "private-a", () => json({}, 403)],
    ["emits pusher:subscription_error with status 200", "private-a", () => new Response("")],
    ["emits pusher:subscription_error with status 201", "private-a", (call) => json(signed(call), 201)],
    ["subscribes without a signature", "private-a", () => json({})],
    [
      "No shared_secret key",
      "private-encrypted-a",
      ({ socketId }) => json(sdk.authorizeChannel(socketId, "private-x")),
    ],
    [
      "without an error text, unless the connection is signed in",
      "presence-a",
      ({ socketId, channel }) => json(sdk.authorizeChannel(socketId, channel)),
    ],
  ];

  test.each(BY_CLIENT)("says that a client %s", async (client, channel, answer) => {
    const { url } = start(butFor(isRegular, answer));
    const { requests } = await check(url, ["--channel", channel, ...USER]);
    expect(requests[0]?.client).toContain(client);
  });

  const LESS: [code: string, answer: (call: EndpointCall) => Response][] = [
    ["no_store_missing", (call) => Response.json(signed(call))],
    ["content_type_wrong", (call) => html(JSON.stringify(signed(call)))],
  ];

  test.each(LESS)("warns of %s", async (code, answer) => {
    const { url } = start(butFor(isRegular, answer));
    const { exitCode, codes } = await check(url, ["--channel", "private-a", ...USER]);
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: [code] });
  });

  test("follows a redirect to a login page of the same host, as browsers do, and names it", async () => {
    const { url, requests } = start((call) =>
      call.url.pathname === "/login" ? html(LOGIN) : Response.redirect(new URL("/login", call.url).href, 302),
    );
    const { codes } = await check(url, ["--channel", "private-a", ...USER]);
    expect(codes).toEqual(["redirected", "login_page"]);
    expect(requests.slice(0, 2).map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test("never connects to another host that a redirect names", async () => {
    const other = start(() => json({}));
    const { url } = start(() => Response.redirect(other.url, 307));
    const { codes } = await check(url, [
      "--channel",
      "private-a",
      "--jsonp",
      "--batch",
      "--origin",
      PAGE,
      ...USER,
    ]);
    expect(codes).toContain("redirected_elsewhere");
    expect(other.requests).toEqual([]);
  });

  test("names an endpoint that nobody runs, and one that does not answer", async () => {
    const gone = startEndpoint(() => json({}));
    await gone.stop();
    expect((await check(gone.url, ["--channel", "private-a"])).codes).toEqual(["unreachable"]);
    const { url } = start(() => new Promise<Response>(() => {}));
    const slow = await check(url, ["--channel", "private-a", "--timeout", "0.05"]);
    expect(slow.codes).toEqual(["timeout"]);
  });

  test("names an endpoint that signs for everybody, and for what the user must not have", async () => {
    const { url } = start(
      butFor(
        ({ request, channel }) => request.method === "POST" && /^private-[\w-]+$/.test(channel),
        (call) => {
          try {
            return json(signed(call));
          } catch {
            return json({}, 400);
          }
        },
      ),
    );
    const args = ["--channel", "private-a", "--denied", "private-user-11", "--wrong-header", "X-User: 11"];
    const closed = await check(url, [...args, ...USER]);
    expect(closed.exitCode).toBe(1);
    expect(closed.codes).toEqual(["denied_allowed", "anonymous_allowed", "wrong_user_allowed"]);
    expect((await check(url, ["--channel", "private-a"])).codes).toEqual(["open_to_everybody"]);
  });

  test("names a refusal with status 200", async () => {
    const { url } = start(
      butFor(
        ({ channel }) => channel.includes("11"),
        () => json({ error: "forbidden" }),
      ),
    );
    const args = ["--channel", "private-a", "--denied", "private-user-11", ...USER];
    expect((await check(url, args)).codes).toEqual(["refusal_with_200"]);
  });

  test("names an endpoint that signs whatever it is given", async () => {
    const { url } = start(({ socketId, channel }) =>
      json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`)}` }),
    );
    const { codes } = await check(url, ["--channel", "private-a"]);
    expect(codes).toEqual([
      "open_to_everybody",
      "socket_id_unchecked",
      "channel_name_unchecked",
      "public_channel_signed",
    ]);
  });

  test("warns of an endpoint that fails at malformed input", async () => {
    const { url } = start((call) => {
      const answer = goodAnswer(call);
      return answer.status === 400 ? json({}, 500) : answer;
    });
    const { exitCode, codes } = await check(url, ["--channel", "private-a", ...USER]);
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: ["malformed_not_refused"] });
  });

  test("names one signature for two connections, without knowing the secret", async () => {
    const cached = json(signed({ socketId: "1.2", channel: "private-a" } as EndpointCall));
    const { url } = start(butFor(isRegular, () => cached.clone() as unknown as Response));
    const args = [
      "auth",
      "check",
      url,
      "--channel",
      "private-a",
      "--channel",
      "private-b",
      ...USER,
      "--json",
    ];
    const { out } = await runCommand(args);
    expect(out).toContain("answer_repeated");
    expect(JSON.parse(out).signatures_verified).toBe(false);
  });

  test("finds the key in place of the secret and a missing shared_secret without knowing the secret", async () => {
    const { url } = start(({ socketId, channel }) =>
      json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`, APP.key)}` }),
    );
    const { out } = await runCommand(["auth", "check", url, "--channel", "private-encrypted-a", "--json"]);
    expect(JSON.parse(out).requests[0].problems.map(({ code }: { code: string }) => code)).toEqual([
      "key_used_as_secret",
      "shared_secret_missing",
      "open_to_everybody",
    ]);
  });

  test("names a socket id that is signed for another user's sign-in", async () => {
    const { url } = start(
      butFor(
        ({ url: { pathname }, socketId }) => pathname.endsWith("/user") && socketId.includes("::"),
        ({ socketId }) =>
          json({ auth: `${APP.key}:${hmac(`${socketId}::user::{"id":"10"}`)}`, user_data: '{"id":"10"}' }),
      ),
    );
    const args = ["--channel", "private-a", "--user-auth", `${url}/user`, ...USER];
    expect((await check(url, args)).codes).toEqual(["socket_id_unchecked"]);
  });

  test("names what is wrong with sign-ins", async () => {
    const { url } = start(
      butFor(
        ({ url: { pathname }, socketId }) => pathname.endsWith("/user") && !socketId.includes("::"),
        ({ socketId }) =>
          json({ auth: `${APP.key}:${hmac(`${socketId}:user:{"id":"10"}`)}`, user_data: '{"id":"10"}' }),
      ),
    );
    const args = ["--channel", "private-a", "--user-auth", `${url}/user`, ...USER];
    expect((await check(url, args)).codes).toEqual(["user_separator_wrong"]);
  });
});

describe("usher auth check --app", () => {
  test("verifies with the local store, and knows the secrets of its other apps", async () => {
    const folder = mkdtempSync(join(tmpdir(), "usher-auth-check-"));
    try {
      const create = (id: string, key: string, secret: string) =>
        runCommand(["apps", "create", "--data-dir", folder, "--id", id, "--key", key, "--secret", secret]);
      await create("3", APP.key, APP.secret);
      await create("4", "other-key", "other-secret-of-some-length");
      const run = async (url: string) => {
        const args = ["auth", "check", url, "--channel", "private-a", ...USER, "--json"];
        const { out, errors } = await runCommand([...args, "--app", "3", "--data-dir", folder]);
        expect(errors).toBe("");
        return JSON.parse(out);
      };
      expect(await run(start(goodAnswer).url)).toMatchObject({ ok: true, signatures_verified: true });
      const mixedUp = start(
        butFor(isRegular, ({ socketId, channel }) =>
          json({ auth: `${APP.key}:${hmac(`${socketId}:${channel}`, "other-secret-of-some-length")}` }),
        ),
      );
      const { ok, requests } = await run(mixedUp.url);
      expect({ ok, problems: requests[0].problems }).toMatchObject({
        ok: false,
        problems: [{ code: "secret_of_another_app" }],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("usher auth check --origin", () => {
  const ARGS = ["--channel", "private-a", "--origin", PAGE, ...USER];
  const withHeaders = (headers: Record<string, string>) => (call: EndpointCall) => {
    const answer = goodAnswer(call);
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  };

  test("names missing headers of CORS, on refusals too", async () => {
    const { url } = start((call) => {
      const answer = goodAnswer(call);
      answer.headers.delete("access-control-allow-origin");
      return answer;
    });
    const { codes, requests } = await check(url, ARGS);
    expect(codes).toEqual(["cors_missing"]);
    expect(requests[1]?.client).toContain("status 0");
  });

  test("names an endpoint that answers no preflight", async () => {
    const { url } = start(
      butFor(
        ({ request }) => request.method === "OPTIONS",
        () => new Response(null, { status: 405 }),
      ),
    );
    expect((await check(url, ARGS)).codes).toEqual(["preflight_failed"]);
  });

  test("names headers that the preflight leaves out; * does not stand for Authorization", async () => {
    const { url } = start((call) => {
      const answer = goodAnswer(call);
      answer.headers.set("access-control-allow-headers", "*");
      return answer;
    });
    expect((await check(url, ARGS)).codes).toEqual([]);
    const { requests } = await check(url, [...ARGS, "--header", "Authorization: Bearer x"]);
    expect(requests[0]?.problems).toMatchObject([{ code: "preflight_headers_missing" }]);
  });

  test("names * with credentials, and credentials for any origin", async () => {
    const credentials = { "access-control-allow-credentials": "true" };
    const wildcard = start(withHeaders({ "access-control-allow-origin": "*", ...credentials }));
    expect((await check(wildcard.url, ARGS)).codes).toEqual(["cors_wildcard_credentials"]);
    const reflecting = start((call) => {
      const origin = call.request.headers.get("origin") ?? "";
      return withHeaders({ "access-control-allow-origin": origin, ...credentials })(call);
    });
    expect((await check(reflecting.url, ARGS)).codes).toEqual(["cors_reflects_any_origin"]);
  });

  test("sends no cookies to another origin, and says so", async () => {
    const { url, requests } = start(goodAnswer);
    const { codes } = await check(url, [...ARGS, "--header", "Cookie: session=1"]);
    expect(codes).toEqual(["cookies_not_sent"]);
    expect(requests.some(({ headers }) => headers.has("cookie"))).toBe(false);
    const same = await check(url, ["--channel", "private-a", ...USER, "--header", "Cookie: session=1"]);
    expect(same.codes).toEqual([]);
    expect(requests.at(-1)?.headers.get("cookie")).toBe("session=1");
  });
});

describe("usher auth check --batch", () => {
  const ARGS = [
    "--channel",
    "private-a",
    "--channel",
    "private-b",
    "--denied",
    "private-user-11",
    "--batch",
    ...USER,
  ];
  const isBatch = ({ form }: EndpointCall) => form.has("channel_name[0]");
  const entries = ({ form, socketId }: EndpointCall, names: readonly string[]) =>
    Object.fromEntries(
      [...form]
        .filter(([name, channel]) => name.startsWith("channel_name[") && names.includes(channel))
        .map(([, channel]) => [channel, { status: 200, data: sdk.authorizeChannel(socketId, channel) }]),
    );

  test("finds nothing wrong with a map by channel", async () => {
    const { url } = start(
      butFor(isBatch, (call) =>
        json({ ...entries(call, ["private-a", "private-b"]), "private-user-11": { status: 403 } }),
      ),
    );
    const { codes, requests } = await check(url, ARGS);
    expect(codes).toEqual([]);
    expect(requests.at(-1)).toMatchObject({ name: "a batch", status: 200 });
  });

  test("names an endpoint without batches, a channel left out, a refused one, and one too many", async () => {
    const without = start(goodAnswer);
    expect((await check(without.url, ARGS)).codes).toContain("batch_not_supported");
    const short = start(butFor(isBatch, (call) => json(entries(call, ["private-a"]))));
    expect((await check(short.url, ARGS)).codes).toEqual(["batch_channel_missing"]);
    const refusing = start(
      butFor(isBatch, (call) => json({ ...entries(call, ["private-a"]), "private-b": { status: 403 } })),
    );
    expect((await check(refusing.url, ARGS)).codes).toEqual(["batch_channel_refused"]);
    const open = start(
      butFor(isBatch, (call) => json(entries(call, ["private-a", "private-b", "private-user-11"]))),
    );
    expect((await check(open.url, ARGS)).codes).toEqual(["denied_allowed"]);
  });
});

describe("usher auth check --jsonp", () => {
  const ARGS = ["--channel", "private-a", "--jsonp", ...USER];
  const HEADERS = {
    "Content-Type": "application/javascript; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    ...NO_STORE,
  };
  /** An endpoint that answers pages of its own site. */
  const script = (make: (callback: string, call: EndpointCall) => Response) =>
    butFor(
      ({ request }) => request.method === "GET",
      (call) => {
        const callback = call.form.get("callback") ?? "";
        const isOwn = call.request.headers.get("referer")?.startsWith(call.url.origin) ?? false;
        return isOwn ? make(callback, call) : new Response(null, { status: 403 });
      },
    );
  const isName = (callback: string) => /^[\w.]+(?:\['\d+'\])?$/.test(callback);
  const call = (callback: string, answer: object) => `/**/${callback}(${JSON.stringify(answer)});`;
  const refused = () => new Response(null, { status: 400 });

  test("finds nothing wrong with a script as it should be", async () => {
    const { url } = start(
      script((callback, asked) =>
        isName(callback) ? new Response(call(callback, signed(asked)), { headers: HEADERS }) : refused(),
      ),
    );
    const { codes, requests } = await check(url, ARGS);
    expect(codes).toEqual([]);
    expect(requests.filter(({ name }) => /JSONP|callback/.test(name))).toHaveLength(3);
  });

  test("names the wrong type, a missing nosniff, a script that a cache may keep", async () => {
    const { url } = start(
      script((callback, asked) => (isName(callback) ? html(call(callback, signed(asked))) : refused())),
    );
    expect((await check(url, ARGS)).codes).toEqual(["jsonp_content_type", "jsonp_no_nosniff"]);
    const cached = start(
      script((callback, asked) =>
        isName(callback)
          ? new Response(call(callback, signed(asked)), {
              headers: { ...HEADERS, "Cache-Control": "private" },
            })
          : refused(),
      ),
    );
    expect((await check(cached.url, ARGS)).codes).toEqual(["answer_cacheable"]);
  });

  test("names a callback that is repeated as it came, and one that is not called", async () => {
    const reflecting = start(
      script((callback, asked) => new Response(call(callback, signed(asked)), { headers: HEADERS })),
    );
    expect((await check(reflecting.url, ARGS)).codes).toEqual(["jsonp_callback_reflected"]);
    const stripping = start(
      script((callback, asked) => {
        const name = callback.replace(/[^\w.]/g, "");
        return new Response(call(name, signed(asked)), { headers: HEADERS });
      }),
    );
    const { codes, requests } = await check(stripping.url, ARGS);
    expect(codes).toEqual(["jsonp_not_called"]);
    expect(requests.find(({ name }) => name.includes("JSONP"))?.client).toContain("pending");
  });

  test("warns of an endpoint that answers scripts of any site", async () => {
    const { url } = start(
      butFor(
        ({ request }) => request.method === "GET",
        (asked) => {
          const callback = asked.form.get("callback") ?? "";
          return isName(callback)
            ? new Response(call(callback, signed(asked)), { headers: HEADERS })
            : refused();
        },
      ),
    );
    const { exitCode, codes } = await check(url, ARGS);
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: ["jsonp_any_site"] });
  });
});

describe("usher auth check, for people", () => {
  test("prints what fails, what a client does with it, and the fix; never a secret or a signature", async () => {
    const { url } = start(({ socketId, channel }) =>
      json({ auth: `${APP.key}:${hmac(`${channel}:${socketId}`)}\u001b[2J` }),
    );
    const { exitCode, out } = await runCommand([
      "auth",
      "check",
      url,
      "--channel",
      "private-a",
      ...CREDENTIALS,
    ]);
    expect(exitCode).toBe(1);
    expect(out).toContain("FAIL  private-a  POST 200\n      pusher-js subscribes with this answer\n");
    expect(out).toContain("        Fix: ");
    expect(out).not.toContain(APP.secret);
    expect(out).not.toContain("\u001b");
    expect(out).not.toMatch(/[0-9a-f]{64}/);
  });

  test.each([
    [["file:///etc/passwd", "--channel", "private-a"], "not the address of an endpoint"],
    [["http://u:p@localhost/auth", "--channel", "private-a"], "not the address of an endpoint"],
    [["http://localhost/auth?a=b", "--channel", "private-a"], "not the address of an endpoint"],
    [["http://localhost/auth"], "--channel"],
    [["http://localhost/auth", "--channel", "orders"], "public channel"],
    [["http://localhost/auth", "--channel", "private-a", "--header", "nonsense"], "not a header"],
    [["http://localhost/auth", "--channel", "private-a", "--header", "A: b\r\nC: d"], "not a header"],
    [["http://localhost/auth", "--channel", "private-a", "--param", "nonsense"], "not a parameter"],
    [["http://localhost/auth", "--channel", "private-a", "--origin", "page.example"], "not an origin"],
    [["http://localhost/auth", "--channel", "private-a", "--timeout", "0"], "seconds"],
  ])("refuses %j as a wrong command line", async (args, words) => {
    const { exitCode, out, errors } = await runCommand(["auth", "check", ...args]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(errors).toContain(words);
  });
});
