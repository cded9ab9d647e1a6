import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { FrameworkServer, Running } from "./servers/running.ts";

/** What reaches a server on the open internet, none of which may end it or make it sign. */
export function describeOddRequests({ name, start }: FrameworkServer): void {
  describe(name, () => {
    let server: Running;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    test("survives requests that no browser sends, and clients that go away", async () => {
      const { port } = new URL(server.url);
      const rest = "Content-Length: 5\r\nX-User: 10\r\nConnection: close\r\n\r\n";
      const odd = [
        `TRACE /pusher/auth HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        `POST /pusher/auth HTTP/1.1\r\nHost: user:word@a\r\n${rest}a=b&c`,
        `POST /pusher/auth HTTP/1.1\r\nHost: a/user-auth?\r\n${rest}a=b&c`,
        `POST //elsewhere/pusher/auth HTTP/1.1\r\nHost: a\r\n${rest}a=b&c`,
      ];
      for (const text of odd) expect(await raw(Number(port), text)).toMatch(/^(HTTP\/1\.1 [24]\d\d |$)/);
      await leave(
        Number(port),
        `POST /pusher/auth HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nsocket_id=`,
      );
      const ordinary = await fetch(`${server.url}/pusher/auth`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", "x-user": "10" },
        body: "socket_id=1.2&channel_name=private-foobar",
      });
      expect(ordinary.status).toBe(200);
    });
  });
}

/** Everything that a server answers to a text, until it closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", () => {}).on("close", () => resolve(answer));
  });
}

/** Begins a request and goes away in the middle of it. */
function leave(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, () => socket.destroy()));
    socket.on("error", () => {}).on("close", () => resolve());
  });
}
