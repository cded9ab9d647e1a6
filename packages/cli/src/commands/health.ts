import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import type { ServerConfig } from "@usher/server/light";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { addConfigOptions, requireConfig } from "../configuration.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print } from "../print.ts";
import { checkUrl, localHttpUrl } from "../server-url.ts";
import { wholeNumber } from "./whole-number.ts";

interface HealthFlags {
  readonly url?: string;
  readonly live?: true;
  readonly timeout: number;
  readonly json?: boolean;
  readonly [key: string]: unknown;
}

/** The health check of a container that holds nothing but this command. @param end called with the exit code when the answer is no. */
export function addHealth(program: Command, cli: Cli, end: (exitCode: number) => void): void {
  const command = program.command("health").description("ask a running server whether it takes clients");
  addConfigOptions(command, ["ops_host", "ops_port"])
    .option("--url <url>", "address of its ops port; without it, where the configuration says that it is")
    .option("--live", "ask only whether it answers, which a server that drains does")
    .option("--timeout <seconds>", "how long to wait for the answer", wholeNumber, 3)
    .option("--json", "print a JSON object")
    .addHelpText(
      "after",
      "\nEnds with 0 for yes and with 1 for no, whatever the reason.\n\nExample:\n  usher health",
    )
    .action(async ({ url, live, timeout, json, ...flags }: HealthFlags) => {
      const base = url === undefined ? opsUrl(requireConfig(cli, flags).config) : checkUrl(url);
      const { isHealthy, answer } = await ask(`${base}/health/${live ? "live" : "ready"}`, timeout);
      print(cli, json ? { json } : {}, answer, { ok: isHealthy, answer, url: base });
      if (!isHealthy) end(EXIT_CODES.refused.code);
    });
}

function opsUrl({ opsHost, opsPort }: ServerConfig): string {
  if (opsPort !== 0) return localHttpUrl(opsHost, opsPort);
  throw usageError(
    "ops_port is 0, which is any free port",
    "Give the server one of its own, or its address as --url.",
  );
}

/** Not by `fetch`: that goes by the proxy of the environment, which leads away from this machine. */
function ask(url: string, timeoutSeconds: number): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({
        isHealthy: false,
        answer: `no answer from ${url}: ${signal.aborted ? "it takes too long" : error.message}`,
      });
    const client = url.startsWith("https:") ? https : http;
    const request = client.get(url, { signal, agent: false }, (response) => {
      const isHealthy = response.statusCode === 200;
      text(response).then((answer) => resolve({ isHealthy, answer: answer.trim() }), fail);
    });
    request.on("error", fail);
  });
}

interface Answer {
  readonly isHealthy: boolean;
  /** For people: the server's words, or why there are none. */
  readonly answer: string;
}
