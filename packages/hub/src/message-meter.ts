const DAY_MS = 86_400_000;

/**
 * Messages of one app since midnight UTC, as the hosted service counts them: each API call and each delivery of an event,
 * a client's event, a member who came or a member who left. Held in memory, so a restart starts the day anew.
 */
export class MessageMeter {
  #day = -1;
  #count = 0;

  add(messages: number, nowMs: number): void {
    this.#turnDay(nowMs);
    this.#count += messages;
  }

  today(nowMs: number): number {
    this.#turnDay(nowMs);
    return this.#count;
  }

  #turnDay(nowMs: number): void {
    const day = Math.floor(nowMs / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#count = 0;
  }
}
