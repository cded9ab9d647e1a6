import { VERSION } from "@usher/server";
import { Command } from "commander";
import type { Cli } from "./cli.ts";
import { addAppsCreate } from "./commands/apps-create.ts";
import { addAppsList } from "./commands/apps-list.ts";
import { addAppsShow } from "./commands/apps-show.ts";
import { addAuthCheck } from "./commands/auth-check.ts";
import { addAuthExplain } from "./commands/auth-explain.ts";
import { addAuthServer } from "./commands/auth-server.ts";
import { addAuthSign } from "./commands/auth-sign.ts";
import { addAuthVerify } from "./commands/auth-verify.ts";
import { addChannelsList } from "./commands/channels-list.ts";
import { addChannelsShow } from "./commands/channels-show.ts";
import { addConfigCheck } from "./commands/config-check.ts";
import { addConfigPrint } from "./commands/config-print.ts";
import { addServe } from "./commands/serve.ts";
import { addSubscribe } from "./commands/subscribe.ts";
import { addTrigger } from "./commands/trigger.ts";
import { EXIT_CODES } from "./exit-codes.ts";

/** The whole command. @param end called with the exit code of a command that ends neither well nor with an error. */
export function createProgram(cli: Cli, end: (exitCode: number) => void): Command {
  // Settings come before the subcommands, which inherit them when they are added.
  const program = new Command("usher")
    .description("A self-hosted realtime server for existing Pusher Channels clients and server libraries.")
    .version(VERSION, "-V, --version")
    .exitOverride()
    .configureOutput({ writeOut: cli.writeOut, writeErr: cli.writeError })
    .showHelpAfterError("(--help shows how to use it)")
    .enablePositionalOptions()
    .addHelpText("after", `\nExit codes:\n${exitCodes()}\n\nExample:\n  usher serve`);

  addServe(program, cli);
  const apps = program.command("apps").description("look at and create apps in the local store");
  addAppsList(apps, cli);
  addAppsCreate(apps, cli);
  addAppsShow(apps, cli);
  apps.addHelpText("after", "\nExample:\n  usher apps list");
  addTrigger(program, cli);
  addSubscribe(program, cli);
  const channels = program.command("channels").description("look at the channels of a running server");
  addChannelsList(channels, cli);
  addChannelsShow(channels, cli);
  channels.addHelpText("after", "\nExample:\n  usher channels");
  const auth = program.command("auth").description("sign, check and explain authorizations");
  addAuthSign(auth, cli);
  addAuthVerify(auth, cli, end);
  addAuthExplain(auth, cli, end);
  addAuthCheck(auth, cli, end);
  auth.addHelpText("after", "\nExample:\n  usher auth sign --socket-id 1234.5678 --channel private-room");
  addAuthServer(program, cli);
  const config = program.command("config").description("check and print the server's configuration");
  addConfigCheck(config, cli, end);
  addConfigPrint(config, cli);
  config.addHelpText("after", "\nExample:\n  usher config check --config usher.toml");
  return program;
}

function exitCodes(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
    .join("\n");
}
