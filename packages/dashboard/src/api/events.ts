import { useMutation } from "@tanstack/react-query";
import { appPath } from "./apps.ts";
import { API } from "./place.ts";
import { request } from "./request.ts";

/** An event as somebody writes it, in one of two ways. */
export type EventToSend =
  | {
      readonly kind: "api";
      readonly channels: readonly string[];
      readonly event: string;
      readonly data: string;
      /** A connection that does not receive it. */
      readonly exceptSocketId: string | undefined;
      readonly wantsCounts: boolean;
    }
  | {
      readonly kind: "client";
      readonly channel: string;
      readonly event: string;
      readonly data: string;
      /** The member that it is from; needed on presence channels. */
      readonly userId: string | undefined;
    };

export interface SentEvent {
  /** How many connections a client event went to. */
  readonly receivers?: number;
  /** Of an event through the API, where counts were wanted. */
  readonly channels?: Readonly<
    Record<string, { readonly user_count?: number; readonly subscription_count?: number }>
  >;
}

/** An unsafe request of the admin API, for sending it or for showing how it is sent. */
interface EventRequest {
  /** After `/admin/v1`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export function useSendEvent(appId: string) {
  return useMutation({
    mutationFn: (event: EventToSend) => {
      const { path, body } = eventRequest(appId, event);
      return request<SentEvent>("POST", path, body);
    },
  });
}

/** The request that sends an event, as a command. The token is named, never given. */
export function eventAsCurl(appId: string, event: EventToSend): string {
  const { path, body } = eventRequest(appId, event);
  return [
    `curl -sS --fail-with-body ${quoted(`${location.origin}${API}${path}`)}`,
    `-H "Authorization: Bearer $USHER_TOKEN"`,
    `-H "Content-Type: application/json"`,
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

/** The same with the command line; undefined for client events, which it does not send. */
export function eventAsTrigger(appId: string, event: EventToSend): string | undefined {
  if (event.kind === "client") return undefined;
  return [
    `usher trigger --app ${quoted(appId)}`,
    ...event.channels.map((channel) => `--channel ${quoted(channel)}`),
    `--event ${quoted(event.event)}`,
    `--data ${quoted(event.data)}`,
    ...(event.exceptSocketId === undefined ? [] : [`--socket-id ${event.exceptSocketId}`]),
  ].join(" ");
}

function eventRequest(appId: string, event: EventToSend): EventRequest {
  const { data } = event;
  if (event.kind === "client") {
    const { channel, userId } = event;
    return {
      path: appPath(appId, "/client_events"),
      body: { channel, event: event.event, data, ...(userId !== undefined && { user_id: userId }) },
    };
  }
  const { channels, exceptSocketId, wantsCounts } = event;
  return {
    path: appPath(appId, "/events"),
    body: {
      name: event.event,
      channels,
      data,
      ...(exceptSocketId !== undefined && { socket_id: exceptSocketId }),
      ...(wantsCounts && { info: "subscription_count,user_count" }),
    },
  };
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
