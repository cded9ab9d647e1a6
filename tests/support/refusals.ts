import { expect } from "bun:test";
import { dataOf, errorOf, type TestSocket } from "./socket.ts";

/** The next frame refuses what was sent, with a `pusher:error` that leaves the connection open. */
export async function expectError(
  socket: TestSocket,
  message: RegExp,
  code: number | null = null,
): Promise<void> {
  const error = errorOf(await socket.nextEvent("pusher:error"));
  expect(error).toEqual({ code, message: expect.stringMatching(message) });
}

/** The next two frames refuse a subscription: one for the channel's own handlers, one for clients that know no other. */
export async function expectRefusedSubscription(
  socket: TestSocket,
  channel: string,
  wanted: { readonly type: string; readonly status: number; readonly message?: RegExp },
): Promise<void> {
  const frame = await socket.nextEvent("pusher:subscription_error");
  expect(frame.channel).toBe(channel);
  const { type, status, error } = dataOf(frame);
  expect({ type, status }).toEqual({ type: wanted.type, status: wanted.status });
  expect(error).toEqual(expect.stringMatching(wanted.message ?? /./));
  await expectError(socket, wanted.message ?? /./);
}

/** Refused with status 401 for want of a valid signature or member. */
export async function expectUnauthorized(
  socket: TestSocket,
  channel: string,
  message?: RegExp,
): Promise<void> {
  await expectRefusedSubscription(socket, channel, {
    type: "AuthError",
    status: 401,
    ...(message ? { message } : {}),
  });
}

/** The server ends the connection, and says why in a frame and in the close, with the same code and text. */
export async function expectClosed(socket: TestSocket, code: number, message: RegExp = /./): Promise<void> {
  const error = errorOf(await socket.nextEvent("pusher:error"));
  expect(error).toEqual({ code, message: expect.stringMatching(message) });
  const closed = await socket.ended();
  expect(closed.code).toBe(code);
  expect(error.message.startsWith(closed.reason)).toBe(true);
  expect(closed.reason).not.toBe("");
}
