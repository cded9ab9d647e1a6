import { expect, test } from "bun:test";
import { expectAnswer } from "../support/answers.ts";
import { exchange } from "../support/raw-http.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("HTTP API: connections", {}, (target) => {
  test("two requests on one connection are both answered", async () => {
    const line = `GET ${target.api.target({ path: "/channels" })} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`;
    const answers = await exchange(target, [line, line]);
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a connection stays usable after a refusal", async () => {
    const host = `Host: ${target.host}\r\n\r\n`;
    const bad = `GET ${target.api.target({ path: "/channels", auth: { auth_signature: "x" } })} HTTP/1.1\r\n${host}`;
    const good = `GET ${target.api.target({ path: "/channels" })} HTTP/1.1\r\n${host}`;
    const [first, second] = await exchange(target, [bad, good]);
    expect(first).toMatch(/^HTTP\/1\.1 401 /);
    expect(second).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a body may come in chunks", async () => {
    const channel = fresh("c-");
    const socket = await target.connect();
    await socket.join(channel);
    const body = JSON.stringify({ name: "e", data: "x", channels: [channel] });
    const line = `POST ${target.api.target({ path: "/events", body })} HTTP/1.1\r\nHost: ${target.host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunks = [body.slice(0, 10), body.slice(10)].map(
      (chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
    );
    const [answer] = await exchange(target, [`${line}${chunks.join("")}0\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await socket.next()).toEqual({ event: "e", channel, data: "x" });
  });

  test("a client that waits for 100 Continue, as PHP and .NET may, is told to go on", async () => {
    const body = JSON.stringify({ name: "e", data: "x", channels: [fresh("c-")] });
    const head = `POST ${target.api.target({ path: "/events", body })} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    const [first, second] = await exchange(target, [head, body]);
    expect(first).toMatch(/^HTTP\/1\.1 100 /);
    expect(second).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ["a host", "Host: localhost\r\n"],
    ["no host", ""],
  ])(
    "HTTP/1.0, which nginx speaks unless told otherwise, is answered when it names %s",
    async (_what, host) => {
      const line = `GET ${target.api.target({ path: "/channels" })} HTTP/1.0\r\n${host}Connection: close\r\n\r\n`;
      const [answer] = await exchange(target, [line]);
      expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    },
  );
});

const AHEAD = {
  oneNode:
    "Bun ends a connection when a request comes before the last answer is made; nodes ask Redis for it first",
};

describeServer("HTTP API: requests ahead of their answers", AHEAD, (target) => {
  test("are answered in their order", async () => {
    const line = `GET ${target.api.target({ path: "/channels" })} HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`;
    const answers = await exchange(target, [line + line, ""]);
    expect(answers.map((answer) => answer.slice(0, 12))).toEqual(["HTTP/1.1 200", "HTTP/1.1 200"]);
  });
});

describeServer(
  "HTTP API: body limit",
  { env: { USHER_MAX_REQUEST_BYTES: "4096" }, oneNode: "the node that is asked decides alone" },
  (target) => {
    const bodyOf = (bytes: number): string => {
      const empty = JSON.stringify({ name: "e", data: "", channels: ["c"] });
      return empty.replace('"data":""', `"data":"${"x".repeat(bytes - empty.length)}"`);
    };

    test("a body of the limit is accepted, one byte more is 413", async () => {
      expectAnswer(await target.api.post("/events", bodyOf(4_096)), "{}");
      expect((await target.api.post("/events", bodyOf(4_097))).status).toBe(413);
    });

    test("a body in chunks is measured as well", async () => {
      const body = bodyOf(20_000);
      const half = new TextEncoder().encode(body.slice(0, 10_000));
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(half);
          controller.enqueue(half);
          controller.close();
        },
      });
      const url = target.httpUrl + target.api.target({ path: "/events", body });
      const response = await fetch(url, { method: "POST", body: stream });
      expect(response.status).toBe(413);
    });

    test("the server goes on after a body that was too large", async () => {
      await target.api.post("/events", bodyOf(100_000));
      expectAnswer(await target.api.post("/events", bodyOf(100)), "{}");
    });
  },
);
