import type { ConnectionDetailAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import { chooseAppId } from "../admin/choose.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AppFlags, addAdminOptions, addAppOption } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";

interface ListFlags extends AppFlags {
  readonly search?: string;
  readonly channel?: string;
  readonly user?: string;
  readonly address?: string;
}

export function addConnectionsList(connections: Command, cli: Cli): void {
  const command = addAppOption(connections.command("list").description("list the connections of an app"))
    .option("--search <text>", "what a socket id or address begins with, a user's id or a channel's name")
    .option("--channel <name>", "only those on this channel")
    .option("--user <id>", "only those of this user")
    .option("--address <address>", "only those whose address begins so");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher connections list --app 123456 --user 42")
    .action(async (flags: ListFlags) => {
      const query = {
        search: flags.search,
        channel: flags.channel,
        user_id: flags.user,
        address: flags.address,
      };
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.connections(await chooseAppId(admin, flags), query),
      );
      const now = Date.now();
      const rows = answer.items.map((connection) => [
        connection.socket_id,
        printable(connection.user_id ?? "-"),
        String(connection.subscription_count),
        connection.address ?? "-",
        printable(connection.client),
        printTime(connection.connected_at, now),
        printTime(connection.last_activity_at, now),
      ]);
      const header = ["SOCKET ID", "USER", "CHANNELS", "ADDRESS", "CLIENT", "CONNECTED", "LAST HEARD OF"];
      print(cli, flags, table([header, ...rows]), answer);
    });
}

export function addConnectionsShow(connections: Command, cli: Cli): void {
  const command = addAppOption(
    connections
      .command("show <socket-id>")
      .description("show a connection with its channels, and which secret signed for each"),
  );
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher connections show 1234.5678 --app 123456")
    .action(async (socketId: string, flags: AppFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) =>
        admin.connection(await chooseAppId(admin, flags), socketId),
      );
      print(cli, flags, asText(answer), answer);
    });
}

export function addConnectionsDisconnect(connections: Command, cli: Cli): void {
  const command = addAppOption(
    connections
      .command("disconnect <socket-id>")
      .description("end a connection (4200); its client comes back and asks for its authorizations anew"),
  ).option("--stay-away", "tell the client to stay disconnected (4009)");
  addAdminOptions(command, "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher connections disconnect 1234.5678 --app 123456")
    .action(async (socketId: string, flags: AppFlags & { readonly stayAway?: boolean }) => {
      await withAdmin(cli, flags, {}, async (admin) =>
        admin.disconnect(await chooseAppId(admin, flags), socketId, { stay_away: flags.stayAway ?? false }),
      );
      print(cli, flags, `ended the connection ${socketId}`, { socket_id: socketId, disconnected: true });
    });
}

function asText(connection: ConnectionDetailAnswer): string {
  const now = Date.now();
  const { user } = connection;
  const facts = [
    ["socket id", connection.socket_id],
    ["key", connection.key],
    ["user", user ? `${user.id}${signedBy(user.signed_by)}` : (connection.user_id ?? "-")],
    ["address", connection.address ?? "-"],
    ["client", connection.client],
    ["origin", connection.origin ?? "-"],
    ["connected", printTime(connection.connected_at, now)],
    ["last heard of", printTime(connection.last_activity_at, now)],
  ];
  const channels = connection.subscriptions.map(({ channel, user_id: userId, signed_by: by }) => [
    `  ${channel}`,
    userId === null ? "" : `as ${userId}`,
    signedBy(by),
  ]);
  const lines = [...facts, ...(channels.length > 0 ? [["channels", ""]] : [])];
  return [
    table(lines.map((cells) => cells.map(printable))),
    table(channels.map((cells) => cells.map(printable))),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function signedBy(by: ConnectionDetailAnswer["subscriptions"][number]["signed_by"]): string {
  return by === null ? "" : ` (signed with ${by.fingerprint ?? by.secret_id})`;
}
