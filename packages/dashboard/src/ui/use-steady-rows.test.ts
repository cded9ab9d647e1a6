import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { steadied } from "./use-steady-rows.ts";

interface Item {
  readonly id: string;
  readonly count: number;
}

const list = fc.uniqueArray(fc.record({ id: fc.constantFrom(..."abcdefgh"), count: fc.nat() }), {
  selector: ({ id }) => id,
});
const idOf = ({ id }: Item) => id;

describe("rows that are looked at", () => {
  test("keep their places whatever becomes of the list, with the numbers of now", () => {
    fc.assert(
      fc.property(list, list, (shown, items) => {
        const { rows, waiting } = steadied<Item>(shown, items, idOf);
        expect(rows.map(({ item }) => item.id)).toEqual(shown.map(idOf));
        for (const { item, isGone } of rows) expect(items.includes(item)).toBe(!isGone);
        expect(rows.filter(({ isGone }) => !isGone).length + waiting).toBe(items.length);
      }),
    );
  });
});
