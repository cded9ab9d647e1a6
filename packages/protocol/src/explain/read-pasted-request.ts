import type { PastedRequest } from "./read-paste.ts";
import { shellWords } from "./shell-words.ts";

/** A request to the HTTP API in a curl command, a request line with or without a body, or an address. */
export function readPastedRequest(text: string): PastedRequest | undefined {
  const pasted = text.trim();
  return readCurl(pasted) ?? readRequestLine(pasted);
}

const BODY_FLAGS = ["-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"];

function readCurl(text: string): PastedRequest | undefined {
  if (!/^\$?\s*curl\s/.test(text)) return undefined;
  const words = shellWords(text);
  const after = (flags: readonly string[]) =>
    words.flatMap((word, index) => (flags.includes(word) ? [words[index + 1] ?? ""] : []));
  const address = words.map(targetOf).find((target) => target !== undefined);
  if (!address) return undefined;
  const bodies = after(BODY_FLAGS);
  const [method] = after(["-X", "--request"]);
  return {
    ...address,
    method: (method ?? (bodies.length > 0 ? "POST" : "GET")).toUpperCase(),
    body: bodies.length > 0 ? bodies.join("&") : undefined,
  };
}

function readRequestLine(text: string): PastedRequest | undefined {
  const [first = "", ...rest] = text.split("\n");
  const [, method, target = ""] =
    /^(?:(GET|POST|PUT|DELETE|HEAD)\s+)?(\S+)(?:\s+HTTP\/[\d.]+)?\r?$/.exec(first) ?? [];
  const address = targetOf(target);
  if (!address) return undefined;
  const body = bodyBelow(rest);
  return { ...address, method: method ?? (body === undefined ? "GET" : "POST"), body };
}

/** Behind the headers and a blank line, or right below the request line where there are no headers. */
function bodyBelow(lines: readonly string[]): string | undefined {
  const isHeader = (line: string) => /^[\w-]+:\s/.test(line);
  const headers = lines.findIndex((line) => !isHeader(line));
  const body =
    headers === -1
      ? ""
      : lines
          .slice(headers)
          .join("\n")
          .replace(/^\r?\n/, "");
  return body === "" ? undefined : body;
}

/** Path and query of an address of the HTTP API, exactly as they are written. */
function targetOf(word: string): Pick<PastedRequest, "path" | "rawQuery"> | undefined {
  const target = word.replace(/^[a-z]+:\/\/[^/?#]*/i, "");
  const question = target.indexOf("?");
  const path = question === -1 ? target : target.slice(0, question);
  const rawQuery = question === -1 ? "" : target.slice(question + 1).replace(/#.*$/, "");
  const isOfApi =
    /^\/?(?:[^?\s{]*\/)?(?:apps|users)\//.test(path) || /(?:^|&)auth_(?:key|signature)=/.test(rawQuery);
  return isOfApi ? { path, rawQuery } : undefined;
}
