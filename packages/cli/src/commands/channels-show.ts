import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { callHttpApi } from "../http-api.ts";
import { print, printable, table } from "../print.ts";
import { addTargetOptions, resolveTarget, type TargetFlags } from "../target.ts";

interface ShowFlags extends TargetFlags {
  readonly info?: string;
  readonly json?: boolean;
}

export function addChannelsShow(channels: Command, cli: Cli): void {
  const command = channels
    .command("show <name>")
    .description("show one channel")
    .option("--info <attributes>", "any of user_count, subscription_count, cache, with commas between them");
  addTargetOptions(command)
    .option("--json", "print what the server answers")
    .addHelpText("after", "\nExample:\n  usher channels show presence-room --info user_count")
    .action(async (name: string, flags: ShowFlags) => {
      const answer = await callHttpApi(cli, await resolveTarget(cli, flags), {
        method: "GET",
        path: `/channels/${encodeURIComponent(name)}`,
        query: flags.info === undefined ? [] : [["info", flags.info]],
        body: "",
      });
      const rows = Object.entries(answer).map(([key, value]) => [key, printable(JSON.stringify(value))]);
      print(cli, flags, table(rows), answer);
    });
}
