import { parseJsonObject } from "@usher/protocol";
import type { Command } from "commander";
import { withAdmin } from "../admin/open-admin.ts";
import { type AdminFlags, addAdminOptions } from "../admin/options.ts";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { print } from "../print.ts";
import { readGivenFile } from "./given-file.ts";

interface ImportFlags extends AdminFlags {
  readonly skipExisting?: boolean;
}

export function addAppsImport(apps: Command, cli: Cli): void {
  const command = apps
    .command("import <file>")
    .description("add the apps of an export, all of them or none; - reads it from standard input")
    .option("--skip-existing", "leave apps alone whose id is there already, instead of refusing all");
  addAdminOptions(command, "print what became of each as a JSON object")
    .addHelpText("after", "\nExample:\n  usher apps import apps.json --skip-existing")
    .action(async (file: string, flags: ImportFlags) => {
      const body = parseJsonObject(file === "-" ? await cli.readInput() : readGivenFile(cli, file));
      if (!body)
        throw usageError(`${file} is not a JSON object`, "Give a file as `usher apps export` prints it.");
      const existing = flags.skipExisting ? "skip" : "refuse";
      const answer = await withAdmin(cli, flags, { create: true }, (admin) => admin.import(body, existing));
      const lines = [
        ...answer.added.map(({ id, name }) => `added app ${id} (${name})`),
        ...answer.skipped.map((id) => `left app ${id} as it is: it was there already`),
      ];
      print(cli, flags, lines.join("\n"), answer);
    });
}
