import type { AuthHandler } from "../auth-handler.ts";

/** What is used of a request of `node:http`, or of one that a framework made of it. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The address before a router cut its own part off. */
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Set by the body parsers of frameworks. */
  readonly body?: unknown;
  readonly readableEnded?: boolean | undefined;
  readonly readableDidRead?: boolean | undefined;
  readonly destroyed?: boolean | undefined;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  off(event: string, listener: (chunk: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What is used of a response of `node:http`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  getHeader(name: string): string | number | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

/** Asks the handler, and clears what it left of the body out of the way of the next request on the connection. */
export async function ask<Context>(
  handler: AuthHandler<Context>,
  message: NodeRequest,
  context: Context,
  parsedBody: unknown = message.body,
): Promise<Response> {
  const request = toWebRequest(message, parsedBody);
  const response = request === undefined ? notARequest() : await handler(request, context);
  message.resume();
  return response;
}

/**
 * A web-standard request of the same content; the body is read from whichever place still has it. Undefined for what
 * HTTP knows and the standard does not, such as the method TRACE.
 */
function toWebRequest(message: NodeRequest, parsedBody: unknown): Request | undefined {
  try {
    return translate(message, parsedBody);
  } catch {
    return undefined;
  }
}

function notARequest(): Response {
  return Response.json({ error: "The request could not be read" }, { status: 400 });
}

function translate(message: NodeRequest, parsedBody: unknown): Request {
  const method = message.method ?? "GET";
  const headers = toWebHeaders(message);
  const url = addressOf(message.originalUrl ?? message.url ?? "/", headers);
  if (method === "GET" || method === "HEAD" || method === "OPTIONS")
    return new Request(url, { method, headers });
  if (!wasParsed(message, parsedBody)) {
    return new Request(url, { method, headers, body: bodyStream(message), duplex: "half" } as RequestInit);
  }
  return toParsedRequest(url, method, headers, parsedBody);
}

/** A request whose body a framework has parsed: its fields travel as JSON, in the shape that the parser gave them. */
export function toParsedRequest(url: string, method: string, headers: Headers, body: unknown): Request {
  headers.delete("content-length");
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream) {
    return new Request(url, { method, headers, body, duplex: "half" } as RequestInit);
  }
  headers.set("content-type", "application/json");
  return new Request(url, { method, headers, body: JSON.stringify(body ?? {}) });
}

/** Writes the answer, and adds to what earlier middleware has set instead of replacing it. */
export async function writeNodeResponse(response: Response, target: NodeResponse): Promise<void> {
  const body = await response.text();
  if (target.headersSent) return;
  target.statusCode = response.status;
  for (const [name, value] of response.headers)
    target.setHeader(name, mergedHeader(name, value, target.getHeader(name)));
  target.end(body);
}

/** `Vary` is a list that several may add to; every other header of ours replaces what was there. */
export function mergedHeader(
  name: string,
  value: string,
  before: string | number | readonly string[] | undefined,
): string {
  return name === "vary" && before !== undefined ? `${before}, ${value}` : value;
}

function toWebHeaders({ headers }: NodeRequest): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(":")) continue; // Pseudo headers of HTTP/2.
    for (const one of typeof value === "string" ? [value] : value) result.append(name, one);
  }
  return result;
}

function addressOf(path: string, headers: Headers): string {
  const host = headers.get("host") ?? "";
  // The host is what the client says, so nothing but a host may come of it. The path may begin with two slashes.
  const base = /^[\w.:[\]-]+$/.test(host) ? `http://${host}` : "http://localhost";
  const url = `${base}${path.startsWith("/") ? "" : "/"}${path}`;
  return URL.canParse(url) ? url : "http://localhost/";
}

/**
 * Some parsers leave an empty object behind for bodies that they did not read, and those are still in the stream. Where
 * that was read to its end, there is nothing to wait for.
 */
function wasParsed(message: NodeRequest, body: unknown): boolean {
  if (message.readableEnded === true || message.readableDidRead === true) return true;
  if (body === undefined || body === null) return false;
  return typeof body !== "object" || Object.keys(body).length > 0;
}

/** Nothing is read before somebody wants it. */
function bodyStream(message: NodeRequest): ReadableStream<Uint8Array> {
  const listeners: [event: string, listener: (chunk: Uint8Array) => void][] = [];
  const letGo = (): void => {
    for (const [event, listener] of listeners.splice(0)) message.off(event, listener);
  };
  const listen = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const finish = (end: () => void) => () => {
      letGo();
      end();
    };
    const broken = finish(() => controller.error(new Error("the request was aborted")));
    if (message.destroyed === true) {
      broken();
      return;
    }
    listeners.push(
      ["data", (chunk) => enqueue(message, controller, chunk)],
      ["end", finish(() => controller.close())],
      ["error", broken],
      ["close", broken],
    );
    for (const [event, listener] of listeners) message.on(event, listener);
  };
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (listeners.length === 0) listen(controller);
        message.resume();
      },
      cancel: letGo,
    },
    { highWaterMark: 0 },
  );
}

function enqueue(
  message: NodeRequest,
  controller: ReadableStreamDefaultController<Uint8Array>,
  chunk: Uint8Array,
): void {
  message.pause();
  controller.enqueue(chunk);
}
