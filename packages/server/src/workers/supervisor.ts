import type { Logger } from "pino";
import type { Ports } from "../server-url.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** One worker as its parent has it. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  kill(): void;
}

export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  /** Called once; `code` is null for one that a signal ended. */
  onExit(code: number | null, signal: string | null): void;
}

export interface SupervisorOptions {
  readonly workers: number;
  /** As configured; 0 for any free one. */
  readonly ports: Ports;
  readonly localToken: string;
  readonly spawn: (events: WorkerEvents) => WorkerProcess;
  readonly log: Pick<Logger, "info" | "error">;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  /** Calls back once; the returned function takes that back. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

/** A worker ended before it had listened for the first time. It has said why. */
export class WorkerFailed extends Error {
  override readonly name = "WorkerFailed";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`a worker ended with code ${exitCode} before it listened`);
    this.exitCode = exitCode;
  }
}

const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A worker that was up for so long did not die of its start. */
const SETTLED_MS = 60_000;
const INTERNAL = 70;

/**
 * Keeps so many processes running that share a port, and starts another one in place of each that ends.
 *
 * The first one starts alone: it brings the database up to date, makes the first app and finds the port.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #seats: Seat[];
  #port: number;
  #isStopping = false;
  #endedWell = true;
  readonly #allEnded = Promise.withResolvers<boolean>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#port = options.ports.port;
    this.#seats = Array.from({ length: options.workers }, (_, index) => new Seat(index + 1));
  }

  /** Resolves to the ports of the first one, once all listen. Rejects with `WorkerFailed`, and the others are ended. */
  async start(): Promise<Ports> {
    const [first, ...others] = this.#seats;
    if (!first) throw new RangeError("there is nothing to supervise");
    try {
      const ports = await this.#startFirstTime(first);
      this.#port = ports.port;
      await Promise.all(others.map((seat) => this.#startFirstTime(seat)));
      return ports;
    } catch (cause) {
      void this.stop();
      throw cause;
    }
  }

  /** Has all of them send their clients away. Resolves once all have ended, to whether all ended well. */
  stop(): Promise<boolean> {
    this.#isStopping = true;
    for (const seat of this.#seats) {
      seat.cancelRestart?.();
      seat.cancelRestart = undefined;
      seat.process?.send({ kind: "stop" });
    }
    this.#resolveWhenAllEnded();
    return this.#allEnded.promise;
  }

  /** Ends them at once, whoever is connected. */
  kill(): void {
    for (const seat of this.#seats) seat.process?.kill();
  }

  #startFirstTime(seat: Seat): Promise<Ports> {
    const listening = Promise.withResolvers<Ports>();
    this.#start(seat, listening);
    return listening.promise;
  }

  #start(seat: Seat, firstTime?: PromiseWithResolvers<Ports>): void {
    const { ports, workers, localToken, spawn, log, monotonicNow } = this.#options;
    const startedAtMs = monotonicNow();
    let hasListened = false;
    const process = spawn({
      onMessage: ({ port, opsPort }) => {
        hasListened = true;
        firstTime?.resolve({ port, opsPort });
      },
      onExit: (code, signal) => {
        seat.process = undefined;
        if (code !== 0) this.#endedWell = false;
        if (firstTime && !hasListened) firstTime.reject(new WorkerFailed(code ?? INTERNAL));
        else if (!this.#isStopping) this.#restart(seat, { startedAtMs, pid: process.pid, code, signal });
        if (this.#isStopping) this.#resolveWhenAllEnded();
      },
    });
    seat.process = process;
    process.send({
      kind: "role",
      index: seat.index,
      of: workers,
      port: this.#port,
      opsPort: ports.opsPort === 0 ? 0 : ports.opsPort + seat.index - 1,
      localToken,
      isAnnouncing: firstTime !== undefined && seat.index === 1,
    });
    if (!firstTime) log.info({ worker: seat.index, newPid: process.pid }, "a worker was started again");
    // What asked for it may have come while it was started.
    if (this.#isStopping) process.send({ kind: "stop" });
  }

  #restart(seat: Seat, { startedAtMs, ...ended }: Ended): void {
    const { log, monotonicNow, later } = this.#options;
    const wasSettled = monotonicNow() - startedAtMs >= SETTLED_MS;
    seat.failures = wasSettled ? 0 : seat.failures;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** seat.failures);
    seat.failures++;
    log.error(
      { worker: seat.index, ...ended, startsInSeconds: pauseMs / 1000 },
      "a worker ended; another one starts in its place",
    );
    seat.cancelRestart = later(() => this.#start(seat), pauseMs);
  }

  #resolveWhenAllEnded(): void {
    if (this.#seats.every((seat) => !seat.process)) this.#allEnded.resolve(this.#endedWell);
  }
}

/** One of the places, which one worker after the other takes. */
class Seat {
  readonly index: number;
  process: WorkerProcess | undefined;
  cancelRestart: (() => void) | undefined;
  /** Of those that ended soon after their start, one after the other. */
  failures = 0;

  constructor(index: number) {
    this.index = index;
  }
}

interface Ended {
  readonly startedAtMs: number;
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly signal: string | null;
}
