import { connect } from "node:net";
import { PATIENCE_MS, within } from "./time-limit.ts";

/**
 * Writes requests to one TCP connection as they are, each after the answer to the one before.
 *
 * @returns one answer for each request, or fewer when the connection ended before.
 */
export async function exchange(
  address: { readonly host: string; readonly port: number },
  requests: readonly string[],
): Promise<readonly string[]> {
  const tcp = connect(address.port, address.host);
  let received = "";
  let changed = Promise.withResolvers<boolean>();
  const onData = (chunk: Buffer): void => {
    received += chunk.toString("utf8");
    changed.resolve(true);
    changed = Promise.withResolvers();
  };
  tcp.on("data", onData);
  for (const event of ["end", "close", "error"] as const) tcp.on(event, () => changed.resolve(false));
  const answers: string[] = [];
  try {
    for (const request of requests) {
      tcp.write(request);
      let answer = cutAnswer(received);
      while (answer === undefined) {
        const isOpen = await within(PATIENCE_MS, changed.promise, () => `no whole answer in ${received}`);
        answer = cutAnswer(received);
        if (!isOpen && answer === undefined) return answers;
      }
      received = received.slice(answer.length);
      answers.push(answer);
    }
    return answers;
  } finally {
    tcp.destroy();
  }
}

/** The first answer of a text, when it is there to its end. */
function cutAnswer(text: string): string | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const length = Number(/^content-length: (\d+)$/im.exec(text.slice(0, headEnd))?.[1] ?? 0);
  const end = headEnd + 4 + length;
  return text.length < end ? undefined : text.slice(0, end);
}
