import { VERSION } from "@usher/server/light";
import { Command } from "commander";
import type { Cli } from "./cli.ts";
import { addAppsCreate } from "./commands/apps-create.ts";
import { addAppsDelete } from "./commands/apps-delete.ts";
import { addAppsExport } from "./commands/apps-export.ts";
import { addAppsImport } from "./commands/apps-import.ts";
import { addAppsList } from "./commands/apps-list.ts";
import { addAppsShow } from "./commands/apps-show.ts";
import { addAppsDisable, addAppsEnable, addAppsUpdate } from "./commands/apps-update.ts";
import { addAudit } from "./commands/audit.ts";
import { addAuthCheck } from "./commands/auth-check.ts";
import { addAuthExplain } from "./commands/auth-explain.ts";
import { addAuthServer } from "./commands/auth-server.ts";
import { addAuthSign } from "./commands/auth-sign.ts";
import { addAuthVerify } from "./commands/auth-verify.ts";
import { addChannelsList } from "./commands/channels-list.ts";
import { addChannelsShow } from "./commands/channels-show.ts";
import { addConfigCheck } from "./commands/config-check.ts";
import { addConfigPrint } from "./commands/config-print.ts";
import { addConnectionsDisconnect, addConnectionsList, addConnectionsShow } from "./commands/connections.ts";
import { addGrantsLift, addGrantsList, addGrantsRevoke } from "./commands/grants.ts";
import { addHealth } from "./commands/health.ts";
import { addImports } from "./commands/import.ts";
import { addKeysAdd, addKeysRemove } from "./commands/keys.ts";
import { addNodesDrain, addNodesList, addNodesResume } from "./commands/nodes.ts";
import {
  addOperatorsInvite,
  addOperatorsLink,
  addOperatorsList,
  addOperatorsRemove,
} from "./commands/operators.ts";
import { addSecretsActivate } from "./commands/secrets-activate.ts";
import { addSecretsReveal } from "./commands/secrets-reveal.ts";
import { addSecretsRevoke } from "./commands/secrets-revoke.ts";
import { addSecretsRotate } from "./commands/secrets-rotate.ts";
import { addSecretsStatus } from "./commands/secrets-status.ts";
import { addSecretsCancel, addSecretsUndo } from "./commands/secrets-undo.ts";
import { addServe } from "./commands/serve.ts";
import { addSubscribe } from "./commands/subscribe.ts";
import { addTokensCreate, addTokensList, addTokensRevoke } from "./commands/tokens.ts";
import { addTrigger } from "./commands/trigger.ts";
import {
  addWebhooksAdd,
  addWebhooksDeliveries,
  addWebhooksList,
  addWebhooksRemove,
  addWebhooksReplay,
  addWebhooksTest,
} from "./commands/webhooks.ts";
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
  addHealth(program, cli, end);
  addAppCommands(program, cli, end);
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
  addAccessCommands(program, cli);
  return program;
}

/** Apps and their credentials, and what was granted with them. */
function addAppCommands(program: Command, cli: Cli, end: (exitCode: number) => void): void {
  const apps = program.command("apps").description("look after apps");
  addAppsList(apps, cli);
  addAppsShow(apps, cli);
  addAppsCreate(apps, cli);
  addAppsUpdate(apps, cli);
  addAppsEnable(apps, cli);
  addAppsDisable(apps, cli);
  addAppsDelete(apps, cli);
  addAppsExport(apps, cli);
  addAppsImport(apps, cli);
  apps.addHelpText("after", "\nExample:\n  usher apps list");
  const imports = program
    .command("import")
    .description("take over the apps of another server, secrets as they are");
  addImports(imports, cli);
  imports.addHelpText("after", "\nExample:\n  usher import soketi .env");
  const keys = program.command("keys").description("add and remove keys of an app");
  addKeysAdd(keys, cli);
  addKeysRemove(keys, cli);
  keys.addHelpText("after", "\nExample:\n  usher keys add --app 123456");
  const secrets = program.command("secrets").description("rotate and revoke the secrets of a key");
  addSecretsStatus(secrets, cli, end);
  addSecretsRotate(secrets, cli);
  addSecretsActivate(secrets, cli);
  addSecretsUndo(secrets, cli);
  addSecretsCancel(secrets, cli);
  addSecretsRevoke(secrets, cli);
  addSecretsReveal(secrets, cli);
  secrets.addHelpText("after", "\nExample:\n  usher secrets rotate --app 123456");
  const grants = program.command("grants").description("take back what was granted to users and connections");
  addGrantsList(grants, cli);
  addGrantsRevoke(grants, cli);
  addGrantsLift(grants, cli);
  grants.addHelpText("after", "\nExample:\n  usher grants revoke --app 123456 --user 42");
  const connections = program
    .command("connections")
    .description("look at and end connections of a running server");
  addConnectionsList(connections, cli);
  addConnectionsShow(connections, cli);
  addConnectionsDisconnect(connections, cli);
  const webhooks = program.command("webhooks").description("look after where an app's webhooks go");
  addWebhooksList(webhooks, cli);
  addWebhooksAdd(webhooks, cli);
  addWebhooksRemove(webhooks, cli);
  addWebhooksTest(webhooks, cli, end);
  addWebhooksDeliveries(webhooks, cli);
  addWebhooksReplay(webhooks, cli);
  webhooks.addHelpText("after", "\nExample:\n  usher webhooks list --app 123456");
  connections.addHelpText("after", "\nExample:\n  usher connections list --app 123456");
}

/** Who may look after all that, and what was done. */
function addAccessCommands(program: Command, cli: Cli): void {
  addAudit(program, cli);
  const operators = program.command("operators").description("look after the people who may log in");
  addOperatorsList(operators, cli);
  addOperatorsInvite(operators, cli);
  addOperatorsLink(operators, cli);
  addOperatorsRemove(operators, cli);
  operators.addHelpText("after", "\nExample:\n  usher operators list");
  const tokens = program.command("tokens").description("look after the API tokens of programs");
  addTokensList(tokens, cli);
  addTokensCreate(tokens, cli);
  addTokensRevoke(tokens, cli);
  tokens.addHelpText("after", "\nExample:\n  usher tokens list");
  const nodes = program.command("nodes").description("look after the servers that share the database");
  addNodesList(nodes, cli);
  addNodesDrain(nodes, cli);
  addNodesResume(nodes, cli);
  nodes.addHelpText("after", "\nExample:\n  usher nodes");
}

function exitCodes(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`)
    .join("\n");
}
