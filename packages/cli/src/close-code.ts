import { ERRORS } from "@usher/protocol";
import { CliError } from "./cli-error.ts";
import type { Ending } from "./exit-codes.ts";

/** A close of the connection in words, with what may be done about it. @param reason empty when the server gave none. */
export function closedByServer({
  code,
  reason,
}: {
  readonly code: number;
  readonly reason: string;
}): CliError {
  const { ending, meaning, hint } = meaningOf(code);
  const words = reason === "" ? meaning : `${reason} (${meaning})`;
  const message = `the server closed the connection: ${code} ${words}`;
  return new CliError(ending, `closed_${code}`, message, onlyHintFor(code) ?? hint);
}

interface Meaning {
  readonly ending: Ending;
  readonly meaning: string;
  readonly hint: string;
}

/** What a code tells clients to do, by the ranges of Pusher's protocol. */
function meaningOf(code: number): Meaning {
  if (code >= 4000 && code < 4100) {
    const hint = "Mend what the server complains about first.";
    return { ending: "refused", meaning: "do not connect again as you are", hint };
  }
  if (code >= 4100 && code < 4200) {
    return { ending: "unavailable", meaning: "connect again later", hint: "Try again in a while." };
  }
  if (code >= 4200 && code < 4300) {
    return { ending: "unavailable", meaning: "connect again at once", hint: "Run the command again." };
  }
  const hint = "The server, or a proxy before it, ended the connection; its log may say why.";
  return { ending: "unavailable", meaning: code === 1006 ? "without a goodbye" : "without a reason", hint };
}

/** The hint of the error that closes with this code, unless several do. */
function onlyHintFor(code: number): string | undefined {
  const [spec, ...others] = Object.values(ERRORS).filter(
    (each) => "closeCode" in each && each.closeCode === code,
  );
  return others.length === 0 ? spec?.hint : undefined;
}
