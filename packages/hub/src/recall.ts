/**
 * Remembers what was made of the texts that came last, so that thousands of connections that say the same share one string.
 *
 * It holds a limited number of texts and starts afresh when they are too many: whoever says something new each time costs
 * no more than that.
 */
export class Recall {
  readonly #make: (text: string) => string;
  readonly #made = new Map<string, string>();

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    // A long text would be kept alive whole by its entry.
    if (text.length > LONGEST_REMEMBERED) return this.#make(text);
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    if (this.#made.size >= MOST_REMEMBERED) this.#made.clear();
    const made = this.#make(text);
    this.#made.set(text, made);
    return made;
  }
}

const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 200;
