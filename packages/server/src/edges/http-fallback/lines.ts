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

/**
 * Frames for one answer, taken off the front of a queue.
 *
 * The frame that makes the answer longer than `room` is the last: the client ends the request at the end of that line and
 * nowhere before.
 *
 * @param quoted frames in order; what is taken is removed.
 * @returns the line, empty when there is none to be made.
 */
export function takeLine(quoted: string[], room: number): string {
  let length = "a[]\n".length;
  let count = 0;
  while (count < quoted.length && length <= room) {
    length += (quoted[count]?.length ?? 0) + 1;
    count++;
  }
  return count === 0 ? "" : `a[${quoted.splice(0, count).join(",")}]\n`;
}
