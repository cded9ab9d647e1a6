import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A time of day that a test moves, for processes that are started with it. Their monotonic clocks go on as they are. */
export class MovingClock {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined on a machine without a C compiler, or one that is no Linux. */
  static make(): MovingClock | undefined {
    if (process.platform !== "linux") return undefined;
    const folder = mkdtempSync(join(tmpdir(), "usher-clock-"));
    const clock = new MovingClock(folder);
    const args = ["-shared", "-fPIC", "-O1", "-o", clock.#library, SOURCE];
    if (spawnSync("cc", args).status === 0) {
      writeFileSync(clock.#file, offset(0));
      return clock;
    }
    clock.remove();
    return undefined;
  }

  /** For the process that is to have this clock. */
  get env(): Record<string, string> {
    return { LD_PRELOAD: this.#library, MOVING_CLOCK: this.#file };
  }

  /** @param ms from the true time; negative for the past. */
  move(ms: number): void {
    // In place: the processes have this very file in their memory.
    writeFileSync(this.#file, offset(ms), { flag: "r+" });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #library(): string {
    return join(this.#folder, "moving-clock.so");
  }

  get #file(): string {
    return join(this.#folder, "offset");
  }
}

const SOURCE = fileURLToPath(new URL("moving-clock.c", import.meta.url));

function offset(ms: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(ms)).buffer);
}
