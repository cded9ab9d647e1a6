import { Recall, TokenBucket } from "@usher/hub";
import { clientLabel } from "@usher/protocol";

/**
 * Who sends a request to the HTTP API.
 *
 * Finding the address costs half a microsecond, which is a lot for a server that answers in twenty. So it is found for up to
 * 200 requests a second, evenly spread; a busier server's are a sample, and the others count without an address.
 */
export class ApiCallers {
  readonly #labels = new Recall(clientLabel);
  readonly #addressOf: (request: Request) => string | null;
  readonly #lookups: TokenBucket;

  constructor(addressOf: (request: Request) => string | null, nowMs: number) {
    this.#addressOf = addressOf;
    this.#lookups = new TokenBucket(LOOKUPS_A_SECOND, nowMs);
  }

  clientOf({ headers }: Request): string {
    return this.#labels.of(headers.get("x-pusher-library") ?? headers.get("user-agent") ?? "");
  }

  addressOf(request: Request, nowMs: number): string | null {
    return this.#lookups.take(LOOKUPS_A_SECOND, 1, nowMs) ? this.#addressOf(request) : null;
  }
}

const LOOKUPS_A_SECOND = 200;
