import { expect, test } from "bun:test";
import { OPCODE, RawSocket } from "../support/raw-socket.ts";
import { describeServer } from "../support/target.ts";

describeServer("keeping a connection alive", {}, (target) => {
  test.each([
    ["an empty object, as pusher-js sends it", '{"event":"pusher:ping","data":{}}'],
    ["nothing, as the Java client sends it", '{"event":"pusher:ping"}'],
    ["an empty string, as Pysher sends it", '{"event":"pusher:ping","data":""}'],
    ["null", '{"event":"pusher:ping","data":null}'],
    ["text that is no JSON", '{"event":"pusher:ping","data":"{"}'],
    ["a channel beside it", '{"event":"pusher:ping","data":{},"channel":"c"}'],
  ])("scenario 4: answers a pusher:ping whose data is %s", async (_kind, text) => {
    const socket = await target.connect();
    socket.sendText(text);
    const pong = await socket.nextEvent("pusher:pong");
    expect(pong).not.toHaveProperty("channel");
    expect(["{}", {}]).toContainEqual(pong.data as never);
  });

  test("a pusher:pong is taken without an answer", async () => {
    const socket = await target.connect();
    socket.sendText('{"event":"pusher:pong","data":{}}');
    socket.sendText('{"event":"pusher:pong"}');
    socket.sendText('{"event":"pusher:pong","data":""}');
    expect(await socket.framesBeforePong()).toEqual([]);
  });

  test("scenario 4: answers a WebSocket ping with a pong of the same payload", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    raw.send(OPCODE.ping, "are you there?");
    const { opcode, payload } = await raw.next();
    expect({ opcode, text: payload.toString() }).toEqual({ opcode: OPCODE.pong, text: "are you there?" });
    raw.destroy();
  });

  test("trap 15: pings count towards no limit, however many a .NET client sends", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    for (let count = 0; count < 500; count++) raw.send(OPCODE.ping);
    for (let count = 0; count < 500; count++) raw.sendText('{"event":"pusher:ping"}');
    for (let count = 0; count < 500; count++) expect((await raw.next()).opcode).toBe(OPCODE.pong);
    for (let count = 0; count < 500; count++) expect(await raw.nextText()).toContain("pusher:pong");
    raw.destroy();
  });

  test("a WebSocket pong that nobody asked for is taken without an answer", async () => {
    const raw = await RawSocket.open(target.host, target.port, target.path());
    await raw.nextText();
    raw.send(OPCODE.pong, "hello");
    raw.sendText('{"event":"pusher:ping"}');
    expect(await raw.nextText()).toContain("pusher:pong");
    raw.destroy();
  });
});
