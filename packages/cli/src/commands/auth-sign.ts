import { createHash } from "node:crypto";
import {
  channelStringToSign,
  channelTraits,
  formatAuthValue,
  parseJsonObject,
  userStringToSign,
} from "@usher/protocol";
import type { Command } from "commander";
import { addSecretOptions, knownSecrets, requireSigning, type SecretFlags } from "../auth/known-secrets.ts";
import { addTicketOptions, requireTicket, type TicketFlags } from "../auth/ticket.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { print } from "../print.ts";
import { hmacSha256Hex } from "../signed-request.ts";

interface SignFlags extends SecretFlags, TicketFlags {
  readonly userId?: string;
  readonly userInfo?: string;
  readonly masterKey?: string;
  readonly json?: boolean;
}

export function addAuthSign(auth: Command, cli: Cli): void {
  const command = auth
    .command("sign")
    .description("sign for one connection to join a channel or sign in, as an authorization endpoint does");
  addTicketOptions(command)
    .option("--user-id <id>", "id of the member or user, in place of --channel-data or --user-data")
    .option("--user-info <json>", "user_info that goes with --user-id")
    .option("--master-key <base64>", "encryption master key, for the shared_secret of an encrypted channel");
  addSecretOptions(command)
    .option("--json", "the same: the answer is JSON anyway")
    .addHelpText(
      "after",
      '\nExample:\n  usher auth sign --socket-id 1234.5678 --channel private-room\n  usher auth sign --socket-id 1234.5678 --channel presence-room --user-id 10 --user-info \'{"name":"Jo"}\'\n  usher auth sign --socket-id 1234.5678 --user --user-id 10',
    )
    .action(async (flags: SignFlags) => {
      const ticket = requireTicket(flags);
      const { key, value: secret } = requireSigning(await knownSecrets(cli, flags));
      const signed = (text: string) => formatAuthValue(key, hmacSha256Hex(secret, text));
      if (ticket.kind === "user") {
        const userData = requireData(ticket.userData ?? dataOf("id", flags), "id", "--user-data");
        const answer = { auth: signed(userStringToSign(ticket.socketId, userData)), user_data: userData };
        return print(cli, flags, JSON.stringify(answer), answer);
      }
      const { socketId, channel } = ticket;
      const channelData = channelDataOf(channel, ticket.channelData, flags);
      const answer = {
        auth: signed(channelStringToSign(socketId, channel, channelData)),
        ...(channelData !== undefined && { channel_data: channelData }),
        ...(flags.masterKey !== undefined && { shared_secret: sharedSecret(channel, flags.masterKey) }),
      };
      print(cli, flags, JSON.stringify(answer), answer);
    });
}

function channelDataOf(channel: string, given: string | undefined, flags: SignFlags): string | undefined {
  const { isPresence } = channelTraits(channel);
  const data = given ?? dataOf("user_id", flags);
  return isPresence ? requireData(data, "user_id", "--channel-data") : data;
}

function dataOf(name: "id" | "user_id", { userId, userInfo }: SignFlags): string | undefined {
  if (userId === undefined) return undefined;
  const info = userInfo === undefined ? undefined : parseJsonObject(userInfo);
  if (userInfo !== undefined && info === undefined) {
    throw usageError("--user-info is not a JSON object", `Give one such as --user-info '{"name":"Jo"}'.`);
  }
  return JSON.stringify({ [name]: userId, ...(info && { user_info: info }) });
}

/** What the server would refuse is not signed here. */
function requireData(data: string | undefined, name: "id" | "user_id", flag: string): string {
  if (data === undefined) throw usageError("the user is missing", `Give --user-id or ${flag}.`);
  const id = parseJsonObject(data)?.[name];
  const isId = (typeof id === "string" && id !== "") || (name === "user_id" && typeof id === "number");
  if (isId) return data;
  throw usageError(`${flag} has no ${name}`, `Give the JSON of an object such as {"${name}":"10"}.`);
}

function sharedSecret(channel: string, masterKey: string): string {
  const key = Buffer.from(masterKey, "base64");
  if (key.length !== 32)
    throw usageError(
      "--master-key is not the base64 of 32 bytes",
      "Make one with `openssl rand -base64 32`.",
    );
  return createHash("sha256").update(channel).update(key).digest("base64");
}
