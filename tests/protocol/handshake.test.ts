import { expect, test } from "bun:test";
import { RawSocket } from "../support/raw-socket.ts";
import { dataOf } from "../support/socket.ts";
import { describeServer } from "../support/target.ts";

describeServer("handshake", {}, (target) => {
  test.each(["4", "5", "6", "7"])("scenario 1: greets a client of protocol %s", async (protocol) => {
    const socket = target.open(target.path(`protocol=${protocol}`));
    const frame = await socket.established();
    expect(typeof frame.data).toBe("string");
  });

  test("scenario 1: greets a client that names no protocol", async () => {
    await target.open(target.path("")).established();
    await target.open(`/app/${target.app.key}`).established();
  });

  test("trap 1: the greeting carries its data as a JSON string and no channel", async () => {
    const socket = target.open();
    const text = await socket.nextText();
    const frame: Record<string, unknown> = JSON.parse(text);
    expect(Object.keys(frame).sort()).toEqual(["data", "event"]);
    expect(frame.event).toBe("pusher:connection_established");
    expect(Object.keys(JSON.parse(String(frame.data))).sort()).toEqual(["activity_timeout", "socket_id"]);
  });

  test("trap 5: activity_timeout is a number of seconds above zero, 120 by default", async () => {
    const frame = await target.open().established();
    expect(dataOf(frame).activity_timeout).toBe(120);
  });

  test("a socket_id is two integers, each within 32 bits", async () => {
    const { socketId } = await target.connect();
    expect(socketId).toMatch(/^\d+\.\d+$/);
    for (const part of socketId.split(".")) expect(Number(part)).toBeLessThan(2 ** 31);
  });

  test("every connection gets a socket_id of its own", async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => target.connect()));
    expect(new Set(sockets.map(({ socketId }) => socketId)).size).toBe(50);
  });

  test.each([
    ["pusher-js", "protocol=7&client=js&version=8.6.0&flash=false"],
    ["the Java client", "client=java-client&protocol=5&version=2.4.4"],
    ["the .NET client", "protocol=5&client=pusher-dotnet-client&version=2.1.0.0"],
    ["the Swift client", "client=pusher-websocket-swift&version=10.1.10&protocol=7"],
    ["Pysher", "client=Pysher&version=1.0.6&protocol=6"],
    ["a client with parameters that nobody knows", "protocol=7&shoe_size=44&flag&=x&a=%zz"],
  ])("greets %s with the query it really sends", async (_client, query) => {
    await target.open(target.path(query)).established();
  });

  test("a percent-encoded key is the same key", async () => {
    const encoded = `%${target.app.key.charCodeAt(0).toString(16)}${target.app.key.slice(1)}`;
    await target.open(`/app/${encoded}?protocol=7`).established();
  });

  test("the first subprotocol that a client offers is chosen", async () => {
    const socket = target.open(target.path(), {
      protocols: ["pusher-channels-protocol-7", "pusher-channels-protocol-6"],
    });
    await socket.established();
    expect(socket.protocol).toBe("pusher-channels-protocol-7");
  });

  test("no subprotocol is chosen when none is offered", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    expect(raw.response.status).toBe(101);
    expect(raw.response.headers.has("sec-websocket-protocol")).toBe(false);
    raw.destroy();
  });

  test("a client that offers permessage-deflate is served, compressed or not", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path(), {
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    });
    expect(raw.response.status).toBe(101);
    raw.destroy();
  });

  test("a connection may be closed by its client at any time", async () => {
    const socket = await target.connect();
    const { code } = await socket.close(1000);
    expect(code).toBe(1000);
  });

  test("a plain GET on the WebSocket's path is answered in HTTP and explains itself", async () => {
    const response = await fetch(target.httpUrl + target.path());
    expect(response.status).toBe(426);
    expect(await response.text()).toContain("WebSocket");
  });
});

describeServer(
  "handshake under a path prefix",
  { env: { USHER_PATH_PREFIX: "/realtime" }, oneNode: "the node that is asked decides alone" },
  (target) => {
    test("the key stands after the prefix", async () => {
      await target.open(`/realtime${target.path()}`).established();
    });

    test("the signature of a request to the HTTP API covers the prefix", async () => {
      const base = `/realtime/apps/${target.app.id}`;
      const response = await target.api.send({ base, path: "/channels" });
      expect({ status: response.status, text: response.text }).toEqual({
        status: 200,
        text: '{"channels":{}}',
      });
    });
  },
);
