import { expect, test } from "bun:test";
import type { Node } from "../../api/nodes.ts";
import { problemsOf } from "./node-problems.ts";

test("servers that live, agree and take clients have no problem", () => {
  expect(problemsOf([node("a"), node("b")])).toEqual([]);
  expect(problemsOf([])).toEqual([]);
});

test("each thing that is wrong is said once, by name", () => {
  expect(
    problemsOf([
      node("gone", { is_live: false, version: "1", applied_revision: 1 }),
      node("leaving", { is_draining: true, connections: 7 }),
      node("away", { is_draining: true }),
      node("deaf", { bus: { state: "down", since: "2026-03-01T12:00:00.000Z" } }),
      node("behind", { applied_revision: 6 }),
      node("old", { version: "1.9" }),
    ]),
  ).toEqual([
    "gone has not been heard of: it crashed, or it cannot reach the database.",
    "leaving is draining: its clients are being sent to the others.",
    "away is drained: it takes no clients until it is resumed.",
    "deaf does not hear the others: it cannot reach Redis.",
    "behind does not show the latest change of an app or a secret yet.",
    "The servers run different versions: 2.0, 1.9.",
  ]);
});

function node(name: string, differences: Partial<Node> = {}): Node {
  return {
    id: name,
    name,
    version: "2.0",
    started_at: "2026-03-01T12:00:00.000Z",
    seen_at: "2026-03-01T12:00:00.000Z",
    is_live: true,
    is_draining: false,
    drain_requested_at: null,
    connections: 0,
    applied_revision: 7,
    bus: { state: "off", since: null },
    worker: null,
    ...differences,
  };
}
