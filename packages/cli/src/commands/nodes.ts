import type { NodeAnswer } from "@usher/server/admin-types";
import type { Command } from "commander";
import type { AdminClient } from "../admin/admin-client.ts";
import { requireYes } from "../admin/confirm.ts";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions, addYesOption, type ConfirmFlags } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import { printTime } from "../duration.ts";
import { print, printable, table } from "../print.ts";

interface WaitFlags extends AdminFlags {
  readonly wait?: boolean;
}

export function addNodesList(nodes: Command, cli: Cli): void {
  const command = nodes
    .command("list", { isDefault: true })
    .description("list the servers that share the database");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher nodes")
    .action(async (flags: AdminFlags) => {
      const answer = await withAdmin(cli, flags, {}, (admin) => admin.nodes());
      const now = Date.now();
      const rows = answer.items.map((node) => [
        node.id,
        printable(node.name),
        node.version,
        stateOf(node),
        String(node.connections),
        node.bus.state === "off" ? "-" : node.bus.state,
        printTime(node.started_at, now),
        printTime(node.seen_at, now),
      ]);
      const header = ["ID", "NAME", "VERSION", "STATE", "CONNECTIONS", "BUS", "STARTED", "LAST HEARD OF"];
      print(cli, flags, table([header, ...rows]), answer);
    });
}

export function addNodesDrain(nodes: Command, cli: Cli): void {
  const command = nodes
    .command("drain <node>")
    .description("take a server out of service and send its clients to the others, by its name or id")
    .option("--wait", "end only when the last client has left");
  addAdminOptions(addYesOption(command), "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher nodes drain web-1:6001 --wait --yes")
    .action(async (nameOrId: string, flags: WaitFlags & ConfirmFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const node = await find(admin, nameOrId);
        await requireYes(
          cli,
          flags,
          `Send the ${node.connections} clients of ${printable(node.name)} to other servers?`,
        );
        const asked = await admin.drainNode(node.id);
        return flags.wait ? await settled(admin, asked, isDrained) : asked;
      });
      const name = printable(answer.name);
      const text = isDrained(answer)
        ? `${name} is drained; \`usher nodes resume\` puts it back`
        : `${name} is being drained; \`usher nodes\` shows how far it is`;
      print(cli, flags, text, answer);
    });
}

export function addNodesResume(nodes: Command, cli: Cli): void {
  const command = nodes
    .command("resume <node>")
    .description("put a drained server back into service, by its name or id")
    .option("--wait", "end only when it is in service");
  addAdminOptions(command, "print what the API answers")
    .addHelpText("after", "\nExample:\n  usher nodes resume web-1:6001")
    .action(async (nameOrId: string, flags: WaitFlags) => {
      const answer = await withAdmin(cli, flags, {}, async (admin) => {
        const asked = await admin.resumeNode((await find(admin, nameOrId)).id);
        return flags.wait ? await settled(admin, asked, isInService) : asked;
      });
      const name = printable(answer.name);
      print(cli, flags, `${name} ${isInService(answer) ? "is" : "will be"} in service`, answer);
    });
}

/** Names of the dead may be those of the living, who come first. */
async function find(admin: AdminClient, nameOrId: string): Promise<NodeAnswer> {
  const { items } = await admin.nodes();
  const fitting = items.filter(({ id, name }) => id === nameOrId || name === nameOrId);
  const node = fitting.find(({ is_live }) => is_live) ?? fitting[0];
  if (node) return node;
  throw new CliError(
    "refused",
    "node_not_found",
    `there is no node ${nameOrId}`,
    "`usher nodes` lists them.",
  );
}

const POLL_MS = 500;

/** Asks until the node is as wanted. */
async function settled(
  admin: AdminClient,
  asked: NodeAnswer,
  isWanted: (node: NodeAnswer) => boolean,
): Promise<NodeAnswer> {
  for (;;) {
    const node = (await admin.nodes()).items.find(({ id }) => id === asked.id);
    if (!node?.is_live) {
      throw new CliError(
        "unavailable",
        "node_gone",
        `${printable(asked.name)} is not there any more`,
        "It was stopped, or cannot reach the database.",
      );
    }
    if (isWanted(node)) return node;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function isDrained({ is_draining: isDraining, connections }: NodeAnswer): boolean {
  return isDraining && connections === 0;
}

function isInService({ is_draining: isDraining, drain_requested_at: requestedAt }: NodeAnswer): boolean {
  return !isDraining && requestedAt === null;
}

function stateOf(node: NodeAnswer): string {
  if (!node.is_live) return "gone";
  if (isDrained(node)) return "drained";
  return node.is_draining || node.drain_requested_at !== null ? "draining" : "live";
}
