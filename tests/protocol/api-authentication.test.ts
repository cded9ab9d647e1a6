import { expect, test } from "bun:test";
import type { ApiRequest, ApiResponse } from "../support/api.ts";
import { md5Hex } from "../support/sign.ts";
import { describeServer, fresh, type Target } from "../support/target.ts";

/** Sends within one second of the clock, so that an age of 599 s is no 600 s by the time it arrives. */
async function sendAged(target: Target, ageSeconds: number): Promise<ApiResponse> {
  for (;;) {
    const now = Math.floor(Date.now() / 1000);
    const response = await target.api.send({
      path: "/channels",
      auth: { auth_timestamp: String(now - ageSeconds) },
    });
    if (Math.floor(Date.now() / 1000) === now) return response;
  }
}

async function expectUnauthorized(target: Target, request: ApiRequest, text: RegExp): Promise<void> {
  const response = await target.api.send(request);
  expect({ status: response.status, text: response.text }).toEqual({
    status: 401,
    text: expect.stringMatching(text),
  });
}

describeServer("HTTP API: authentication", {}, (target) => {
  test.each([
    ["auth_key is missing", { auth_key: null }, /^Missing parameter: auth_key/],
    ["auth_key is unknown", { auth_key: "nosuchkey" }, /^Unknown auth_key/],
    ["auth_key is empty", { auth_key: "" }, /^Unknown auth_key/],
    ["auth_version is missing", { auth_version: null }, /^Version required/],
    ["auth_version is not 1.0", { auth_version: "1.1" }, /^Version not supported/],
    ["auth_version is 1", { auth_version: "1" }, /^Version not supported/],
    ["auth_timestamp is missing", { auth_timestamp: null }, /^Timestamp required/],
    ["auth_timestamp is text", { auth_timestamp: "yesterday" }, /^Timestamp expired/],
    ["auth_timestamp is empty", { auth_timestamp: "" }, /^Timestamp (required|expired)/],
    ["auth_timestamp is in milliseconds", { auth_timestamp: String(Date.now()) }, /^Timestamp expired/],
    ["auth_signature is missing", { auth_signature: null }, /auth_signature/],
    ["auth_signature is empty", { auth_signature: "" }, /^Invalid signature/],
    ["auth_signature is wrong", { auth_signature: "0".repeat(64) }, /^Invalid signature/],
  ])("answers 401 when %s", async (_what, auth, text) => {
    await expectUnauthorized(target, { path: "/channels", auth }, text);
  });

  test("the checks come in the order of the reference verifier", async () => {
    const nothing = { auth_key: null, auth_version: null, auth_timestamp: null, auth_signature: null };
    const path = "/channels";
    const stale = { auth_timestamp: "1353088179", auth_signature: "0".repeat(64) };
    const { app } = target;
    await expectUnauthorized(target, { path, auth: nothing }, /auth_key/);
    await expectUnauthorized(
      target,
      { path, auth: { ...nothing, auth_key: "nosuchkey" } },
      /^Unknown auth_key/,
    );
    await expectUnauthorized(target, { path, auth: { ...nothing, auth_key: app.key } }, /^Version required/);
    await expectUnauthorized(
      target,
      { path, auth: { ...stale, auth_version: "2.0" } },
      /^Version not supported/,
    );
    await expectUnauthorized(target, { path, auth: stale }, /^Timestamp expired/);
  });

  test("a wrong signature is answered with the text that should have been signed, and without the secret", async () => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const auth = { auth_signature: "0".repeat(64), auth_timestamp: timestamp };
    const { text } = await target.api.send({ path: "/channels", query: [["info", "user_count"]], auth });
    const canonical = `GET\n/apps/${target.app.id}/channels\nauth_key=${target.app.key}&auth_timestamp=${timestamp}&auth_version=1.0&info=user_count`;
    expect(text).toContain(`HmacSHA256Hex("${canonical}", your_secret_key)`);
    expect(text).toContain(`you sent "${"0".repeat(64)}"`);
    expect(text).not.toContain(target.app.secret);
  });

  test("scenario 25: a request is accepted at 599 s of age and refused at 600 s", async () => {
    expect((await sendAged(target, 599)).status).toBe(200);
    const response = await sendAged(target, 600);
    expect(response.status).toBe(401);
    expect(response.text).toMatch(
      /^Timestamp expired: Given timestamp \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\) not within 600s of server time \(\d{4}-/,
    );
  });

  test("scenario 25: a request from a clock that is ahead is accepted at 599 s and refused at 600 s", async () => {
    expect((await sendAged(target, -599)).status).toBe(200);
    expect((await sendAged(target, -600)).status).toBe(401);
  });

  const spoilt: readonly (readonly [string, (good: string) => string])[] = [
    ["in upper-case hex", (good) => good.toUpperCase()],
    ["cut short", (good) => good.slice(0, 63)],
    ["with a digit behind it", (good) => `${good}0`],
    ["wrong in its last digit", (good) => good.slice(0, 63) + (good.endsWith("0") ? "1" : "0")],
  ];

  test.each(spoilt)("a signature %s is refused", async (_how, spoil) => {
    const good = /auth_signature=(\w+)/;
    const signed = target.api.target({ path: "/channels" });
    const signature = good.exec(signed)?.[1] ?? "";
    const response = await fetch(target.httpUrl + signed.replace(good, `auth_signature=${spoil(signature)}`));
    expect(response.status).toBe(401);
    expect((await fetch(target.httpUrl + signed)).status).toBe(200);
  });

  test("a signature covers the path, the query and the body", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const good = { name: "e", data: "1", channels: [channel] };
    const request: ApiRequest = { path: "/events", body: good };
    for (const stolen of [
      { ...request, signedPath: "/batch_events" },
      { ...request, query: [["info", "user_count"]], signedQuery: [] },
      { ...request, auth: { body_md5: md5Hex("another body") } },
      { ...request, app: { ...target.app, secret: "guess" } },
    ] satisfies ApiRequest[]) {
      expect((await target.api.send(stolen)).status).toBe(401);
    }
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("a signature covers the method", async () => {
    const target_ = target.api.target({ method: "GET", path: "/events" });
    const response = await fetch(target.httpUrl + target_, { method: "POST" });
    expect(response.status).toBe(401);
  });

  test("a body without body_md5 is refused", async () => {
    const body = { name: "e", data: "1", channels: [fresh("c-")] };
    await expectUnauthorized(target, { path: "/events", body, auth: { body_md5: null } }, /body_md5/);
  });

  test("a body_md5 that is not the body's is refused although it is signed", async () => {
    const body = { name: "e", data: "1", channels: [fresh("c-")] };
    for (const body_md5 of [md5Hex(""), md5Hex("x"), "", md5Hex(JSON.stringify(body)).toUpperCase()]) {
      await expectUnauthorized(target, { path: "/events", body, auth: { body_md5 } }, /body_md5/);
    }
  });

  test("a body on a GET is checked as well", async () => {
    const response = await target.api.send({ path: "/channels", auth: { body_md5: md5Hex("x") } });
    expect(response.status).toBe(401);
  });

  test("nothing is told about an app to who cannot sign", async () => {
    const auth = { auth_signature: "0".repeat(64) };
    for (const path of ["/channels/c", "/channels/presence-c/users", "/channels/c/stats"]) {
      expect((await target.api.send({ path, auth })).status).toBe(401);
    }
    for (const path of ["/events", "/batch_events", "/users/1/terminate_connections"]) {
      expect((await target.api.send({ path, body: "not even JSON", auth })).status).toBe(401);
    }
  });
});

describeServer(
  "a window of its own",
  { env: { USHER_HTTP_TIME_WINDOW_SECONDS: "30" }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("a request is accepted within the window and refused outside of it", async () => {
      expect((await sendAged(target, 29)).status).toBe(200);
      const response = await sendAged(target, 30);
      expect(response.status).toBe(401);
      expect(response.text).toContain("not within 30s");
    });
  },
);
