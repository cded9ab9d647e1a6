/**
 * Which node has a client's connection over HTTP. An entry lasts for some minutes, unless it is renewed. All methods reject
 * while that cannot be known.
 */
export interface SessionDirectory {
  /** Puts the session down as a node's, unless it is another's already; resolves with whose it is. */
  claim(sessionId: string, nodeId: string): Promise<string>;
  /** Whose it is; undefined for one that nobody has. */
  find(sessionId: string): Promise<string | undefined>;
  /** Puts it down as a node's for some minutes more. */
  renew(sessionId: string, nodeId: string): Promise<void>;
  /** It is over. */
  release(sessionId: string): Promise<void>;
}

/** How long an entry lasts. Renew it in half the time. */
export const ENTRY_SECONDS = 600;
