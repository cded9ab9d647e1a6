import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Engine, EngineHandlers, Opening } from "../engine.ts";
import { listenOnBun } from "./bun-engine.ts";

let engine: Engine;
let failures: unknown[];
let openings: Opening[];

const handlers: EngineHandlers = {
  opened: (_socket, opening) => void openings.push(opening),
  text(socket, text) {
    if (text === "fault") throw new Error("a fault of ours");
    socket.send(text);
  },
  refused: () => {},
  alive: () => {},
  closed: () => {},
  request: () => new Response("ok"),
  failed: (cause) => void failures.push(cause),
};

beforeEach(() => {
  failures = [];
  openings = [];
  const limits = { maxFrameBytes: 1_024, maxRequestBytes: 1_024, hardBufferLimitBytes: 1_024 };
  engine = listenOnBun(
    { host: "127.0.0.1", port: 0, sharesPort: false, trustProxy: false, ...limits },
    handlers,
  );
});

afterEach(() => engine.stop());

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${engine.address.port}/app/key`);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  return socket;
}

function answer(socket: WebSocket, text: string): Promise<unknown> {
  const answered = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
  socket.send(text);
  return answered;
}

test("a fault of ours in a frame costs its connection and no other", async () => {
  const [faulty, other] = await Promise.all([open(), open()]);
  const closed = new Promise((resolve) => faulty.addEventListener("close", resolve));
  faulty.send("fault");
  await closed;
  expect(failures).toEqual([new Error("a fault of ours")]);
  expect(await answer(other, "still here")).toBe("still here");
});

test("peers that hang up while they are let in harm nobody", async () => {
  const visit = () =>
    new Promise<void>((resolve) => {
      const peer = connect(engine.address.port, "127.0.0.1", () => {
        peer.write(UPGRADE);
        peer.resetAndDestroy();
      });
      peer.on("error", () => {});
      peer.on("close", () => resolve());
    });
  for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 25 }, visit));
  expect(await answer(await open(), "still here")).toBe("still here");
  expect(failures).toEqual([]);
  // Some were let in although they had gone, which is what this is about.
  expect(openings.some(({ address }) => address === null)).toBe(true);
});

const UPGRADE = [
  "GET /app/key HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "",
  "",
].join("\r\n");
