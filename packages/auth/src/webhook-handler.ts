import { type KeyAndSecret, Usher, type VerifiedWebhook, WebHookError, type WebhookEvent } from "@usher/sdk";
import type { AuthHandler } from "./auth-handler.ts";
import type { Setting } from "./options.ts";
import { RuleError } from "./rule-error.ts";

/** What is known of an event besides what it says. */
export interface WebhookDetails<Context = unknown> {
  /** The same whenever the event comes again; undefined where the server sends none. */
  readonly eventId: string | undefined;
  /** When the webhook was made. */
  readonly time: Date;
  /** The key of the app that sent it. */
  readonly key: string;
  /** What the framework's adapter hands on. */
  readonly context: Context;
}

type EventFunction<Event, Context> = (event: Event, details: WebhookDetails<Context>) => unknown;

/** A function for each kind of event that is of interest. */
export type WebhookFunctions<Context = unknown> = {
  readonly [Name in WebhookEvent["name"]]?: EventFunction<Extract<WebhookEvent, { name: Name }>, Context>;
};

export interface WebhookHandlerOptions<Context = unknown> {
  readonly key: Setting<string, Context>;
  /** All of several are believed: those of a rotation that is under way. */
  readonly secret: Setting<string | readonly string[], Context>;
  /** Further apps whose webhooks come here. */
  readonly tokens?: readonly KeyAndSecret[];
  /** Called for the events in their order, one after the other. When one throws, the webhook is sent again. */
  readonly on: WebhookFunctions<Context>;
  /** Refuses webhooks that are older than this, in milliseconds. Not checked unless given. */
  readonly maxAgeMs?: number;
  /** 1 MiB by default. */
  readonly maxBodyBytes?: number;
  /** Hears of what is refused, and of what the functions throw. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/**
 * Makes an endpoint for webhooks: web-standard request in, response out, for the same adapters as the authorization
 * endpoint. Never throws.
 *
 * A webhook that nobody known has signed is answered with 401; one whose functions fail with 500, and the server sends it
 * again. So an event may come more than once, always under the same id.
 */
export function createWebhookHandler<Context = unknown>(
  options: WebhookHandlerOptions<Context>,
): AuthHandler<Context> {
  return async (request, context) => {
    if (request.method !== "POST") return answer(405, "method_not_allowed", { allow: "POST" });
    try {
      const webhook = await verify(options, request, context as Context);
      await tell(options.on, webhook, context as Context);
      return answer(200);
    } catch (error) {
      report(options, error, request);
      if (!(error instanceof WebHookError)) return answer(500, "failed");
      return answer(error.code === "body_too_large" ? 413 : 401, error.code);
    }
  };
}

async function verify<Context>(
  options: WebhookHandlerOptions<Context>,
  request: Request,
  context: Context,
): Promise<VerifiedWebhook> {
  const [key, secret] = await Promise.all([read(options.key, context), read(options.secret, context)]);
  if (!key || !secret || secret.length === 0) throw new RuleError("key or secret is not set");
  // An app is not needed for looking at webhooks; its id and address are for what is sent.
  const usher = new Usher({ appId: "0", key, secret, host: "localhost" });
  return usher.webhook.verify(request, {
    tokens: options.tokens,
    maxAgeMs: options.maxAgeMs,
    maxBytes: options.maxBodyBytes,
  });
}

async function tell<Context>(
  functions: WebhookFunctions<Context>,
  { events, eventIds, time, key }: VerifiedWebhook,
  context: Context,
): Promise<void> {
  for (const [index, event] of events.entries()) {
    // The name picks the function that takes this very kind, which the type system cannot follow.
    const known = functions[event.name] as EventFunction<WebhookEvent, Context> | undefined;
    await known?.(event, { eventId: eventIds[index], time, key, context });
  }
}

async function read<Value, Context>(setting: Setting<Value, Context>, context: Context): Promise<Value> {
  return typeof setting === "function"
    ? await (setting as (context: Context) => Value | Promise<Value>)(context)
    : setting;
}

function report<Context>(
  { onError }: WebhookHandlerOptions<Context>,
  error: unknown,
  request: Request,
): void {
  try {
    onError?.(error, request);
  } catch {
    // Whoever reports errors badly does not change the answer.
  }
}

function answer(status: number, error?: string, headers: Record<string, string> = {}): Response {
  return Response.json(error === undefined ? {} : { error }, { status, headers });
}
