import { expect, test } from "bun:test";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { expectClosed } from "../support/refusals.ts";
import { describeServer } from "../support/target.ts";

describeServer("refused handshakes", {}, (target) => {
  test("scenario 2: an unknown key is told 4001 in a frame and in the close", async () => {
    await expectClosed(target.open("/app/nosuchkey?protocol=7"), 4001);
  });

  test.each([
    ["3", 4007],
    ["99", 4007],
    ["x", 4006],
    ["1", 4007],
    ["8", 4007],
    ["0", 4007],
    ["-1", 4007],
    ["7.5", 4006],
    ["", 4006],
    ["abc", 4006],
    ["7 ", 4006],
    ["0x7", 4006],
  ])("scenario 3: protocol '%s' is closed with %i", async (protocol, code) => {
    await expectClosed(target.open(target.path(`protocol=${encodeURIComponent(protocol)}`)), code);
  });

  test.each(["/", "/app", "/app/", "/apps/3", "/app/a/b", "/nowhere", "/App/key", "/pusher/app/key"])(
    "a path that is not /app/{key} is closed with 4005: %s",
    async (path) => {
      await expectClosed(target.open(`${path}?protocol=7`), 4005, /^Path not found/);
    },
  );

  test("a key with something behind it is closed with 4005", async () => {
    await expectClosed(target.open(`/app/${target.app.key}/?protocol=7`), 4005);
  });

  test("the path is checked before the protocol", async () => {
    await expectClosed(target.open("/nowhere?protocol=x"), 4005);
  });

  test("the form of the protocol is checked before its support, and both before the key", async () => {
    await expectClosed(target.open("/app/nosuchkey?protocol=x"), 4006);
    await expectClosed(target.open("/app/nosuchkey?protocol=3"), 4007);
  });

  test("trap 14: a refused connection is upgraded first, then told why", async () => {
    const raw = await RawSocket.open(target.host, target.port, "/app/nosuchkey?protocol=7");
    expect(raw.response.status).toBe(101);
    expect(JSON.parse(await raw.nextText())).toMatchObject({ event: "pusher:error", data: { code: 4001 } });
    expect((await raw.next()).opcode).toBe(OPCODE.close);
    raw.destroy();
  });

  test("trap 4: an error as the first frame carries a numeric code of 4000 or more", async () => {
    const frame = await target.open("/nowhere").nextEvent("pusher:error");
    expect(frame.data).toEqual({ code: 4005, message: expect.any(String) });
  });

  test("a close reason is cut to 123 bytes between code points", async () => {
    const key = "ключ".repeat(40);
    const socket = target.open(`/app/${encodeURIComponent(key)}?protocol=7`);
    await expectClosed(socket, 4001);
    const { reason } = await socket.ended();
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(reason).not.toContain("\ufffd");
  });

  test("frames from a refused client lead to nothing", async () => {
    const socket = target.open("/app/nosuchkey?protocol=7");
    await socket.opened;
    socket.send({ event: "pusher:subscribe", data: { channel: "c" } });
    await expectClosed(socket, 4001);
  });
});

describeServer(
  "an app that requires TLS",
  { settings: { force_tls: true }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("plain ws is closed with 4000, which makes pusher-js try wss", async () => {
      await expectClosed(target.open(), 4000);
    });

    test("the key is checked before TLS", async () => {
      await expectClosed(target.open("/app/nosuchkey?protocol=7"), 4001);
    });

    test("a header that anybody can send does not make a connection TLS", async () => {
      await expectClosed(target.open(target.path(), { headers: { "X-Forwarded-Proto": "https" } }), 4000);
    });
  },
);

describeServer(
  "an app that requires TLS behind a trusted proxy",
  {
    settings: { force_tls: true },
    env: { USHER_TRUST_PROXY: "1" },
    oneNode: "the node that is asked decides alone",
  },
  (target) => {
    test("what came to the proxy over TLS is TLS", async () => {
      await target.open(target.path(), { headers: { "X-Forwarded-Proto": "https" } }).established();
    });

    test("what came to the proxy in the clear is closed with 4000", async () => {
      await expectClosed(target.open(target.path(), { headers: { "X-Forwarded-Proto": "http" } }), 4000);
      await expectClosed(target.open(), 4000);
    });
  },
);

const ORIGINS = ["https://example.com", "https://*.example.org", "http://localhost:3000"];

describeServer(
  "allowed origins",
  { settings: { allowed_origins: ORIGINS }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test.each([
      "https://example.com",
      "HTTPS://Example.com",
      "https://app.example.org",
      "https://a.b.example.org",
      "http://localhost:3000",
    ])("a page from %s is welcome", async (origin) => {
      await target.open(target.path(), { headers: { Origin: origin } }).established();
    });

    test.each([
      "http://example.com",
      "https://example.com.evil.net",
      "https://evilexample.com",
      "https://sub.example.com",
      "https://example.org",
      "https://evil.net/.example.org",
      "https://example.com:8443",
      "http://localhost",
      "null",
    ])("a page from %s is closed with 4009", async (origin) => {
      await expectClosed(target.open(target.path(), { headers: { Origin: origin } }), 4009);
    });

    test("a client that names no origin is no page, and welcome", async () => {
      const raw = await RawSocket.open(target.host, target.port, target.path());
      expect(JSON.parse(await raw.nextText())).toMatchObject({ event: "pusher:connection_established" });
      raw.destroy();
    });
  },
);

describeServer(
  "several reasons at once",
  {
    settings: { force_tls: true, allowed_origins: ["https://example.com"], connection_quota: 1 },
    env: { USHER_TRUST_PROXY: "1", USHER_MAX_CONNECTIONS: "1" },
    oneNode: "each node has the quota and the capacity for itself",
  },
  (target) => {
    const welcome = { "X-Forwarded-Proto": "https", Origin: "https://example.com" };
    const open = (headers: Record<string, string>) => target.open(target.path(), { headers });

    test("TLS is checked before the origin, the origin before the quota, the quota before the capacity", async () => {
      const first = open(welcome);
      await first.established();
      await expectClosed(open({ Origin: "https://evil.net" }), 4000);
      await expectClosed(open({ ...welcome, Origin: "https://evil.net" }), 4009);
      await expectClosed(open(welcome), 4004);
      await first.close();
    });
  },
);
