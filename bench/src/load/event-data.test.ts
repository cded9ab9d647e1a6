import { expect, test } from "bun:test";
import { EventDataReader, EventDataWriter } from "./event-data.ts";

test("reads back the number and the time from wherever a server puts them", () => {
  const data = new EventDataWriter(100).write(42, 1_234_567_890);
  expect(data).toHaveLength(100);
  const reader = new EventDataReader();
  for (const frame of [
    { event: "tick", channel: "c", data },
    { data, event: "tick" },
    { event: "tick", data },
  ]) {
    const bytes = Buffer.from(`..${JSON.stringify(frame)}`);
    const at = reader.find(bytes, 2, bytes.length);
    expect(reader.number(bytes, at)).toBe(42);
    expect(reader.timeUs(bytes, at)).toBe(1_234_567_890);
  }
});

test("does not mistake other frames for events", () => {
  const ping = Buffer.from('{"event":"pusher:ping","data":"{}"}');
  expect(new EventDataReader().find(ping, 0, ping.length)).toBe(-1);
});
