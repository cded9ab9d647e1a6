import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addConfigOptions, type Flags, requireConfig } from "../configuration.ts";
import { print, table } from "../print.ts";

export function addConfigPrint(config: Command, cli: Cli): void {
  const command = config
    .command("print")
    .description("print every key with its value and where that came from, secrets left out");
  addConfigOptions(command)
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExample:\n  USHER_PORT=7001 usher config print")
    .action(({ json, ...flags }: Flags) => {
      const { entries } = requireConfig(cli, flags);
      const rows = entries.map(({ key, value, source }) => [key, "=", JSON.stringify(value), `# ${source}`]);
      const byKey = Object.fromEntries(entries.map(({ key, value, source }) => [key, { value, source }]));
      print(cli, { json: json === true }, table(rows), byKey);
    });
}
