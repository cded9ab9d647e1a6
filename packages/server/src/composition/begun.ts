/** What a start has begun so far, to be ended should the rest of it fail. */
export class Begun {
  readonly #ends: (() => void | Promise<void>)[] = [];

  /** @param end ends it; does not reject. */
  add(end: () => void | Promise<void>): void {
    this.#ends.push(end);
  }

  /** Ends all of it, the last that was begun first. */
  async endAll(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }
}
