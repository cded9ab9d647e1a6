import { expect, test } from "bun:test";
import { expectClosed } from "../support/refusals.ts";
import { startServer } from "../support/server.ts";
import { describeServer, fresh } from "../support/target.ts";

describeServer("a server that stops", { usher: true }, (target) => {
  test("scenario 33: every client is sent away with 4200, a batch at a time, and finds the next server", async () => {
    const channel = fresh("presence-");
    const sockets = await Promise.all(Array.from({ length: 200 }, () => target.connect()));
    const [first, last] = [sockets[0], sockets.at(-1)];
    if (!first || !last) throw new Error("no sockets");
    await first.join(channel, { user_id: "first" });

    target.process.signal("SIGTERM");
    await expectClosed(first, 4200, /^Please reconnect immediately/);
    expect(await last.framesBeforePong()).toEqual([]);
    await Promise.all(sockets.slice(1).map((socket) => expectClosed(socket, 4200)));
    expect(await target.process.exited).toBe(0);

    const next = await startServer({ env: { USHER_PORT: String(target.port) } });
    try {
      const socket = await target.connect();
      await socket.join(channel, { user_id: "first" });
    } finally {
      await next.stop();
    }
  });
});
