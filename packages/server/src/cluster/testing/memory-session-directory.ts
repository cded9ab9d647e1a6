import type { SessionDirectory } from "../session-directory.ts";

/** One that all nodes of a test share. While `isDown`, it rejects. */
export class MemorySessionDirectory implements SessionDirectory {
  readonly holders = new Map<string, string>();
  isDown = false;

  async claim(sessionId: string, nodeId: string): Promise<string> {
    this.#check();
    const holder = this.holders.get(sessionId) ?? nodeId;
    this.holders.set(sessionId, holder);
    return holder;
  }

  async find(sessionId: string): Promise<string | undefined> {
    this.#check();
    return this.holders.get(sessionId);
  }

  async renew(sessionId: string, nodeId: string): Promise<void> {
    this.#check();
    this.holders.set(sessionId, nodeId);
  }

  async release(sessionId: string): Promise<void> {
    this.#check();
    this.holders.delete(sessionId);
  }

  #check(): void {
    if (this.isDown) throw new Error("the directory is down");
  }
}
