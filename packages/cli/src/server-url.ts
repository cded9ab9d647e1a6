import type { ServerConfig } from "@usher/server/light";
import { usageError } from "./cli-error.ts";

/** Where the configuration says that the server listens, without a slash at the end. */
export function configuredUrl({ host, port, pathPrefix }: ServerConfig): string {
  return `${localHttpUrl(host, port === 0 ? 6_001 : port)}${pathPrefix}`;
}

/** How a program on the same machine reaches what listens there: on all addresses includes loopback. */
export function localHttpUrl(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** An address as it was given, without slashes at its end; anything but http and https is a usage error. */
export function checkUrl(text: string): string {
  const isHttp = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isHttp) return text.replace(/\/+$/, "");
  throw usageError(
    `${text} is not an http or https address`,
    "Give one such as --url http://127.0.0.1:6001.",
  );
}
