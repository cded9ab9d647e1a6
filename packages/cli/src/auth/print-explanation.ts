import type { Explanation } from "@usher/protocol/explain";
import type { Cli } from "../cli.ts";
import { print, printable } from "../print.ts";

export function printExplanation(
  cli: Cli,
  flags: { readonly json?: boolean },
  explanation: Explanation,
): void {
  print(cli, flags, asText(explanation), asJson(explanation));
}

function asText({ cause, message, fix, stringToSign, matched, also, tried }: Explanation): string {
  const lines = [
    `${cause}: ${printable(message)}.`,
    `  Fix: ${printable(fix)}`,
    stringToSign && `  Text to sign: ${printable(stringToSign)}`,
    matched && `  Made with: ${matched.slot} secret ${matched.secretId}${ofApp(matched.appId)}`,
    also && `  Besides: ${also}`,
    cause === "unknown" && tried.length > 0 && `  Tried: ${tried.join(", ")}`,
    `  More: docs/pitfalls.md#${cause}`,
  ];
  return lines.filter((line) => typeof line === "string" && line !== "").join("\n");
}

function ofApp(appId: string): string {
  return appId === "" ? "" : ` of app ${appId}`;
}

function asJson({ stringToSign, matched, ...rest }: Explanation): unknown {
  return {
    ...rest,
    ...(stringToSign !== undefined && { string_to_sign: stringToSign }),
    ...(matched && {
      matched: { slot: matched.slot, secret_id: matched.secretId, app_id: matched.appId },
    }),
  };
}
