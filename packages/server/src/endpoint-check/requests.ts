import type { EndpointRequest } from "./ask.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

/** What a page sends along with everything it asks. */
export interface PageContext {
  readonly headers: Pairs;
  readonly params: Pairs;
  /** Of the page; undefined for one on the endpoint's own origin. */
  readonly origin: string | undefined;
}

/** The request of pusher-js's `ajax` transport, for a channel or, without one, for a user. */
export function ajaxRequest(
  url: string,
  { socketId, channel }: { readonly socketId: string; readonly channel?: string | undefined },
  context: PageContext,
): EndpointRequest {
  return formRequest(url, query(socketId, channel, context.params), context);
}

/** The request of the pusher-js-auth plug-in, the `&` at its start included. */
export function batchRequest(
  url: string,
  socketId: string,
  channels: readonly string[],
  context: PageContext,
): EndpointRequest {
  const names = channels.map((channel, index) => `&channel_name[${index}]=${encodeURIComponent(channel)}`);
  const params = context.params.map(([name, value]) => `&${pair(name, value)}`);
  return formRequest(url, `&${pair("socket_id", socketId)}${names.join("")}${params.join("")}`, context);
}

/** The request of the script element that pusher-js's `jsonp` transport makes. Scripts have no headers of their own. */
export function jsonpRequest(
  url: string,
  asked: { readonly socketId: string; readonly channel: string; readonly callback: string },
  { headers, params, origin }: PageContext,
): EndpointRequest {
  const callback = encodeURIComponent(asked.callback);
  return {
    method: "GET",
    url: `${url}?callback=${callback}&${query(asked.socketId, asked.channel, params)}`,
    headers: [
      ...headers.filter(([name]) => isCookie(name)),
      ...(origin === undefined ? [] : [["Referer", `${origin}/`] as const]),
    ],
  };
}

/** What the browser asks before a request with headers of the page's own. */
export function preflightRequest(
  url: string,
  { headers, origin }: PageContext & { readonly origin: string },
): EndpointRequest {
  return {
    method: "OPTIONS",
    url,
    headers: [
      ["Origin", origin],
      ["Access-Control-Request-Method", "POST"],
      ["Access-Control-Request-Headers", preflightHeaders(headers).join(",")],
    ],
  };
}

/** The headers that a browser asks about first, as it writes them. */
export function preflightHeaders(headers: Pairs): readonly string[] {
  const names = headers.map(([name]) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !SAFE.has(name) && !isCookie(name)).toSorted();
}

export function isCookie(name: string): boolean {
  return name.toLowerCase() === "cookie";
}

const SAFE: ReadonlySet<string> = new Set(["accept", "accept-language", "content-language"]);

function formRequest(url: string, body: string, { headers, origin }: PageContext): EndpointRequest {
  return {
    method: "POST",
    url,
    headers: [
      ["Content-Type", "application/x-www-form-urlencoded"],
      ...headers.filter(([name]) => origin === undefined || !isCookie(name)),
      ...(origin === undefined ? [] : [["Origin", origin] as const]),
    ],
    body,
  };
}

function query(socketId: string, channel: string | undefined, params: Pairs): string {
  return [
    pair("socket_id", socketId),
    ...(channel === undefined ? [] : [pair("channel_name", channel)]),
    ...params.map(([name, value]) => pair(name, value)),
  ].join("&");
}

function pair(name: string, value: string): string {
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}
