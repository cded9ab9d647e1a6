import { expect, test } from "bun:test";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { startServer } from "../support/server.ts";

test("answers the health check of HAProxy, which is HTTP/1.0 and names no host", async () => {
  const server = await startServer();
  for (const path of ["/health/ready", "/health/live", "/metrics", "/usage"]) {
    const tcp = connect(server.opsPort, server.host);
    tcp.end(`GET ${path} HTTP/1.0\r\n\r\n`);
    expect(await text(tcp)).toStartWith("HTTP/1.1 200 OK");
  }
  await server.stop();
});
