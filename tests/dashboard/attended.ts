import type NodePusher from "pusher-js";
import { type AuthEndpoint, startAuthEndpoint } from "../clients/auth-endpoint.ts";
import { Clients } from "../clients/clients.ts";
import type { StartServerOptions } from "../support/server.ts";
import { Visit } from "./visit.ts";

/** A visit to a server that has clients: real ones, with an endpoint that signs for them. */
export interface Attended {
  readonly visit: Visit;
  readonly clients: Clients;
  readonly endpoint: AuthEndpoint;
  end(): Promise<void>;
}

export async function attendedVisit(options: StartServerOptions = {}): Promise<Attended> {
  const visit = await Visit.asOwner(options);
  const { appId: id, key, secret } = visit.server;
  const endpoint = startAuthEndpoint({ id, key, secret });
  const clients = new Clients(
    { id, key, secret },
    () => visit.server,
    () => endpoint,
  );
  return {
    visit,
    clients,
    endpoint,
    async end() {
      clients.end();
      await endpoint.stop();
      await visit.end();
    },
  };
}

/** Resolves once a client is on a channel. */
export function joined(client: NodePusher, channel: string): Promise<unknown> {
  return new Promise((resolve) => client.subscribe(channel).bind("pusher:subscription_succeeded", resolve));
}

/** A browser writes down every answer that is a refusal, also one that the page expects. */
export function unexpected(complaints: readonly string[], ...statuses: readonly number[]): string[] {
  return complaints.filter((text) => !statuses.some((status) => text.includes(`status of ${status}`)));
}
