import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { callHttpApi } from "../http-api.ts";
import { print } from "../print.ts";
import { addTargetOptions, resolveTarget, type TargetFlags } from "../target.ts";
import { collect } from "./collect.ts";

interface TriggerFlags extends TargetFlags {
  readonly channel: readonly string[];
  readonly event: string;
  readonly data: string;
  readonly socketId?: string;
  readonly json?: boolean;
}

export function addTrigger(program: Command, cli: Cli): void {
  const command = program
    .command("trigger")
    .description("trigger an event on channels, through the HTTP API")
    .requiredOption("--channel <name>", "channel to trigger on; may be given several times", collect)
    .requiredOption("--event <name>", "name of the event")
    .requiredOption("--data <text>", "data of the event; - reads it from standard input")
    .option("--socket-id <id>", "connection that is not to receive the event");
  addTargetOptions(command)
    .option("--json", "print what the server answers")
    .addHelpText(
      "after",
      "\nExample:\n  usher trigger --channel orders --event shipped --data '{\"id\":7}'\n  date | usher trigger --channel clock --event tick --data -",
    )
    .action(async (flags: TriggerFlags) => {
      const target = await resolveTarget(cli, flags);
      const data = flags.data === "-" ? await readData(cli) : flags.data;
      const answer = await callHttpApi(cli, target, {
        method: "POST",
        path: "/events",
        query: [],
        body: JSON.stringify({
          name: flags.event,
          channels: flags.channel,
          data,
          ...(flags.socketId !== undefined && { socket_id: flags.socketId }),
        }),
      });
      print(cli, flags, `triggered ${flags.event} on ${flags.channel.join(", ")}`, answer);
    });
}

/** Programs end their output with a newline that is not part of the data. */
async function readData(cli: Cli): Promise<string> {
  return (await cli.readInput()).replace(/\r?\n$/, "");
}
