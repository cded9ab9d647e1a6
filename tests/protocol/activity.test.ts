import { expect, test } from "bun:test";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { describeServer, type Target } from "../support/target.ts";

describeServer("activity", { settings: { activity_timeout: 1 } }, (target) => {
  test.concurrent("scenario 5: a silent client gets a ping, and is closed with 4201 when it does not answer", async () => {
    const socket = await silentClient(target);
    expect((await socket.next()).opcode).toBe(OPCODE.ping);
    const error = JSON.parse(await socket.nextText()) as unknown;
    expect(error).toEqual({
      event: "pusher:error",
      data: { code: 4201, message: "Pong reply not received" },
    });
    expect(await socket.closeCode()).toBe(4201);
  });

  test.concurrent("a client that answers with a WebSocket pong stays, and is pinged again", async () => {
    const socket = await silentClient(target);
    for (let round = 0; round < 2; round++) {
      expect((await socket.next()).opcode).toBe(OPCODE.ping);
      socket.send(OPCODE.pong);
    }
    socket.sendText('{"event":"pusher:ping","data":{}}');
    expect(await socket.nextText()).toContain("pusher:pong");
    socket.destroy();
  });
});

async function silentClient(target: Target): Promise<RawSocket> {
  const socket = await RawSocket.open(target.host, target.port, target.path());
  expect(await socket.nextText()).toContain("pusher:connection_established");
  return socket;
}
