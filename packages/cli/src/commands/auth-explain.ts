import { parseQuery, queryValue } from "@usher/protocol";
import {
  type Explanation,
  explain,
  explainAnswer,
  type FrameReading,
  type PastedRequest,
  readPaste,
  USUAL_PATH_PREFIXES,
} from "@usher/protocol/explain";
import type { Command } from "commander";
import { explainOptions, keyOf } from "../auth/explain-options.ts";
import {
  addSecretOptions,
  type KnownSecrets,
  knownSecrets,
  type SecretFlags,
} from "../auth/known-secrets.ts";
import { printExplanation } from "../auth/print-explanation.ts";
import { type GivenTicket, refusalOf, type Surroundings } from "../auth/refusal-of.ts";
import { addTicketOptions, requireTicket, type TicketFlags } from "../auth/ticket.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { collect } from "./collect.ts";

interface ExplainFlags extends SecretFlags, TicketFlags {
  readonly auth?: string;
  readonly otherSocketId?: readonly string[];
  readonly otherChannel?: readonly string[];
  readonly pathPrefix?: readonly string[];
  readonly at?: string;
  readonly json?: boolean;
}

/** @param end called with the exit code when no cause was found. */
export function addAuthExplain(auth: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = auth
    .command("explain")
    .description(
      "say why a signature is refused, offline: from flags, or from whatever is pasted on standard input",
    )
    .option("--auth <value>", "the auth value; without it standard input is read");
  addTicketOptions(command)
    .option("--other-socket-id <id>", "a connection that the signature may have been made for", collect)
    .option("--other-channel <name>", "a channel that the signature may have been made for", collect)
    .option("--path-prefix <path>", "a prefix that a proxy may have changed in a request's path", collect)
    .option(
      "--at <seconds>",
      "when a pasted request was sent, in seconds since 1970, to check its timestamp",
    );
  addSecretOptions(command)
    .option("--json", "print a JSON object")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: ExplainFlags) => {
      const known = await knownSecrets(cli, flags);
      const explanation =
        flags.auth === undefined
          ? explainPaste(await cli.readInput(), flags, known)
          : explainTicket(requireTicket(flags), flags.auth, flags, known);
      printExplanation(cli, flags, explanation);
      if (explanation.cause === "unknown") end(EXIT_CODES.refused.code);
    });
}

const EXAMPLES = `
Pasted may be: a pusher:subscribe or pusher:signin frame, also with the lines of pusher-js's log around it; the answer of
an authorization endpoint; the text of a refusal; a curl command, a request line or an address of the HTTP API, with its body.

Example:
  usher auth explain --auth KEY:SIGNATURE --socket-id 1234.5678 --channel private-room
  echo '{"auth":"..."}' | usher auth explain --socket-id 1234.5678 --channel private-room --app 3
  pbpaste | usher auth explain --secret my-secret`;

function explainPaste(text: string, flags: ExplainFlags, known: KnownSecrets): Explanation {
  const paste = readPaste(text, flags.key ?? known.signing?.key ?? "");
  if (paste.kind === "request") return explainPastedRequest(paste.request, flags, known);
  const socketId = flags.socketId ?? paste.socketId;
  if (paste.kind === "frame") return explainFrame(paste.frame, socketId, flags, known);
  if (text.trim() === "" && flags.channel === undefined && !flags.user) {
    throw usageError("nothing was pasted", "`usher auth explain --help` shows what may be.");
  }
  const ticket = requireTicket(withSocketId(flags, socketId));
  const asked = { ...surroundings(flags, undefined), isSignedIn: false, ...ticket };
  return explainAnswer(
    text,
    asked,
    explainOptions(known.secrets, { appId: undefined, key: keyInAnswer(text) }),
  );
}

function explainTicket(
  ticket: GivenTicket,
  auth: unknown,
  flags: ExplainFlags,
  known: KnownSecrets,
): Explanation {
  const key = keyOf(auth);
  const appId = flags.app ?? known.secrets.find((secret) => secret.key === key)?.appId;
  const refusal = refusalOf(ticket, auth, surroundings(flags, appId || undefined));
  return explain(refusal, explainOptions(known.secrets, { appId, key }));
}

function explainFrame(
  frame: FrameReading,
  socketId: string | undefined,
  flags: ExplainFlags,
  known: KnownSecrets,
): Explanation {
  if (socketId === undefined) {
    throw usageError(
      "the paste does not tell the socket id",
      "Give --socket-id, or paste the pusher:connection_established frame along.",
    );
  }
  return explainTicket({ ...frame, socketId }, frame.auth, flags, known);
}

function explainPastedRequest(request: PastedRequest, flags: ExplainFlags, known: KnownSecrets): Explanation {
  const { method, path, rawQuery, body } = request;
  const appId = /\/apps\/([^/?]+)/.exec(path)?.[1];
  const key = queryValue(parseQuery(rawQuery), "auth_key");
  return explain(
    {
      kind: "request",
      appId,
      method,
      path,
      rawQuery,
      body: body === undefined ? undefined : new TextEncoder().encode(body),
      nowSeconds: flags.at === undefined ? undefined : requireSeconds(flags.at),
      windowSeconds: 600,
      pathPrefixes: [...(flags.pathPrefix ?? []), ...USUAL_PATH_PREFIXES],
    },
    explainOptions(known.secrets, { appId, key }),
  );
}

function surroundings(
  { otherSocketId = [], otherChannel = [] }: ExplainFlags,
  appId: string | undefined,
): Surroundings {
  return { appId, otherSocketIds: otherSocketId, otherChannels: otherChannel };
}

function withSocketId(flags: TicketFlags, socketId: string | undefined): TicketFlags {
  return socketId === undefined ? flags : { ...flags, socketId };
}

function keyInAnswer(text: string): string | undefined {
  return /"auth"\s*:\s*"([\w-]+):/.exec(text)?.[1];
}

function requireSeconds(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usageError(
    `${text} is not a number of seconds`,
    "Give whole seconds since 1970, as `date +%s` prints them.",
  );
}
