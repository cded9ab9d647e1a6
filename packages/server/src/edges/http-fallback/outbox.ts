/** Frames of one session that no request has taken yet, each as a JSON string. */
export class Outbox {
  #frames: string[] = [];
  /** How many characters wait. */
  characters = 0;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  add(quoted: string): void {
    this.#frames.push(quoted);
    this.characters += quoted.length;
  }

  /**
   * Takes frames off the front and makes one line of them, `a[...]`; empty when nothing waits.
   *
   * The frame that makes the line longer than `room` is the last: pusher-js ends a request at the end of that line, and
   * nowhere before.
   */
  take(room: number): string {
    let length = "a[]\n".length;
    let count = 0;
    for (const quoted of this.#frames) {
      if (length > room) break;
      length += quoted.length + 1;
      this.characters -= quoted.length;
      count++;
    }
    return count === 0 ? "" : `a[${this.#frames.splice(0, count).join(",")}]\n`;
  }

  clear(): void {
    this.#frames = [];
    this.characters = 0;
  }
}
