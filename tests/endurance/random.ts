import { SeededRandom } from "../../packages/server/src/testing/seeded-random.ts";

/** Numbers that only look random: the same seed gives the same run again. */
export class Random extends SeededRandom {
  /** For one of many tasks: what it draws does not depend on how far the others are. */
  static forTask(seed: number, index: number): Random {
    return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b));
  }

  /** A whole number from 0 up to but not including the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** Text of any code units, halves of surrogate pairs included. */
  text(length: number): string {
    const ranges = [0x80, 0x80, 0x80, 0x800, 0x10000];
    return Array.from({ length }, () => String.fromCharCode(this.below(this.pick(ranges)))).join("");
  }

  /** The text with a few parts left out, doubled or replaced. */
  mutated(text: string): string {
    let result = text;
    for (let times = 1 + this.below(4); times > 0; times--) {
      const start = this.below(result.length + 1);
      const part = result.slice(start, start + this.below(12));
      const instead = this.pick([
        "",
        part + part,
        this.text(this.below(8)),
        '"',
        "\\",
        "{",
        "null",
        "\u0000",
        "1e999",
      ]);
      result = result.slice(0, start) + instead + result.slice(start + part.length);
    }
    return result;
  }
}
