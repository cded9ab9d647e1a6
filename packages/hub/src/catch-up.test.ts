import { expect, test } from "bun:test";
import { TestHub } from "./testing/test-hub.ts";

const RESUME = { from: undefined, socketId: undefined };

function openHub(): TestHub {
  return new TestHub(
    { historyPrefixes: ["kept-", "cache-kept-"], clientEvents: true },
    { random: [0.25, 0.5] },
  );
}

test("where a channel stands comes after its cached event, and in the place of neither", () => {
  const hub = openHub();
  hub.trigger(["cache-kept-a"], "1");
  const ann = hub.connect("ann");
  const lines = hub
    .subscribe(ann, "cache-kept-a", { resume: RESUME })
    .filter((line) => line.startsWith("ann <-"));
  expect(lines.map((line) => line.split(" ")[2])).toEqual(["subscriptionSucceeded", "event", "position"]);
});

test("who subscribes once more goes on from where the channel stands", () => {
  const hub = openHub();
  const ann = hub.connect("ann");
  hub.subscribe(ann, "kept-a");
  hub.trigger(["kept-a"], "1");
  expect(hub.subscribe(ann, "kept-a", { resume: RESUME }).at(-1)).toContain('"serial":1');
});

test("who is sent away hears when to come back, if it asked to resume, and once", () => {
  const hub = openHub();
  const [ann, bob] = [hub.connect("ann"), hub.connect("bob")];
  hub.subscribe(ann, "kept-a", { resume: RESUME });
  hub.subscribe(bob, "kept-a");
  const sendAway = (connection: typeof ann) => hub.lines(hub.hub.sendAway(connection, 5_000));
  expect(sendAway(ann)).toEqual(['ann <- reconnectAdvice {"withinMs":5000}', "close ann draining"]);
  expect(sendAway(ann)).toEqual([]);
  expect(sendAway(bob)).toEqual(["close bob draining"]);
});
