/** The time of one process. Wall clocks jump; this one does not. */
export interface Timers {
  /** Monotonic; milliseconds since some moment. */
  nowMs(): number;
  /** Calls once, and does not keep the process alive. Returns what takes it back. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls once the current turn of the loop is over. */
  soon(call: () => void): void;
}

export const systemTimers: Timers = {
  nowMs: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};
