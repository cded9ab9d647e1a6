import { channelTraits, isSocketId, parseChannelName } from "@usher/protocol";
import type { Command } from "commander";
import { usageError } from "../cli-error.ts";

/** What an authorization is for, as flags say it. */
export interface TicketFlags {
  readonly socketId?: string;
  readonly channel?: string;
  readonly channelData?: string;
  readonly user?: boolean;
  readonly userData?: string;
}

export type Ticket =
  | {
      readonly kind: "channel";
      readonly socketId: string;
      readonly channel: string;
      readonly channelData: string | undefined;
    }
  | { readonly kind: "user"; readonly socketId: string; readonly userData: string | undefined };

export function addTicketOptions(command: Command): Command {
  return command
    .option("--socket-id <id>", "connection that it is for, such as 1234.5678")
    .option("--channel <name>", "private or presence channel that it is for")
    .option("--channel-data <json>", "data of the member, byte for byte as the client sends it")
    .option("--user", "for a sign-in, in place of --channel")
    .option("--user-data <json>", "data of the user, byte for byte as the client sends it");
}

const LONGEST_CHANNEL_NAME = 200;
const EXAMPLE = "Give --socket-id 1234.5678 and --channel private-room, or --user in place of the channel.";

/** Checks the flags as the server would check what they stand for. */
export function requireTicket({ socketId, channel, channelData, user, userData }: TicketFlags): Ticket {
  if (socketId === undefined) throw usageError("--socket-id is missing", EXAMPLE);
  if (!isSocketId(socketId)) {
    throw usageError(`${socketId} is not a socket id`, "It is two whole numbers with a dot in between.");
  }
  if (user && channel !== undefined) throw usageError("--user and --channel exclude each other", EXAMPLE);
  if (user) return { kind: "user", socketId, userData };
  if (channel === undefined) throw usageError("--channel or --user is missing", EXAMPLE);
  const name = parseChannelName(channel, LONGEST_CHANNEL_NAME);
  if (!name.ok) throw usageError(name.error.message, name.error.hint);
  const { access } = channelTraits(channel);
  if (access === "private" || access === "presence")
    return { kind: "channel", socketId, channel, channelData };
  throw usageError(
    `${channel} is a public channel, which nobody signs for`,
    "Private channels begin with private-, presence channels with presence-.",
  );
}
