const INTERVAL_MS = 1_000;

/** Runs the housekeeping once a second and measures how late it came, which is how busy the event loop is. */
export class Sweeper {
  readonly #timer: ReturnType<typeof setInterval>;
  #dueAtMs = performance.now() + INTERVAL_MS;
  #lagMs = 0;

  constructor(sweep: () => void) {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.#lagMs = Math.max(0, nowMs - this.#dueAtMs);
      this.#dueAtMs = nowMs + INTERVAL_MS;
      sweep();
    }, INTERVAL_MS);
  }

  get lagSeconds(): number {
    return this.#lagMs / 1000;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
