import { afterEach, describe, expect, test } from "bun:test";
import type { Engine, EngineHandlers, Opening } from "../engine.ts";
import { listenOnBun } from "./bun-engine.ts";

// The runtime's own WebSocket takes headers; the type that the DOM library gives it does not say so.
const WebSocketWithHeaders = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Record<string, string> },
) => WebSocket;

const engines: Engine[] = [];

afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

/** An engine that tells the address of whoever opens a socket or sends a request. */
function start(trustProxy: boolean) {
  const opened = Promise.withResolvers<Opening>();
  const handlers: EngineHandlers = {
    opened: (_socket, opening) => opened.resolve(opening),
    text: () => {},
    refused: () => {},
    alive: () => {},
    closed: () => {},
    request: async (request) => {
      await request.text();
      return new Response(engine.addressOf(request));
    },
    failed: (cause) => opened.reject(cause),
  };
  const limits = { maxFrameBytes: 1_000, maxRequestBytes: 1_000, hardBufferLimitBytes: 1_000 };
  const engine = listenOnBun({ host: "127.0.0.1", port: 0, trustProxy, ...limits }, handlers);
  engines.push(engine);
  const address = `127.0.0.1:${engine.address.port}`;
  return {
    addressOfSocket: async (headers: Record<string, string>) => {
      new WebSocketWithHeaders(`ws://${address}/app/key`, { headers });
      return (await opened.promise).address;
    },
    addressOfRequest: async (headers: Record<string, string>) => {
      const response = await fetch(`http://${address}`, { method: "POST", body: "some", headers });
      return response.text();
    },
  };
}

describe("the address of a client", () => {
  const forwarded = { "x-forwarded-for": "203.0.113.1, 192.0.2.7" };

  test("is that of its connection, whatever it claims", async () => {
    const { addressOfSocket, addressOfRequest } = start(false);
    expect(await addressOfSocket(forwarded)).toBe("127.0.0.1");
    expect(await addressOfRequest(forwarded)).toBe("127.0.0.1");
  });

  test("is what the proxy says, where one is trusted", async () => {
    const { addressOfSocket, addressOfRequest } = start(true);
    expect(await addressOfSocket(forwarded)).toBe("192.0.2.7");
    expect(await addressOfRequest(forwarded)).toBe("192.0.2.7");
  });

  test("is that of the connection where the trusted proxy says nothing of use", async () => {
    const { addressOfSocket, addressOfRequest } = start(true);
    expect(await addressOfSocket({ "x-forwarded-for": "somebody" })).toBe("127.0.0.1");
    expect(await addressOfRequest({})).toBe("127.0.0.1");
  });
});
