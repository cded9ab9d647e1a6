import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeServer, type ReceivedRequest, startFakeServer } from "../fake-server.ts";
import { runCommand } from "../test-cli.ts";

let server: FakeServer | undefined;
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "usher-cli-"));
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(dataDir, { recursive: true });
});

/** An admin API that answers as a table says: by `METHOD /path` below its base path. */
function start(answers: Readonly<Record<string, unknown>>): FakeServer {
  server = startFakeServer({
    http: (request) => {
      const answer = answers[nameOf(request)];
      if (answer instanceof Response) return answer.clone();
      if (answer === undefined) return refusal(404, "route_not_found", "there is no such route");
      return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
    },
  });
  return server;
}

function nameOf({ method, url }: ReceivedRequest): string {
  return `${method} ${decodeURIComponent(url.pathname.replace(/^.*\/admin\/v1/, ""))}`;
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message, hint: "a hint of the API" } }, { status });
}

const APP = {
  id: "1",
  name: "Chat",
  enabled: true,
  created_at: "2026-01-01T00:00:00.000Z",
  settings: {},
  keys: [{ key: "k", secrets: [] }],
  live: null,
};

function asked(fake: FakeServer): string[] {
  return fake.requests.map(nameOf);
}

/** A secret as the status has it, used a minute ago by one client. */
function secret(state: string, fingerprint: string, isUsed = true) {
  const usedAt = new Date(Date.now() - 60_000).toISOString();
  return {
    id: `sec_${fingerprint}`,
    state,
    fingerprint,
    created_at: "2026-01-01T00:00:00.000Z",
    activated_at: state === "pending" ? null : "2026-01-01T00:00:00.000Z",
    retire_at: state === "retiring" ? new Date(Date.now() + 7_200_000 + 500).toISOString() : null,
    revoked_at: null,
    use: {
      last_used_at: isUsed ? usedAt : null,
      count_24h: isUsed ? 1_204 : 0,
      clients: isUsed
        ? [
            {
              client: "pusher-http-node 5.3.4",
              address: "10.0.0.7",
              kind: "http_api",
              count_24h: 1_204,
              last_used_at: usedAt,
            },
          ]
        : [],
    },
    held: { connections: 2, subscriptions: 3, sign_ins: 1 },
    safe_to_revoke: verdict(!isUsed, isUsed ? "still_used" : "unused"),
  };
}

function verdict(safe: boolean, code: string) {
  return { safe, reasons: [{ code, message: `it is ${code}` }] };
}

function status(secrets: readonly ReturnType<typeof secret>[], activation = verdict(true, "pending_used")) {
  return {
    app_id: "1",
    key: "k",
    secrets,
    safe_to_activate: activation,
    next_steps: ["activate", "cancel", "revoke"],
    applied: { nodes: 2, of: 3 },
  };
}

describe("the way to the admin API", () => {
  const LIST = { items: [APP], next_cursor: null };

  test("leads to --url with --token, which goes there alone and not into the address", async () => {
    const fake = start({ "GET /apps": LIST });
    const { exitCode, out } = await runCommand([
      "apps",
      "list",
      "--json",
      "--url",
      `${fake.url}/rt/`,
      "--token",
      "usher_t",
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual([{ id: "1", name: "Chat", enabled: true, keys: ["k"] }]);
    const [request] = fake.requests;
    expect(request?.url.pathname).toBe("/rt/admin/v1/apps");
    expect(request?.headers.get("authorization")).toBe("Bearer usher_t");
    expect(String(request?.url)).not.toContain("usher_t");
  });

  test("takes both from the environment, and a flag counts for more", async () => {
    const fake = start({ "GET /apps": LIST });
    const env = { USHER_URL: "http://127.0.0.1:9", USHER_TOKEN: "usher_env" };
    await runCommand(["apps", "list", "--url", fake.url], { env });
    expect(fake.requests[0]?.headers.get("authorization")).toBe("Bearer usher_env");
  });

  test("ends with 77 for an address without a token, and asks nobody", async () => {
    const fake = start({ "GET /apps": LIST });
    const { exitCode, errors } = await runCommand(["apps", "list", "--url", fake.url, "--data-dir", dataDir]);
    expect(exitCode).toBe(77);
    expect(errors).toContain("asks who you are");
    expect(fake.requests).toEqual([]);
  });

  test.each([
    ["http://usher.example.com", true],
    ["http://127.0.0.1.example.com", true],
    ["https://usher.example.com", false],
    ["http://localhost:1", false],
  ])("with a token for %s, a warning that it can be read on the way: %p", async (url, isWarned) => {
    const original = globalThis.fetch;
    globalThis.fetch = Object.assign(async () => Response.json(LIST), original);
    try {
      const { errors } = await runCommand(["apps", "list", "--url", url, "--token", "usher_t"]);
      expect(errors.includes("unencrypted")).toBe(isWarned);
    } finally {
      globalThis.fetch = original;
    }
  });

  test("follows no redirect with the token", async () => {
    const elsewhere = startFakeServer({});
    const fake = start({ "GET /apps": Response.redirect(`${elsewhere.url}/admin/v1/apps`, 307) });
    const { exitCode } = await runCommand(["apps", "list", "--url", fake.url, "--token", "usher_t"]);
    expect(exitCode).toBe(69);
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.stop();
  });

  test("leads to the server of the data folder, with the token that lies there", async () => {
    const fake = start({ "GET /apps": LIST });
    leaveLocalAccess(fake.url);
    for (const args of [[], ["--url", fake.url.replace("127.0.0.1", "localhost")]]) {
      const { exitCode } = await runCommand(["apps", "list", "--data-dir", dataDir, ...args]);
      expect(exitCode).toBe(0);
    }
    expect(fake.requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer usher_local_x",
      "Bearer usher_local_x",
    ]);
  });

  test("leads to the store itself when the server of the data folder was killed", async () => {
    const fake = start({});
    await fake.stop();
    // Its number went to another process, here our own.
    leaveLocalAccess(fake.url);
    const { exitCode } = await runCommand(["apps", "create", "--id", "9", "--data-dir", dataDir]);
    expect(exitCode).toBe(0);
    const { out } = await runCommand(["apps", "list", "--json", "--data-dir", dataDir]);
    expect(JSON.parse(out)).toMatchObject([{ id: "9" }]);
  });

  test.each([
    [401, "token_invalid", 77, "usher tokens create"],
    [403, "role_too_low", 77, "a hint of the API"],
    [404, "app_not_found", 1, "usher apps list"],
    [409, "rotation_in_progress", 1, "usher secrets cancel"],
    [429, "too_many_attempts", 1, "a hint of the API"],
    [500, "internal_error", 70, "a hint of the API"],
    [503, "server_not_running", 69, "usher serve"],
  ])("ends at a refusal with %d %s with exit code %d", async (httpStatus, code, expected, hint) => {
    const fake = start({ "GET /apps/1": refusal(httpStatus, code, "the API's words") });
    const { exitCode, out, errors } = await runCommand(["apps", "show", "1", "--json", ...to(fake)]);
    expect({ exitCode, out }).toEqual({ exitCode: expected, out: "" });
    expect(JSON.parse(errors.trim().split("\n").at(-1) ?? "").error).toEqual({
      code,
      message: "the API's words",
      hint: expect.stringContaining(hint),
    });
  });

  test.each([
    ["a page", new Response("<html>", { status: 404 })],
    ["a page that seems fine", new Response("<html>")],
  ])("says so when %s answers there", async (_, answer) => {
    const fake = start({ "GET /apps": answer });
    const { exitCode, errors } = await runCommand(["apps", "list", ...to(fake)]);
    expect(exitCode).toBe(69);
    expect(errors).toContain("there is no admin API");
  });

  test("tells of a request that the server did not even read, for its size", async () => {
    const fake = startFakeServer({ http: () => new Response(null, { status: 413 }) });
    const { exitCode, errors } = await runCommand(["apps", "list", ...to(fake)]);
    await fake.stop();
    expect(exitCode).toBe(1);
    expect(errors).toContain("more than the server takes at once");
  });

  test("ends with 69 when nobody is there", async () => {
    const fake = start({});
    await fake.stop();
    const { exitCode, errors } = await runCommand(["apps", "list", ...to(fake)]);
    expect(exitCode).toBe(69);
    expect(errors).toContain("cannot be reached");
  });

  test("reads a list to its end", async () => {
    const pages = [
      { items: [APP], next_cursor: "a b" },
      { items: [{ ...APP, id: "2" }], next_cursor: null },
    ];
    server = startFakeServer({
      http: ({ url }) => Response.json(pages[url.searchParams.get("cursor") === "a b" ? 1 : 0]),
    });
    const { out } = await runCommand(["apps", "list", "--json", ...to(server)]);
    expect(JSON.parse(out).map(({ id }: { id: string }) => id)).toEqual(["1", "2"]);
  });

  function leaveLocalAccess(url: string): void {
    const access = { url, token: "usher_local_x", pid: process.pid };
    writeFileSync(join(dataDir, "local.json"), JSON.stringify(access));
  }
});

function to(fake: FakeServer): string[] {
  return ["--url", fake.url, "--token", "usher_t"];
}

describe("which app and which key", () => {
  test("are found out where there is one of each", async () => {
    const fake = start({
      "GET /apps": { items: [APP], next_cursor: null },
      "GET /apps/1": APP,
      "POST /apps/1/keys/k/secrets/cancel": status([secret("current", "aaa")]),
    });
    const { exitCode } = await runCommand(["secrets", "cancel", ...to(fake)]);
    expect(exitCode).toBe(0);
    expect(asked(fake)).toEqual(["GET /apps", "GET /apps/1", "POST /apps/1/keys/k/secrets/cancel"]);
  });

  test("are not asked for when both are given, with any characters in them", async () => {
    const fake = start({ "POST /apps/a+b/keys/k~1/secrets/cancel": status([secret("current", "aaa")]) });
    const { exitCode } = await runCommand(["secrets", "cancel", "--app", "a+b", "--key", "k~1", ...to(fake)]);
    expect(exitCode).toBe(0);
    expect(fake.requests[0]?.url.pathname).toBe("/admin/v1/apps/a%2Bb/keys/k~1/secrets/cancel");
  });

  test("have to be chosen where there are several", async () => {
    const keys = [
      { key: "one", secrets: [] },
      { key: "two", secrets: [] },
    ];
    const fake = start({
      "GET /apps": { items: [APP, { ...APP, id: "2" }], next_cursor: null },
      "GET /apps/1": { ...APP, keys },
    });
    const noApp = await runCommand(["secrets", "cancel", ...to(fake)]);
    expect(noApp.exitCode).toBe(2);
    expect(noApp.errors).toContain("there are several apps");
    const noKey = await runCommand(["secrets", "cancel", "--app", "1", ...to(fake)]);
    expect(noKey.exitCode).toBe(2);
    expect(noKey.errors).toContain("Choose one with --key: one, two.");
  });
});

describe("questions", () => {
  const KEY = ["--app", "1", "--key", "k"];
  const IN_USE = verdict(false, "still_used");
  const BOTH = [secret("current", "aaa"), secret("pending", "bbb")];
  const ANSWERS = {
    "GET /apps/1": APP,
    "DELETE /apps/1": null,
    "DELETE /apps/1/keys/k": APP,
    "DELETE /operators/op": null,
    "DELETE /tokens/tok": null,
    "GET /apps/1/keys/k/secrets": status(BOTH, IN_USE),
    "POST /apps/1/keys/k/secrets/activate": status(BOTH),
    "POST /apps/1/keys/k/secrets/revoke": {
      ...status(BOTH),
      ended: { connections: 2, subscriptions: 3, sign_ins: 1, within_seconds: 1 },
    },
    "POST /apps/1/grants/revoke": {
      ended: { connections: 0, subscriptions: 0, sign_ins: 0, within_seconds: 0 },
    },
  };

  test.each([
    [["apps", "delete", "1"], "Delete app 1 (Chat) for good?"],
    [["keys", "remove", "--app", "1", "--key", "k"], "Take key k from app 1?"],
    [["operators", "remove", "op"], "Remove the operator op?"],
    [["tokens", "revoke", "tok"], "Revoke the token tok?"],
    [["secrets", "activate", ...KEY], "Revoke the old secret at once? It is still_used."],
    [
      ["secrets", "revoke", ...KEY, "--current"],
      "Revoke the current secret aaa now? 2 connections will end.",
    ],
    [["secrets", "revoke", ...KEY, "--id", "bbb"], "Revoke the pending secret bbb now?"],
    [["grants", "revoke", "--app", "1", "--channel", "private-a"], "grants of everybody on private-a?"],
    [["grants", "revoke", "--app", "1", "--not-before"], "grants of everybody in the whole app 1?"],
  ])("%j asks first: on a terminal the person, and elsewhere for --yes", async (args, words) => {
    const questions: string[] = [];
    const run = (answer?: boolean, ...more: readonly string[]) => {
      const ask = (question: string) => questions.push(question) > 0 && answer === true;
      return runCommand([...args, ...more, ...to(fake)], answer === undefined ? {} : { answer: ask });
    };
    const fake = start(ANSWERS);
    const changes = () => fake.requests.filter(({ method }) => method !== "GET").length;

    const nobody = await run();
    expect({ exitCode: nobody.exitCode, changes: changes() }).toEqual({ exitCode: 2, changes: 0 });
    expect(nobody.errors).toContain("Give --yes");
    const no = await run(false);
    expect({ exitCode: no.exitCode, changes: changes() }).toEqual({ exitCode: 1, changes: 0 });
    expect(no.errors).toContain("nothing was changed");
    const yes = await run(true);
    expect({ exitCode: yes.exitCode, changes: changes() }).toEqual({ exitCode: 0, changes: 1 });
    expect(questions).toEqual([expect.stringContaining(words), expect.stringContaining(words)]);
    expect((await run(undefined, "--yes")).exitCode).toBe(0);
  });

  test.each([
    [["secrets", "activate", ...KEY, "--retire-for", "24h"], { retire_for_seconds: 86_400 }],
    [["grants", "revoke", "--app", "1", "--user", "42", "--channel", "c"], { user_id: "42", channel: "c" }],
    [
      ["grants", "revoke", "--app", "1", "--user", "42", "--ban", "30m", "--reason", "abuse"],
      { user_id: "42", ban_seconds: 1_800, reason: "abuse" },
    ],
    [["grants", "revoke", "--app", "1", "--socket", "1.2"], { socket_id: "1.2" }],
  ])("%j asks nobody", async (args, body) => {
    const fake = start(ANSWERS);
    const { exitCode } = await runCommand([...args, ...to(fake)]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(fake.requests.at(-1)?.body ?? "")).toEqual(body);
  });

  test("activating at once asks nobody when the old secret is out of use", async () => {
    const fake = start({ ...ANSWERS, "GET /apps/1/keys/k/secrets": status(BOTH) });
    const { exitCode } = await runCommand(["secrets", "activate", ...KEY, ...to(fake)]);
    expect(exitCode).toBe(0);
    expect(fake.requests[0]?.url.searchParams.get("retire_for_seconds")).toBe("0");
  });

  test.each([
    [["secrets", "revoke", ...KEY, "--yes"], "it is not said which secret"],
    [["secrets", "revoke", ...KEY, "--pending", "--current", "--yes"], "several secrets are named"],
    [["grants", "revoke", "--app", "1", "--yes"], "it is not said whose grants"],
    [["grants", "revoke", "--app", "1", "--user", "1", "--ban", "0"], "usher grants lift"],
    [["secrets", "activate", ...KEY, "--retire-for", "1 day"], "duration such as"],
    [["apps", "update", "1"], "nothing to change"],
  ])("%j is a wrong command line", async (args, words) => {
    const fake = start(ANSWERS);
    const { exitCode, errors } = await runCommand([...args, ...to(fake)]);
    expect({ exitCode, requests: fake.requests }).toEqual({ exitCode: 2, requests: [] });
    expect(errors).toContain(words);
  });

  test("revoking a secret that is not there says so before it asks", async () => {
    const fake = start(ANSWERS);
    const { exitCode, errors } = await runCommand(["secrets", "revoke", ...KEY, "--retiring", ...to(fake)]);
    expect(exitCode).toBe(1);
    expect(errors).toContain("the key has no retiring secret");
  });
});

describe("usher secrets status", () => {
  const PATH = "GET /apps/1/keys/k/secrets";
  const KEY = ["--app", "1", "--key", "k"];

  test("is a picture for people: states, uses, holders, verdicts", async () => {
    const fake = start({
      [PATH]: status([secret("retiring", "aaa"), secret("current", "bbb"), secret("pending", "ccc", false)]),
    });
    const { out, exitCode } = await runCommand(["secrets", "status", ...KEY, ...to(fake)]);
    expect(exitCode).toBe(0);
    expect(out).toBe(`app 1, key k (in effect on 2 of 3 servers)

current bbb, since ${out.match(/since (.*)/)?.[1]}
  used   60 seconds ago; 1,204 times in 24 hours
  by     pusher-http-node 5.3.4 from 10.0.0.7, HTTP API: 1,204 times, last 60 seconds ago
  holds  3 subscriptions, 1 sign-in
  not safe to revoke: it is still_used

pending ccc, made ${out.match(/made (.*)/)?.[1]}
  used   never
  holds  3 subscriptions, 1 sign-in
  safe to revoke: it is unused

retiring aaa, revoked in 2 hours
  used   60 seconds ago; 1,204 times in 24 hours
  by     pusher-http-node 5.3.4 from 10.0.0.7, HTTP API: 1,204 times, last 60 seconds ago
  holds  3 subscriptions, 1 sign-in
  not safe to revoke: it is still_used

safe to activate: it is pending_used

next: usher secrets activate, usher secrets cancel, usher secrets revoke
`);
  });

  test("--json is the API's own object", async () => {
    const answer = status([secret("current", "aaa")]);
    const fake = start({ [PATH]: answer });
    const { out } = await runCommand(["secrets", "status", ...KEY, "--json", ...to(fake)]);
    expect(JSON.parse(out)).toEqual(answer);
  });

  /** Answers one status after another, the last one for ever. */
  function startSeries(...answers: readonly unknown[]): FakeServer {
    let asks = 0;
    server = startFakeServer({ http: () => Response.json(answers[Math.min(asks++, answers.length - 1)]) });
    return server;
  }

  const ROTATING = [secret("current", "aaa"), secret("pending", "bbb")];
  const WAITING = status(ROTATING, verdict(false, "pending_unused"));

  test("--watch says when the verdict changes, and ends by itself when it is green", async () => {
    const fake = startSeries(WAITING, WAITING, status(ROTATING));
    const { exitCode, out } = await runCommand([
      "secrets",
      "status",
      ...KEY,
      "--watch",
      "--json",
      ...to(fake),
    ]);
    expect(exitCode).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).safe_to_activate.safe);
    expect(lines).toEqual([false, true]);
    expect(fake.requests).toHaveLength(3);
  });

  test("--watch waits for the retiring secret to fall out of use once there is no pending one", async () => {
    const current = secret("current", "bbb");
    const fake = startSeries(
      status([secret("retiring", "aaa"), current]),
      status([secret("retiring", "aaa", false), current]),
    );
    const { exitCode } = await runCommand(["secrets", "status", ...KEY, "--watch", ...to(fake)]);
    expect({ exitCode, asks: fake.requests.length }).toEqual({ exitCode: 0, asks: 2 });
  });

  test("--watch ended by Ctrl-C, or by its time limit, ends with 1, so that no script goes on", async () => {
    const fake = startSeries(WAITING);
    const watch = ["secrets", "status", ...KEY, "--watch", ...to(fake)];
    const interrupted = await runCommand(watch, { interrupted: Promise.resolve() });
    expect(interrupted.exitCode).toBe(1);
    expect(interrupted.errors).toContain("ended before it was safe to activate");
    expect((await runCommand([...watch, "--timeout", "1"])).exitCode).toBe(1);
  });
});

describe("what is printed", () => {
  const KEY = ["--app", "1", "--key", "k"];

  test("a new secret, with the word that it is shown once, or as `secret` in the API's object", async () => {
    const answer = { ...status([secret("current", "aaa"), secret("pending", "bbb")]), secret: "new-secret" };
    const fake = start({ "POST /apps/1/keys/k/secrets/rotate": answer });
    const text = await runCommand(["secrets", "rotate", ...KEY, ...to(fake)]);
    expect(text.out).toMatch(/^secret +new-secret {3}\(shown this once\)\nfingerprint +bbb\n/);
    const json = await runCommand(["secrets", "rotate", ...KEY, "--json", ...to(fake)]);
    expect(JSON.parse(json.out)).toEqual(answer);
  });

  test("a secret is read from standard input, so that no process list shows it", async () => {
    const answer = { ...status([secret("pending", "bbb")]), secret: "given" };
    const fake = start({ "POST /apps/1/keys/k/secrets/rotate": answer });
    await runCommand(["secrets", "rotate", ...KEY, "--secret", "-", ...to(fake)], {
      input: "a-secret-of-my-own\n",
    });
    expect(fake.requests[0]?.body).toBe('{"secret":"a-secret-of-my-own"}');
  });

  test("what revoking ended", async () => {
    const ended = { connections: 1_204, subscriptions: 3_000, sign_ins: 1, within_seconds: 7 };
    const fake = start({
      "GET /apps/1/keys/k/secrets": status([secret("current", "aaa")]),
      "POST /apps/1/keys/k/secrets/revoke": {
        ...status([secret("current", "bbb")]),
        ended,
        secret: "made-now",
      },
    });
    const { out } = await runCommand(["secrets", "revoke", ...KEY, "--current", "--yes", ...to(fake)]);
    expect(out).toContain(
      "ended 3,000 subscriptions and 1 sign-in at once, 1,204 connections within 7 seconds",
    );
    expect(out).toContain("made-now   (the new current one, shown this once)");
    // Not `which: "current"`: that could be another one by now.
    const { id } = secret("current", "aaa");
    expect(JSON.parse(fake.requests.at(-1)?.body ?? "")).toEqual({ secret_id: id, end_connections: true });
  });

  test("a new link for somebody who is there already", async () => {
    const link = { url: "http://usher.test/dashboard/invitation#token=t", token: "t", expires_at: "2026" };
    const fake = start({ "POST /operators/op/invitation": { operator: { id: "op" }, link } });
    const { out } = await runCommand(["operators", "link", "op", ...to(fake)]);
    expect(out).toStartWith(`${link.url}\nPass it on in private`);
  });

  test("revealing asks for the very secret", async () => {
    const fake = start({
      "GET /apps/1/keys/k/secrets": status([secret("current", "aaa"), secret("pending", "bbb")]),
      "POST /apps/1/keys/k/secrets/sec_bbb/reveal": { secret_id: "sec_bbb", secret: "the value" },
    });
    const { out } = await runCommand(["secrets", "reveal", ...KEY, "--pending", ...to(fake)]);
    expect(out).toBe("the value\n");
  });

  test("whether an endpoint took a test event, and the exit code says so, too", async () => {
    const path = "POST /apps/1/webhooks/wh/test";
    const test = ["webhooks", "test", "wh", "--app", "1"];
    const taken = start({ [path]: { status: 200, error: null, response: "fine\n", duration_ms: 41 } });
    const well = await runCommand([...test, ...to(taken)]);
    expect(well).toMatchObject({ exitCode: 0, out: "taken: status 200 after 41 ms\nfine\\n\n" });
    await taken.stop();
    const failing = start({ [path]: { status: null, error: "refused", response: null, duration_ms: 2 } });
    const badly = await runCommand([...test, ...to(failing)]);
    expect(badly).toMatchObject({ exitCode: 1, out: "not taken (refused): no answer after 2 ms\n" });
  });

  test("names from outside lose what a terminal would obey", async () => {
    const entry = {
      id: "1",
      at: "2026-01-01T00:00:00.000Z",
      actor: { kind: "token", id: "tok", name: "evil\u001b[2J", address: "10.0.0.1" },
      action: "secret.rotate",
      app_id: "1",
      target: "k",
      details: {},
    };
    const fake = start({ "GET /audit": { items: [entry], next_cursor: "1" } });
    const { out } = await runCommand(["audit", "--app", "1", "--limit", "1", ...to(fake)]);
    expect(out).toContain("token evil\\u{1b}[2J  10.0.0.1  secret.rotate");
    expect(fake.requests).toHaveLength(1);
    expect(fake.requests[0]?.url.search).toBe("?app_id=1&limit=1");
  });
});
