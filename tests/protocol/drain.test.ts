import { expect, test } from "bun:test";
import { startServer } from "../support/server.ts";
import { describeServer, fresh } from "../support/target.ts";

const FAREWELL = /^Please reconnect immediately/;

describeServer("a server that stops", { usher: true }, (target) => {
  test("scenario 33: every client is sent away with 4200, a batch at a time, and finds the next server", async () => {
    const channel = fresh("presence-");
    const sockets = await Promise.all(Array.from({ length: 200 }, () => target.connect()));
    await sockets[0]?.join(channel, { user_id: "first" });

    target.process.signal("SIGTERM");
    await Promise.race(sockets.map((socket) => socket.ended()));
    // Whoever is left, in whatever order they go, is served as before.
    expect(await Promise.any(sockets.map((socket) => socket.framesBeforePong()))).toEqual([]);
    const ends = await Promise.all(sockets.map((socket) => socket.ended()));
    expect(ends.filter(({ code, reason }) => code !== 4200 || !FAREWELL.test(reason))).toEqual([]);
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
