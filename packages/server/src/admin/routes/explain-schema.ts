import { z } from "@hono/zod-openapi";
import { channelTraits, isSocketId, parseChannelName } from "@usher/protocol";
import type { CheckedRequest } from "../../endpoint-check/check-endpoint.ts";
import { explanationSchema } from "./refusal-schema.ts";

const LONGEST_CHANNEL_NAME = 200;
const MOST_CHANNELS = 5;
const MOST_PAIRS = 30;

const socketIdSchema = z
  .string()
  .refine(isSocketId, { error: "is not a socket id: two whole numbers with a dot in between" })
  .openapi({ description: "The connection that it is about", example: "1234.5678" });

const channelSchema = z
  .string()
  .refine(isProtectedChannel, { error: "is not the name of a private or presence channel" })
  .openapi({ example: "private-orders" });

/** Longer ones hold more than one refusal, and looking through them takes its time. */
const LONGEST_PASTE = 20_000;

export const pasteSchema = z.strictObject({
  pasted: z.string().min(1).max(LONGEST_PASTE).openapi({
    description:
      "A frame or log of pusher-js, an endpoint's answer, the text of a refusal, a curl command, a request line, an address",
    example: '{"event":"pusher:subscribe","data":{"channel":"private-orders","auth":"7a1c39:58df8b"}}',
  }),
  socket_id: socketIdSchema.optional(),
  channel: channelSchema
    .optional()
    .openapi({ description: "What an endpoint's answer is for", example: "private-orders" }),
  user: z
    .boolean()
    .default(false)
    .openapi({ description: "Whether an endpoint's answer is for a sign-in", example: false }),
});

export const pasteAnswerSchema = z.object({
  kind: z
    .enum(["channel", "user", "request"])
    .openapi({ description: "A subscription, a sign-in, or a request to the HTTP API" }),
  is_answer: z.boolean().openapi({ description: "Whether it was the answer of an endpoint", example: false }),
  explanation: explanationSchema,
});

const endpointUrlSchema = z
  .string()
  .max(2_000)
  .refine(isEndpointUrl, { error: "is not an http or https address without user, query and fragment" })
  .openapi({ example: "https://shop.example.com/pusher/auth" });

const pairsSchema = (name: RegExp, what: string, example: Readonly<Record<string, string>>) =>
  z
    .record(
      z.string().regex(name),
      z
        .string()
        .max(8_000)
        .regex(/^[^\r\n\0]*$/),
    )
    .refine((pairs) => Object.keys(pairs).length <= MOST_PAIRS, {
      error: `has more than ${MOST_PAIRS} entries`,
    })
    .default({})
    .openapi({ type: "object", additionalProperties: { type: "string" }, description: what, example });

/** Names of the connection's own, and of what is written by hand here, are left to the server. */
const HEADER_NAME =
  /^(?!(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|origin|content-type)$)[!#$%&'*+.^_`|~\w-]{1,100}$/i;

export const endpointQuestionSchema = z.strictObject({
  url: endpointUrlSchema,
  user_auth_url: endpointUrlSchema.optional().openapi({
    description: "The endpoint for sign-ins",
    example: "https://shop.example.com/pusher/user-auth",
  }),
  channels: z
    .array(channelSchema)
    .min(1)
    .max(MOST_CHANNELS)
    .openapi({ description: "That the user of the headers may join", example: ["private-user-10"] }),
  denied: z
    .array(channelSchema)
    .max(MOST_CHANNELS)
    .default([])
    .openapi({ description: "That this user must not join", example: ["private-user-11"] }),
  headers: pairsSchema(HEADER_NAME, "That the page sends: a cookie, a token", {
    Authorization: "Bearer of-a-test-user",
  }),
  wrong_headers: pairsSchema(HEADER_NAME, "In their place, of a user who may join none of the channels", {
    Authorization: "Bearer of-somebody-else",
  }),
  params: pairsSchema(/^[^\0]{1,200}$/, "Parameters that the page sends", { tenant: "7" }),
  origin: z
    .string()
    .max(300)
    .refine((text) => URL.canParse(text) && new URL(text).origin === text, { error: "is not an origin" })
    .optional()
    .openapi({
      description: "Where the page is from, if that is not the endpoint's own origin",
      example: "https://app.example.com",
    }),
  batch: z
    .boolean()
    .default(false)
    .openapi({ description: "Ask for all channels at once, too", example: false }),
  jsonp: z.boolean().default(false).openapi({ description: "Ask by JSONP, too", example: false }),
});

const problemSchema = z.object({
  code: z.string().openapi({ description: "A stable name, listed in docs/cli.md or docs/pitfalls.md" }),
  level: z.enum(["fails", "warns"]),
  message: z.string(),
  fix: z.string(),
});

export const endpointAnswerSchema = z.object({
  ok: z.boolean().openapi({ description: "Nothing fails", example: true }),
  requests: z.array(
    z.object({
      name: z.string().openapi({ description: "What was asked", example: "private-user-10" }),
      method: z.string().openapi({ example: "POST" }),
      status: z.int().nullable().openapi({ description: "Null where no answer came", example: 200 }),
      client: z
        .string()
        .openapi({ description: "What pusher-js does with it", example: "subscribes with this answer" }),
      problems: z.array(problemSchema),
    }),
  ),
});

/** @param clean takes secrets out of what an endpoint said. */
export function printChecked(
  requests: readonly CheckedRequest[],
  clean: (text: string) => string,
): z.input<typeof endpointAnswerSchema> {
  return {
    ok: requests.every(({ problems }) => problems.every(({ level }) => level === "warns")),
    requests: requests.map(({ name, method, status, client, problems }) => ({
      name,
      method,
      status: status ?? null,
      client: clean(client),
      problems: problems.map(({ code, level, message, fix }) => ({
        code,
        level,
        message: clean(message),
        fix: clean(fix),
      })),
    })),
  };
}

function isProtectedChannel(name: string): boolean {
  if (!parseChannelName(name, LONGEST_CHANNEL_NAME).ok) return false;
  const { access } = channelTraits(name);
  return access === "private" || access === "presence";
}

function isEndpointUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === "");
}
