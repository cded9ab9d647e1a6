import { parseJsonObject } from "@usher/protocol";
import { utf8 } from "./bytes.ts";
import { ParameterError } from "./parameter-error.ts";
import { Token } from "./token.ts";
import { WebHookError } from "./webhook-error.ts";

/** Headers as any framework has them: an object, whatever the case of its names, or `Headers`. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookRequest {
  readonly headers: WebhookHeaders;
  /** The body as it came in, before any parser: the signature covers its bytes. */
  readonly rawBody: string | Uint8Array;
}

export interface KeyAndSecret {
  readonly key: string;
  readonly secret: string | readonly string[];
}

export interface WebhookData {
  readonly time_ms: number;
  readonly events: readonly { readonly name: string; readonly [field: string]: unknown }[];
}

/**
 * One webhook, as the official library has it.
 *
 * There is one difference: what is in it can be read only once `isValid` has resolved with true. `isValid` is a promise,
 * and a promise by itself is truthy; whoever forgets the `await` gets an error here instead of a forged webhook.
 */
export class WebHook {
  readonly key: string | undefined;
  readonly signature: string | undefined;
  readonly contentType: string | undefined;
  /** As text. */
  readonly body: string;
  readonly #bytes: Uint8Array;
  readonly #signatures: readonly string[];
  readonly #token: Token;
  #isVerified: boolean | undefined;

  constructor(token: Token, { headers, rawBody }: WebhookRequest) {
    this.#token = token;
    this.#bytes = bytesOf(rawBody);
    this.body = typeof rawBody === "string" ? rawBody : new TextDecoder().decode(this.#bytes);
    this.key = headerOf(headers, "x-pusher-key");
    this.#signatures = signaturesOf(headers);
    this.signature = headerOf(headers, "x-pusher-signature");
    this.contentType = headerOf(headers, "content-type");
  }

  /**
   * Was this webhook signed by an app that is known here? Its own key and secrets are tried, and those given.
   *
   * Two tokens may have one key: secrets of an app that is being given a new one.
   */
  async isValid(extraTokens: KeyAndSecret | readonly KeyAndSecret[] = []): Promise<boolean> {
    const tokens = [this.#token, ...toTokens(extraTokens)].filter(({ key }) => key === this.key);
    this.#isVerified = await anyVerifies(tokens, this.#bytes, this.#signatures);
    return this.#isVerified && this.isBodyValid();
  }

  isContentTypeValid(): boolean {
    return isJsonContentType(this.contentType);
  }

  isBodyValid(): boolean {
    return this.isContentTypeValid() && this.#parse() !== undefined;
  }

  /** @throws WebHookError unless `isValid` has resolved with true. */
  getData(): WebhookData {
    if (this.#isVerified === undefined) {
      throw new WebHookError("not_verified", "Await isValid() before reading a WebHook", this);
    }
    if (!this.#isVerified) throw new WebHookError("signature_invalid", "Invalid WebHook signature", this);
    const data = this.isContentTypeValid() ? this.#parse() : undefined;
    if (data) return data;
    throw new WebHookError("body_invalid", "Invalid WebHook body", this);
  }

  /** @throws WebHookError unless `isValid` has resolved with true. */
  getEvents(): WebhookData["events"] {
    return this.getData().events;
  }

  /** @throws WebHookError unless `isValid` has resolved with true. */
  getTime(): Date {
    return new Date(this.getData().time_ms);
  }

  #parse(): WebhookData | undefined {
    return parseJsonObject(this.body) as WebhookData | undefined;
  }
}

/** `application/json`, with or without parameters. */
export function isJsonContentType(contentType: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(contentType ?? "");
}

export function toTokens(given: KeyAndSecret | readonly KeyAndSecret[]): readonly Token[] {
  const list: readonly KeyAndSecret[] = Array.isArray(given) ? given : [given];
  return list.map((token) => (token instanceof Token ? token : new Token(token.key, token.secret)));
}

/**
 * By the secret that signs, and while a key is being given another secret, by that one, too: a receiver may know either.
 */
export function signaturesOf(headers: WebhookHeaders): readonly string[] {
  const names = ["x-pusher-signature", "x-pusher-signature-next"];
  return names.flatMap((name) => headerOf(headers, name) ?? []);
}

/** All are tried, whichever verifies, so that time tells nothing about them. */
export async function anyVerifies(
  tokens: readonly Token[],
  body: Uint8Array,
  signatures: readonly string[],
): Promise<boolean> {
  const trials = tokens.flatMap((token) => signatures.map((signature) => token.verify(body, signature)));
  return (await Promise.all(trials)).includes(true);
}

export function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  if (typeof headers.get === "function") return (headers as Headers).get(name) ?? undefined;
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  const value: unknown = Array.isArray(entry?.[1]) ? entry[1][0] : entry?.[1];
  return typeof value === "string" ? value : undefined;
}

function bytesOf(rawBody: unknown): Uint8Array {
  if (typeof rawBody === "string") return utf8(rawBody);
  if (ArrayBuffer.isView(rawBody)) {
    return new Uint8Array(rawBody.buffer, rawBody.byteOffset, rawBody.byteLength);
  }
  throw new ParameterError(
    "request_invalid",
    "rawBody must be the body as it came in, text or bytes; a body parser has changed this one",
  );
}
