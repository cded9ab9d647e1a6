import { describe, expect, test } from "bun:test";
import { EXAMPLE_APP, hmacHex, WEBHOOK_EXAMPLES } from "@usher/protocol/testing";
import { Usher } from "./usher.ts";
import { WebHookError } from "./webhook-error.ts";

const { id, key, secret, secondSecret } = EXAMPLE_APP;
const usher = new Usher({ appId: id, key, secret, host: "127.0.0.1" });
const BODY = '{"time_ms":1353088179000,"events":[{"name":"channel_occupied","channel":"project-3"}]}';

function headersOf(body: string, signedWith: string = secret, others: Record<string, string> = {}) {
  return {
    "content-type": "application/json",
    "x-pusher-key": key,
    "x-pusher-signature": hmacHex(signedWith, body),
    ...others,
  };
}

describe("isValid", () => {
  test.each(WEBHOOK_EXAMPLES)(
    "believes the worked example $body",
    async ({ body, digest, secret: signedWith }) => {
      const app = new Usher({ appId: id, key, secret: signedWith, host: "127.0.0.1" });
      const headers = {
        "content-type": "application/json",
        "x-pusher-key": key,
        "x-pusher-signature": digest,
      };
      const webhook = app.webhook({ headers, rawBody: body });
      expect(await webhook.isValid()).toBe(true);
      const data = JSON.parse(body);
      expect(webhook.getData()).toEqual(data);
      expect(webhook.getEvents()).toEqual(data.events);
      expect(webhook.getTime()).toEqual(new Date(data.time_ms));
    },
  );

  test("takes headers of any case or as an object of the platform, and the body as bytes", async () => {
    const headers = headersOf(BODY);
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    const rawBody = new TextEncoder().encode(BODY);
    for (const given of [headers, upper, new Headers(headers)]) {
      expect(await usher.webhook({ headers: given, rawBody }).isValid()).toBe(true);
    }
    const padded = new TextEncoder().encode(`xx${BODY}xx`).subarray(2, -2);
    expect(await usher.webhook({ headers, rawBody: padded }).isValid()).toBe(true);
  });

  test("believes no other key, secret, body, content type, and nothing that is not signed", async () => {
    const without = ({ ...headers }: Record<string, string>, name: string): Record<string, string> => {
      delete headers[name];
      return headers;
    };
    const wrong: readonly [Record<string, string>, string][] = [
      [headersOf(BODY, "other"), BODY],
      [headersOf(BODY, secret, { "x-pusher-key": "other" }), BODY],
      [headersOf(BODY), `${BODY} `],
      [headersOf(BODY, secret, { "content-type": "text/plain" }), BODY],
      [headersOf(BODY, secret, { "content-type": "application/jsonx" }), BODY],
      [headersOf("not json"), "not json"],
      [headersOf("[]"), "[]"],
      [without(headersOf(BODY), "x-pusher-signature"), BODY],
      [without(headersOf(BODY), "x-pusher-key"), BODY],
      [without(headersOf(BODY), "content-type"), BODY],
      [headersOf(BODY, secret, { "x-pusher-signature": hmacHex(secret, BODY).toUpperCase() }), BODY],
      [headersOf(BODY, secret, { "x-pusher-signature": "" }), BODY],
    ];
    for (const [headers, rawBody] of wrong) {
      const webhook = usher.webhook({ headers, rawBody });
      expect([headers, await webhook.isValid()]).toEqual([headers, false]);
      expect(() => webhook.getData()).toThrow(WebHookError);
    }
  });

  test("believes every secret of a list, and further tokens, also of the same key", async () => {
    const headers = headersOf(BODY, secondSecret);
    const both = new Usher({ appId: id, key, secret: [secret, secondSecret], host: "127.0.0.1" });
    expect(await both.webhook({ headers, rawBody: BODY }).isValid()).toBe(true);
    expect(await usher.webhook({ headers, rawBody: BODY }).isValid()).toBe(false);
    const token = { key, secret: secondSecret };
    expect(await usher.webhook({ headers, rawBody: BODY }).isValid(token)).toBe(true);
    const tokens = [new Usher.Token("other", "other"), new Usher.Token(key, secondSecret)];
    expect(await usher.webhook({ headers, rawBody: BODY }).isValid(tokens)).toBe(true);
  });
});

describe("while a key is being given another secret", () => {
  const both = headersOf(BODY, secret, { "x-pusher-signature-next": hmacHex(secondSecret, BODY) });

  test.each([
    ["the secret that signs", secret],
    ["the one that is to come", secondSecret],
  ])("believes a receiver's only secret, %s", async (_what, known) => {
    const app = new Usher({ appId: id, key, secret: known, host: "127.0.0.1" });
    expect(await app.webhook({ headers: both, rawBody: BODY }).isValid()).toBe(true);
    const request = new Request("http://127.0.0.1/", { method: "POST", headers: both, body: BODY });
    expect(await app.webhook.verify(request)).toMatchObject({ key });
  });

  test("believes a second signature no more than the first", async () => {
    const headers = headersOf(BODY, "forged", { "x-pusher-signature-next": hmacHex("forged, too", BODY) });
    expect(await usher.webhook({ headers, rawBody: BODY }).isValid()).toBe(false);
  });
});

test("events come with the ids by which to know them again", async () => {
  const body = JSON.stringify({
    time_ms: 1,
    events: [
      { name: "channel_occupied", channel: "a" },
      { name: "of-tomorrow" },
      { name: "cache_miss", channel: "cache-b" },
    ],
  });
  const headers = headersOf(body, secret, { "x-usher-event-id": "1,2,3" });
  const request = new Request("http://127.0.0.1/", { method: "POST", headers, body });
  expect(await usher.webhook.verify(request)).toMatchObject({ eventIds: ["1", "3"] });
});

describe("what is in a webhook", () => {
  test("cannot be read by whoever forgot to await isValid", async () => {
    const forged = usher.webhook({ headers: headersOf(BODY, "forged"), rawBody: BODY });
    const isTruthy = Boolean(forged.isValid());
    expect(isTruthy).toBe(true);
    for (const read of [() => forged.getData(), () => forged.getEvents(), () => forged.getTime()]) {
      expect(read).toThrow("Await isValid() before reading a WebHook");
    }
    await forged.isValid();
    expect(() => forged.getEvents()).toThrow("Invalid WebHook signature");
  });

  test("that is signed but no JSON gives the official library's error", async () => {
    const webhook = usher.webhook({ headers: headersOf("oops"), rawBody: "oops" });
    await webhook.isValid();
    expect(webhook.isContentTypeValid()).toBe(true);
    expect(webhook.isBodyValid()).toBe(false);
    try {
      webhook.getData();
      throw new Error("it was read");
    } catch (error) {
      expect(error).toBeInstanceOf(Usher.WebHookError);
      expect(error).toMatchObject({
        name: "PusherWebHookError",
        message: "Invalid WebHook body",
        contentType: "application/json",
        body: "oops",
        signature: hmacHex(secret, "oops"),
      });
    }
  });

  test("is refused when a body parser was there first", () => {
    const parsed = JSON.parse(BODY);
    expect(() => usher.webhook({ headers: headersOf(BODY), rawBody: parsed })).toThrow(
      "a body parser has changed",
    );
  });
});

describe("webhook.verify", () => {
  function request(body: string, headers: Record<string, string> = headersOf(body)): Request {
    return new Request("http://127.0.0.1/webhooks", { method: "POST", headers, body });
  }

  test("gives the events in their types", async () => {
    const body = JSON.stringify({
      time_ms: 1353088179000,
      events: [
        { name: "channel_occupied", channel: "c" },
        { name: "member_added", channel: "presence-c", user_id: "7" },
        { name: "client_event", channel: "private-c", event: "client-x", data: "{}", socket_id: "1.1" },
        { name: "subscription_count", channel: "c", subscription_count: 3 },
        { name: "cache_miss", channel: "cache-c" },
        { name: "invented_later", channel: "c" },
        { name: "member_added", channel: "presence-c" },
        { name: "constructor", channel: "c" },
        "text",
      ],
    });
    const webhook = await usher.webhook.verify(request(body));
    expect(webhook.key).toBe(key);
    expect(webhook.time).toEqual(new Date(1353088179000));
    const told = webhook.events.map((event) => {
      switch (event.name) {
        case "member_added":
        case "member_removed":
          return event.user_id;
        case "client_event":
          return event.data;
        case "subscription_count":
          return event.subscription_count;
        default:
          return event.channel;
      }
    });
    expect(told).toEqual(["c", "7", "{}", 3, "cache-c"]);
    expect(webhook.otherEvents).toHaveLength(4);
  });

  test("says why it does not believe a webhook", async () => {
    const wrong: readonly [string, Request][] = [
      ["content_type_invalid", request(BODY, headersOf(BODY, secret, { "content-type": "text/plain" }))],
      ["key_unknown", request(BODY, headersOf(BODY, secret, { "x-pusher-key": "other" }))],
      ["signature_invalid", request(BODY, headersOf(BODY, "other"))],
      ["signature_invalid", request(`${BODY} `, headersOf(BODY))],
      ["signature_invalid", request("", headersOf(BODY))],
      ["body_invalid", request("[]")],
      ["body_invalid", request('{"time_ms":"now","events":[]}')],
      ["body_invalid", request('{"time_ms":1}')],
    ];
    for (const [code, given] of wrong) {
      const verifying = usher.webhook.verify(given);
      await expect(verifying).rejects.toBeInstanceOf(WebHookError);
      await expect(verifying).rejects.toMatchObject({ code, name: "PusherWebHookError" });
    }
  });

  test("reads nothing for a key that is not known", async () => {
    const unread = request(BODY, headersOf(BODY, secret, { "x-pusher-key": "other" }));
    await usher.webhook.verify(unread).catch(() => {});
    expect(unread.bodyUsed).toBe(false);
  });

  test("stops reading at the limit", async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024)) });
    const init = { method: "POST", headers: headersOf(BODY), body: endless, duplex: "half" };
    const verifying = usher.webhook.verify(new Request("http://127.0.0.1/", init), { maxBytes: 10_000 });
    await expect(verifying).rejects.toMatchObject({ code: "body_too_large" });
    expect(await usher.webhook.verify(request(BODY), { maxBytes: BODY.length })).toMatchObject({ key });
  });

  test("takes further tokens, and refuses what is too old when told to", async () => {
    const later = new Usher({ appId: id, key, secret, host: "127.0.0.1", now: () => 1353088179000 + 60_000 });
    expect(await later.webhook.verify(request(BODY), { maxAgeMs: 60_000 })).toMatchObject({ key });
    await expect(later.webhook.verify(request(BODY), { maxAgeMs: 59_999 })).rejects.toMatchObject({
      code: "too_old",
    });
    const headers = headersOf(BODY, "s", { "x-pusher-key": "other" });
    const tokens = { key: "other", secret: "s" };
    expect(await usher.webhook.verify(request(BODY, headers), { tokens })).toMatchObject({ key: "other" });
  });
});
