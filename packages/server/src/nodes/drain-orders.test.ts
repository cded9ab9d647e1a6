import { afterEach, beforeEach, expect, test } from "bun:test";
import { DrainOrders } from "./drain-orders.ts";

const AT = "2026-03-01T12:00:00.000Z";

let asked: string | null | undefined;
let failure: Error | undefined;
let heard: boolean[];
let looks: number;
let errors: unknown[];
let orders: DrainOrders;

beforeEach(() => {
  [asked, failure, heard, looks, errors] = [null, undefined, [], 0, []];
  orders = new DrainOrders({
    nodes: {
      async drainRequestedAt(id) {
        expect(id).toBe("node_1");
        if (failure) throw failure;
        return asked;
      },
    },
    id: "node_1",
    onChange: (isWanted) => void heard.push(isWanted),
    onLooked: () => void looks++,
    onError: (error) => void errors.push(error),
  });
});

afterEach(() => orders.stop());

test("an order and its end are heard once each, however often it is looked", async () => {
  await orders.look();
  for (asked of [AT, AT, null, null]) await orders.look();
  expect(heard).toEqual([true, false]);
  expect(looks).toBe(5);
});

test("a node that was taken off the list meanwhile goes on with what it was asked", async () => {
  for (asked of [AT, undefined]) await orders.look();
  expect(heard).toEqual([true]);
  expect(orders.requestedAt).toBe(AT);
});

test("each spell in which the database does not answer is reported once and changes nothing", async () => {
  asked = AT;
  await orders.look();
  failure = new Error("gone");
  await orders.look();
  await orders.look();
  failure = undefined;
  await orders.look();
  failure = new Error("gone again");
  await orders.look();
  expect(heard).toEqual([true]);
  expect(errors).toHaveLength(2);
});
