import { describe, expect, test } from "bun:test";
import { Recall } from "./recall.ts";

describe("a recall", () => {
  function counting() {
    const asked: string[] = [];
    const recall = new Recall((text) => {
      asked.push(text);
      return text.toUpperCase();
    });
    return { asked, recall };
  }

  test("makes a text's answer once", () => {
    const { asked, recall } = counting();
    expect([recall.of("a"), recall.of("b"), recall.of("a")]).toEqual(["A", "B", "A"]);
    expect(asked).toEqual(["a", "b"]);
  });

  test("starts afresh after a thousand texts, and answers rightly still", () => {
    const { asked, recall } = counting();
    for (let number = 0; number <= 1_000; number++) recall.of(`text ${number}`);
    expect(recall.of("text 0")).toBe("TEXT 0");
    expect(recall.of("text 1000")).toBe("TEXT 1000");
    expect(asked.length).toBe(1_002);
  });

  test("does not remember long texts", () => {
    const { asked, recall } = counting();
    recall.of("x".repeat(201));
    recall.of("x".repeat(201));
    expect(asked.length).toBe(2);
  });
});
