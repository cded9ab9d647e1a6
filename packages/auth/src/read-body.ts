import { fail, ok, type Result } from "@usher/protocol";
import type { Refusal } from "./refusal.ts";
import { RuleError } from "./rule-error.ts";

/**
 * The bytes of a request's body, none of them read past the limit.
 *
 * @throws RuleError when something has read the body before.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Result<Uint8Array, Refusal>> {
  const tooLarge = fail<Refusal>({ status: 413, error: `The body is larger than ${limitBytes} bytes` });
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return tooLarge;
  if (request.bodyUsed) {
    throw new RuleError(
      "the body was read before the endpoint got the request; hand it on unread or as parsed",
    );
  }
  if (request.body === null) return ok(new Uint8Array());

  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ok(join(chunks, length));
      length += value.length;
      if (length > limitBytes) {
        void reader.cancel().catch(() => {}); // Nobody is waiting for the rest.
        return tooLarge;
      }
      chunks.push(value);
    }
  } catch {
    return fail<Refusal>({ status: 400, error: "The body ended before it was complete" });
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
