import { isJsonObject } from "@usher/protocol";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { callHttpApi } from "../http-api.ts";
import { print, printable, table } from "../print.ts";
import { addTargetOptions, resolveTarget, type TargetFlags } from "../target.ts";

interface ListFlags extends TargetFlags {
  readonly prefix?: string;
  readonly info?: string;
  readonly json?: boolean;
}

export function addChannelsList(channels: Command, cli: Cli): void {
  const command = channels
    .command("list", { isDefault: true })
    .description("list the occupied channels")
    .option("--prefix <text>", "only channels whose name starts so")
    .option("--info <attributes>", "user_count (with --prefix presence-), subscription_count");
  addTargetOptions(command)
    .option("--json", "print what the server answers")
    .addHelpText("after", "\nExample:\n  usher channels --prefix presence- --info user_count")
    .action(async (flags: ListFlags) => {
      const answer = await callHttpApi(cli, await resolveTarget(cli, flags), {
        method: "GET",
        path: "/channels",
        query: [
          ...(flags.prefix === undefined ? [] : [["filter_by_prefix", flags.prefix] as const]),
          ...(flags.info === undefined ? [] : [["info", flags.info] as const]),
        ],
        body: "",
      });
      print(cli, flags, asText(answer.channels), answer);
    });
}

function asText(channels: unknown): string {
  if (!isJsonObject(channels)) return "";
  const rows = Object.entries(channels).map(([name, attributes]) => [
    printable(name),
    ...Object.entries(isJsonObject(attributes) ? attributes : {}).map(([key, value]) => `${key} ${value}`),
  ]);
  return table(rows);
}
