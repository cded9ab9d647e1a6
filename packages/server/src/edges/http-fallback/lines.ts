/**
 * After this many characters of one answer pusher-js ends the request and asks again: as soon as it has read everything
 * that came so far. Whatever was still under way is lost then, so an answer that long gets nothing more.
 */
export const ANSWER_LIMIT = 256 * 1024;

/** Some proxies and browsers pass nothing on before they have seen this much. To the client it is a heartbeat. */
export const PRELUDE = `${"h".repeat(2_048)}\n`;

/** The session is open. On a session that the client thinks is open already, this makes it connect anew. */
export const OPEN = "o\n";

/** Asks for a sign of life: a stream's client posts `[]`, a poll's client polls again. */
export const HEARTBEAT = "h\n";

/** A sign of life that asks for none: a heartbeat in answer to `[]` would have the client post another one. */
export const STILL_HERE = "a[]\n";

/** The server ends the session. */
export function closeLine(code: number, reason: string): string {
  return `c${JSON.stringify([code, reason])}\n`;
}

/** A frame as it stands in `a[...]`: quoted once, for however many sessions it goes to. */
export function quoteFrame(text: string): string {
  return JSON.stringify(text);
}
