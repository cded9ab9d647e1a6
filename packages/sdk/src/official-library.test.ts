import { afterAll, afterEach, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { channelNames, EXAMPLE_APP, hmacHex, jsonTexts, socketIds } from "@usher/protocol/testing";
import fc from "fast-check";
import nacl from "tweetnacl";
import { Usher } from "./encrypted-usher.ts";
import { decryptEventData } from "./secretbox.ts";
import { type AnsweringServer, type SeenRequest, startAnsweringServer } from "./testing/answering-server.ts";
import { type Official, officialLibrary } from "./testing/official-library.ts";

const NOW = 1_353_088_179_000;
const MASTER_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const { id, key, secret } = EXAMPLE_APP;

let server: AnsweringServer;
let ours: Usher;
let theirs: Official;

beforeAll(() => {
  server = startAnsweringServer();
  const options = {
    appId: id,
    key,
    secret,
    host: "127.0.0.1",
    port: String(server.port),
    encryptionMasterKeyBase64: MASTER_KEY,
  };
  ours = new Usher({ ...options, now: () => NOW });
  theirs = officialLibrary(options);
});

afterEach(() => {
  setSystemTime();
});

afterAll(() => server.stop());

/** What both sent for the same call at the same time. */
async function sentByBoth(
  call: (library: Usher) => Promise<unknown>,
): Promise<readonly [SeenRequest, SeenRequest]> {
  const before = server.seen.length;
  await call(ours);
  setSystemTime(NOW);
  await call(theirs as unknown as Usher);
  setSystemTime();
  const [first, second] = server.seen.slice(before);
  if (!first || !second) throw new Error("one of the two sent nothing");
  return [first, second];
}

async function expectSameRequest(call: (library: Usher) => Promise<unknown>): Promise<void> {
  const [first, second] = await sentByBoth(call);
  const parts = ({ method, target, body, headers }: SeenRequest) => {
    return { method, target, body, contentType: headers.get("content-type") };
  };
  expect(parts(first)).toEqual(parts(second));
}

describe("sends the same requests, byte for byte", () => {
  test("trigger", async () => {
    await expectSameRequest((library) => library.trigger("news", "headline", { text: "żółć 🎉" }));
    await expectSameRequest((library) => library.trigger(["a", "private-b"], "e", "plain text"));
    await expectSameRequest((library) =>
      library.trigger("c", "e", null, { socket_id: "1.1", info: "user_count" }),
    );
    await expectSameRequest((library) => library.trigger("c", "e", {}, null));
    await expectSameRequest((library) => library.trigger("c", "App\\Events\\Shipped", "", { other: [1] }));
  });

  test("triggerBatch", async () => {
    await expectSameRequest((library) =>
      library.triggerBatch([
        { channel: "a", name: "e", data: { x: 1 }, socket_id: "1.1" },
        { name: "e", data: "text", channel: "presence-b", info: "user_count" },
      ]),
    );
  });

  test("sendToUser and terminateUserConnections", async () => {
    await expectSameRequest((library) => library.sendToUser("ü 7", "e", [1, 2]));
    await expectSameRequest((library) => library.terminateUserConnections("user-7.x"));
  });

  test("get and post", async () => {
    await expectSameRequest((library) => library.get({ path: "/channels" }));
    await expectSameRequest((library) =>
      library.get({ path: "/channels", params: { filter_by_prefix: "presence-", info: "user_count,cache" } }),
    );
    await expectSameRequest((library) => library.get({ path: "/channels/presence-a=@,.;_-/users" }));
    await expectSameRequest((library) =>
      library.post({ path: "/events", body: { name: "e" }, params: { x: "y" } }),
    );
    await expectSameRequest((library) => library.post({ path: "/events" }));
  });

  test("our own name in the header that names the library", async () => {
    const [first, second] = await sentByBoth((library) => library.get({ path: "/channels" }));
    expect(first.headers.get("x-pusher-library")).toMatch(/^usher-sdk \d+\.\d+\.\d+$/);
    expect(second.headers.get("x-pusher-library")).toMatch(/^pusher-http-node /);
  });
});

describe("signs the same", () => {
  test("channels with any data", async () => {
    const data = fc.option(
      fc.oneof(
        fc.object(),
        jsonTexts().map((text) => JSON.parse(text)),
      ),
      { nil: undefined },
    );
    await fc.assert(
      fc.asyncProperty(socketIds(), channelNames(), data, async (socketId, channel, given) => {
        const expected = theirs.authorizeChannel(socketId, channel, given);
        expect(await ours.authorizeChannel(socketId, channel, given)).toEqual(expected);
        expect(await ours.authenticate(socketId, channel, given)).toEqual(expected);
      }),
    );
  });

  test("users", async () => {
    const users = fc.record({ id: fc.string({ minLength: 1 }), user_info: fc.object() });
    await fc.assert(
      fc.asyncProperty(socketIds(), users, async (socketId, user) => {
        const expected = theirs.authenticateUser(socketId, user);
        expect(await ours.authenticateUser(socketId, user)).toEqual(expected);
      }),
    );
  });

  test("channels' keys", async () => {
    const channel = "private-encrypted-foobar";
    expect(await ours.channelSharedSecret(channel)).toEqual(
      new Uint8Array(theirs.channelSharedSecret(channel)),
    );
  });
});

describe("refuses the same, in the same words", () => {
  const calls: readonly ((library: Usher) => unknown)[] = [
    (library) => library.authorizeChannel("1.1\n", "private-a"),
    (library) => library.authorizeChannel("1", "private-a"),
    (library) => library.authorizeChannel("1.1", "private-a:b"),
    (library) => library.authorizeChannel("1.1", "c".repeat(201)),
    (library) => library.authenticateUser("x", { id: "7" }),
    (library) => library.authenticateUser("1.1", { id: "" }),
    (library) => library.authenticateUser("1.1", null as never),
    (library) => library.trigger("c", "e".repeat(201), {}),
    (library) => library.trigger("#server-to-user-7", "e", {}),
    (library) => library.trigger("c d", "e", {}),
    (library) => library.trigger("c", "e", {}, { socket_id: "nobody" }),
    (library) => library.trigger(new Array(101).fill("c"), "e", {}),
    (library) => library.trigger(["private-encrypted-a", "b"], "e", {}),
    (library) => library.sendToUser("", "e", {}),
    (library) => library.sendToUser("7", "e".repeat(201), {}),
    (library) => library.terminateUserConnections(""),
    (library) => library.get({ path: "/channels", params: { auth_key: "x" } }),
  ];

  test("the official library throws, ours rejects", async () => {
    for (const call of calls) {
      const expected = messageOf(() => call(theirs as unknown as Usher));
      const refused = call(ours) as Promise<unknown>;
      await expect(refused).rejects.toThrow(expected);
      await expect(refused).rejects.toMatchObject({ name: "UsherParameterError" });
    }
    function messageOf(act: () => unknown): string {
      try {
        act();
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error("the official library did not refuse");
    }
  });
});

describe("encrypted events", () => {
  const channel = "private-encrypted-orders";
  const payloads: readonly unknown[] = [{ total: 5, note: "żółć" }, "text", ["a", 1], null, 7];

  function dataOf({ body }: SeenRequest): string {
    const parsed = JSON.parse(body);
    return parsed.batch ? parsed.batch[0].data : parsed.data;
  }

  test("ours are decrypted by NaCl, theirs by us", async () => {
    const sharedSecret = await ours.channelSharedSecret(channel);
    for (const payload of payloads) {
      for (const call of [
        (library: Usher) => library.trigger(channel, "e", payload),
        (library: Usher) => library.triggerBatch([{ channel, name: "e", data: payload }]),
      ]) {
        const [first, second] = await sentByBoth(call);
        const { nonce, ciphertext } = JSON.parse(dataOf(first));
        const bytes = [ciphertext, nonce].map((text) => new Uint8Array(Buffer.from(text, "base64")));
        const opened = nacl.secretbox.open(bytes[0] as Uint8Array, bytes[1] as Uint8Array, sharedSecret);
        expect(JSON.parse(new TextDecoder().decode(opened ?? undefined))).toEqual(payload);
        expect(decryptEventData(dataOf(second), sharedSecret)).toEqual(payload);
      }
    }
  });

  test("never have the same nonce twice", async () => {
    for (let index = 0; index < 20; index++) await ours.trigger(channel, "e", "same");
    const nonces = server.seen.slice(-20).map((request) => JSON.parse(dataOf(request)).nonce);
    expect(new Set(nonces).size).toBe(20);
  });
});

describe("webhooks", () => {
  const body = '{"time_ms":1353088179000,"events":[{"name":"channel_vacated","channel":"ünï"}]}';
  const headers = { "content-type": "application/json", "x-pusher-key": key };

  test("signed by the server are believed by both, forged ones by neither", async () => {
    for (const [signedWith, isTrue] of [
      [secret, true],
      ["forged", false],
    ] as const) {
      const request = {
        headers: { ...headers, "x-pusher-signature": hmacHex(signedWith, body) },
        rawBody: body,
      };
      const [own, official] = [ours.webhook(request), theirs.webhook(request)];
      expect([await own.isValid(), official.isValid()]).toEqual([isTrue, isTrue]);
      if (isTrue) {
        expect(own.getData() as unknown).toEqual(official.getData());
        expect(own.getEvents() as unknown).toEqual(official.getEvents());
        expect(own.getTime()).toEqual(official.getTime());
      }
    }
  });

  test("each library's tokens verify what the other's sign", async () => {
    const Token = (theirs.constructor as unknown as { Token: typeof Usher.Token }).Token;
    const official = new Token(key, secret);
    const own = new Usher.Token(key, secret);
    expect(await own.verify(body, await official.sign(body))).toBe(true);
    expect(official.verify(body, await own.sign(body))).toBe(true as never);
  });
});

test("triggerBatch leaves the caller's objects as they are, which the official library does not", async () => {
  const batch = Object.freeze([Object.freeze({ channel: "a", name: "e", data: Object.freeze({ x: 1 }) })]);
  await ours.triggerBatch(batch);
  expect(batch).toEqual([{ channel: "a", name: "e", data: { x: 1 } }]);
});
