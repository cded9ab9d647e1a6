import { describe, expect, test } from "bun:test";
import { RequestError } from "./request-error.ts";

const URL_WITH_SIGNATURE = "http://127.0.0.1:6001/apps/3/events?auth_key=k&auth_signature=abcdef&body_md5=m";

function refused(status: number, body: string): RequestError {
  return new RequestError({ url: URL_WITH_SIGNATURE, status, body, mayHaveBeenDelivered: status >= 500 });
}

describe("an answer", () => {
  test("has the official library's fields, and its message begins the same", () => {
    const error = refused(404, "404 NOT FOUND\n");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "PusherRequestError",
      message: "Unexpected status code 404: 404 NOT FOUND",
      status: 404,
      body: "404 NOT FOUND\n",
      error: undefined,
      code: undefined,
      hint: undefined,
    });
  });

  test("of Usher gives its code and its hint, whatever the message is made of", () => {
    const text = 'Invalid signature: HmacSHA256Hex("POST\n/apps/3/events\nauth_key=k", your_secret_key)';
    expect(refused(401, `${text}\nhttp_auth_signature_mismatch: Check the secret.\n`)).toMatchObject({
      message: `Unexpected status code 401: ${text.replaceAll("\n", "\\n")}`,
      code: "http_auth_signature_mismatch",
      hint: "Check the secret.",
    });
  });

  test("in JSON gives them too", () => {
    const body = JSON.stringify({ error: { code: "app_disabled", message: "Disabled", hint: "Enable it." } });
    expect(refused(403, body)).toMatchObject({
      message: "Unexpected status code 403: Disabled",
      code: "app_disabled",
      hint: "Enable it.",
    });
    for (const odd of ["{}", "{", '{"error":null}', '{"error":{"code":1}}']) {
      expect(refused(500, odd)).toMatchObject({ code: undefined, body: odd });
    }
  });

  test("that is long is cut in the message, not in the body", () => {
    const page = "<html>".repeat(1_000);
    const error = refused(502, page);
    expect(error.message.length).toBeLessThan(600);
    expect(error.body).toBe(page);
  });

  test("by which nothing was delivered says so", () => {
    expect(refused(400, "").mayHaveBeenDelivered).toBe(false);
    expect(refused(500, "").mayHaveBeenDelivered).toBe(true);
    expect(refused(503, "").mayHaveBeenDelivered).toBe(true);
    expect(refused(503, "Restarting\nhttp_draining: Again.\n").mayHaveBeenDelivered).toBe(false);
  });
});

test("no answer: the reason is in the message and in the cause", () => {
  const cause = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") });
  const error = new RequestError({ url: URL_WITH_SIGNATURE, error: cause, mayHaveBeenDelivered: false }, 3);
  expect(error).toMatchObject({
    message: "Request failed with an error: connect ECONNREFUSED 127.0.0.1:1",
    status: undefined,
    body: undefined,
    error: cause,
    cause,
    attempts: 3,
  });
});

test("neither the url nor the message carries a valid signature into a log", () => {
  const error = new TypeError(`error sending request for url (${URL_WITH_SIGNATURE}): refused`);
  const unreached = new RequestError({ url: URL_WITH_SIGNATURE, error, mayHaveBeenDelivered: false });
  expect(unreached.message).toContain("auth_signature=(left out)&body_md5=m): refused");
  expect(refused(500, "").url).toBe(URL_WITH_SIGNATURE.replace("abcdef", "(left out)"));
});
