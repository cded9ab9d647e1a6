import { describe, expect, test } from "bun:test";
import { isClientEventName, isReservedEventName } from "./event-name.ts";

describe("the name of an event", () => {
  test.each([
    "App\\Events\\OrderShipped",
    "order.shipped",
    "an event",
    "🎉",
    "client-x",
    "Pusher:x",
    "x-pusher:y",
    "",
  ])("%j is free for the app's server", (name) => {
    expect(isReservedEventName(name, false)).toBe(false);
    expect(isReservedEventName(name, true)).toBe(false);
  });

  test.each(["pusher:ping", "pusher:", "pusher_internal:member_added", "pusher-notification"])(
    "%j is reserved",
    (name) => {
      expect(isReservedEventName(name, false)).toBe(true);
      expect(isReservedEventName(name, true)).toBe(true);
    },
  );

  test.each(["pusher", "pusherx", "pusher_x"])("%j is reserved in strict apps alone", (name) => {
    expect(isReservedEventName(name, false)).toBe(false);
    expect(isReservedEventName(name, true)).toBe(true);
  });

  test("is a client event's when it begins with client-, dash included", () => {
    expect(isClientEventName("client-typing")).toBe(true);
    for (const name of ["client", "client_x", "Client-x", "x-client-y", ""])
      expect(isClientEventName(name)).toBe(false);
  });
});
