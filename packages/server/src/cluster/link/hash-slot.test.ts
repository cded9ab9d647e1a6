import { expect, test } from "bun:test";
import { hashSlot } from "./hash-slot.ts";

// From Redis itself: CLUSTER KEYSLOT.
test.each([
  ["123456789", 12_739],
  ["foo", 12_182],
  ["{foo}bar", 12_182],
  ["usher:{foo}:claims", 12_182],
  ["foo{}{bar}", 8_363],
  ["", 0],
])("%s is in slot %d", (name, slot) => {
  expect(hashSlot(name)).toBe(slot);
});
