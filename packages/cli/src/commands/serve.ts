import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { addConfigOptions, type Flags, requireConfig } from "../configuration.ts";
import { note } from "../print.ts";

export function addServe(program: Command, cli: Cli): void {
  const command = program.command("serve").description("run the server until it is told to stop");
  addConfigOptions(command)
    .option("--json", "log as JSON, one line for each entry; the same as --log-format json")
    .addHelpText("after", "\nExample:\n  usher serve --port 6001 --config usher.toml")
    .action(async ({ json, ...flags }: Flags) => {
      const { config, notices } = requireConfig(cli, json ? { ...flags, logFormat: "json" } : flags);
      for (const notice of notices) note(cli, notice);
      const { serve } = await import("@usher/server");
      await serve(config, { dashboardFolder: await dashboardFolder(cli) });
    });
}

/** A server without its dashboard is better than none. */
async function dashboardFolder(cli: Cli): Promise<string | null> {
  try {
    const { prepareDashboard } = await import("@usher/dashboard");
    return await prepareDashboard();
  } catch (cause) {
    note(cli, `the dashboard is left out: ${cause instanceof Error ? cause.message : String(cause)}`);
    return null;
  }
}
