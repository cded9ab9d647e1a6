import { formatProblem } from "@usher/server/light";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addConfigOptions, checkConfig, type Flags } from "../configuration.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { note, print } from "../print.ts";

/** @param end called with the exit code when the configuration is wrong, which is a result here rather than a failure. */
export function addConfigCheck(config: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = config
    .command("check")
    .description("check the configuration without starting anything; names the line at fault");
  addConfigOptions(command)
    .option("--json", "print a JSON object")
    .addHelpText("after", "\nExample:\n  usher config check --config usher.toml")
    .action(({ json, ...flags }: Flags) => {
      const isJson = json === true;
      const checked = checkConfig(cli, flags);
      if (checked.ok) {
        for (const notice of isJson ? [] : checked.value.notices) note(cli, notice);
        const { notices } = checked.value;
        print(cli, { json: isJson }, "the configuration is fine", { ok: true, problems: [], notices });
        return;
      }
      print(cli, { json: isJson }, checked.error.map(formatProblem).join("\n"), {
        ok: false,
        problems: checked.error,
        notices: [],
      });
      end(EXIT_CODES.config.code);
    });
}
