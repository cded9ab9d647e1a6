import { type Explanation, explain, explainPaste, keyOf } from "@usher/protocol/explain";
import type { Command } from "commander";
import { explainOptions } from "../auth/explain-options.ts";
import {
  addSecretOptions,
  type KnownSecrets,
  knownSecrets,
  type SecretFlags,
} from "../auth/known-secrets.ts";
import { printExplanation } from "../auth/print-explanation.ts";
import { refusalOf, type Surroundings } from "../auth/refusal-of.ts";
import { addTicketOptions, requireTicket, type Ticket, type TicketFlags } from "../auth/ticket.ts";
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
          ? explainPasted(await cli.readInput(), flags, known)
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

function explainPasted(text: string, flags: ExplainFlags, known: KnownSecrets): Explanation {
  const { otherSocketId = [], otherChannel = [], pathPrefix = [] } = flags;
  return explainPaste(text, {
    key: flags.key ?? known.signing?.key ?? "",
    appIdOf: (key) => appIdOf(key, flags, known),
    socketIdOf: (pasted) => requireSocketId(flags.socketId ?? pasted),
    subjectOf: (pasted) => {
      if (text.trim() === "" && flags.channel === undefined && !flags.user) {
        throw usageError("nothing was pasted", "`usher auth explain --help` shows what may be.");
      }
      return requireTicket(withSocketId(flags, flags.socketId ?? pasted));
    },
    otherSocketIds: otherSocketId,
    otherChannels: otherChannel,
    pathPrefixes: pathPrefix,
    sentAtSeconds: flags.at === undefined ? undefined : requireSeconds(flags.at),
    optionsFor: (of) => explainOptions(known.secrets, of),
  }).explanation;
}

function requireSocketId(socketId: string | undefined): string {
  if (socketId !== undefined) return socketId;
  throw usageError(
    "the paste does not tell the socket id",
    "Give --socket-id, or paste the pusher:connection_established frame along.",
  );
}

function explainTicket(ticket: Ticket, auth: unknown, flags: ExplainFlags, known: KnownSecrets): Explanation {
  const key = keyOf(auth);
  const appId = appIdOf(key, flags, known);
  const refusal = refusalOf(ticket, auth, surroundings(flags, appId));
  return explain(refusal, explainOptions(known.secrets, { appId, key }));
}

function appIdOf(
  key: string | undefined,
  { app }: ExplainFlags,
  { secrets }: KnownSecrets,
): string | undefined {
  return app ?? (secrets.find((secret) => secret.key === key)?.appId || undefined);
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

function requireSeconds(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usageError(
    `${text} is not a number of seconds`,
    "Give whole seconds since 1970, as `date +%s` prints them.",
  );
}
