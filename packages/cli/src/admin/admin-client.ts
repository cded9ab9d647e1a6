import { type JsonObject, parseJsonObject } from "@usher/protocol";
import type {
  AppAnswer,
  AuditEntryAnswer,
  ConnectionAnswer,
  ConnectionDetailAnswer,
  CreatedAppAnswer,
  DeliveryAnswer,
  GrantsRevokedAnswer,
  ImportedAnswer,
  InvitationAnswer,
  ListAnswer,
  NewTokenAnswer,
  NodeAnswer,
  OperatorAnswer,
  RestrictionAnswer,
  RevokedAnswer,
  RotatedAnswer,
  SecretsAnswer,
  SettingAnswer,
  TokenAnswer,
  WebhookAnswer,
  WebhookTestAnswer,
} from "@usher/server/admin-types";
import { noAdminApi, refusalOf } from "./admin-refusal.ts";
import type { AdminTransport } from "./admin-transport.ts";

/** The values of a query or body that were given; undefined ones are left out. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * The admin API, a method for each route that a command needs.
 *
 * Lists are read to their end. What is refused throws a `CliError` with the API's own code.
 */
export class AdminClient {
  readonly #transport: AdminTransport;

  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  apps(): Promise<ListAnswer<AppAnswer>> {
    return this.#list("/apps");
  }

  app(appId: string): Promise<AppAnswer> {
    return this.#get(app(appId));
  }

  createApp(body: Given): Promise<CreatedAppAnswer> {
    return this.#send("POST", "/apps", body);
  }

  updateApp(appId: string, body: Given): Promise<AppAnswer> {
    return this.#send("PATCH", app(appId), body);
  }

  async deleteApp(appId: string): Promise<void> {
    await this.#ask("DELETE", app(appId), { query: { confirm: appId } });
  }

  settings(appId: string): Promise<ListAnswer<SettingAnswer>> {
    return this.#get(`${app(appId)}/settings`);
  }

  export(query: Given): Promise<JsonObject> {
    return this.#get("/export", query);
  }

  async import(body: unknown, existing: "refuse" | "skip"): Promise<ImportedAnswer> {
    return (await this.#ask("POST", "/import", { query: { existing }, body })) as never;
  }

  addKey(appId: string, body: Given): Promise<CreatedAppAnswer> {
    return this.#send("POST", `${app(appId)}/keys`, body);
  }

  async removeKey(appId: string, key: string): Promise<AppAnswer> {
    return (await this.#ask("DELETE", `${app(appId)}/keys/${part(key)}`)) as never;
  }

  secrets(appId: string, key: string, query: Given = {}): Promise<SecretsAnswer> {
    return this.#get(secrets(appId, key), query);
  }

  rotate(appId: string, key: string, body: Given): Promise<RotatedAnswer> {
    return this.#send("POST", `${secrets(appId, key)}/rotate`, body);
  }

  activate(appId: string, key: string, body: Given): Promise<SecretsAnswer> {
    return this.#send("POST", `${secrets(appId, key)}/activate`, body);
  }

  undo(appId: string, key: string): Promise<SecretsAnswer> {
    return this.#send("POST", `${secrets(appId, key)}/undo`);
  }

  cancel(appId: string, key: string): Promise<SecretsAnswer> {
    return this.#send("POST", `${secrets(appId, key)}/cancel`);
  }

  revoke(appId: string, key: string, body: Given): Promise<RevokedAnswer> {
    return this.#send("POST", `${secrets(appId, key)}/revoke`, body);
  }

  reveal(appId: string, key: string, secretId: string): Promise<{ readonly secret: string }> {
    return this.#send("POST", `${secrets(appId, key)}/${part(secretId)}/reveal`);
  }

  grants(appId: string): Promise<ListAnswer<RestrictionAnswer>> {
    return this.#get(`${app(appId)}/grants`);
  }

  revokeGrants(appId: string, body: Given): Promise<GrantsRevokedAnswer> {
    return this.#send("POST", `${app(appId)}/grants/revoke`, body);
  }

  async liftGrant(appId: string, id: string): Promise<void> {
    await this.#ask("DELETE", `${app(appId)}/grants/${part(id)}`);
  }

  connections(appId: string, query: Given): Promise<ListAnswer<ConnectionAnswer>> {
    return this.#list(`${app(appId)}/connections`, query);
  }

  connection(appId: string, socketId: string): Promise<ConnectionDetailAnswer> {
    return this.#get(`${app(appId)}/connections/${part(socketId)}`);
  }

  async disconnect(appId: string, socketId: string, query: Given): Promise<void> {
    await this.#ask("DELETE", `${app(appId)}/connections/${part(socketId)}`, { query });
  }

  webhooks(appId: string): Promise<{ readonly items: readonly WebhookAnswer[] }> {
    return this.#get(`${app(appId)}/webhooks`);
  }

  addWebhook(appId: string, body: Given): Promise<WebhookAnswer> {
    return this.#send("POST", `${app(appId)}/webhooks`, body);
  }

  async removeWebhook(appId: string, id: string): Promise<void> {
    await this.#ask("DELETE", webhook(appId, id));
  }

  testWebhook(appId: string, id: string, body: Given): Promise<WebhookTestAnswer> {
    return this.#send("POST", `${webhook(appId, id)}/test`, body);
  }

  deliveries(appId: string, id: string, query: Given, most: number): Promise<ListAnswer<DeliveryAnswer>> {
    return this.#list(`${webhook(appId, id)}/deliveries`, query, most);
  }

  replayDelivery(appId: string, id: string, deliveryId: string): Promise<DeliveryAnswer> {
    return this.#send("POST", `${webhook(appId, id)}/deliveries/${part(deliveryId)}/replay`);
  }

  replay(appId: string, id: string, body: Given): Promise<{ readonly replayed: number }> {
    return this.#send("POST", `${webhook(appId, id)}/replay`, body);
  }

  audit(query: Given, most: number): Promise<ListAnswer<AuditEntryAnswer>> {
    return this.#list("/audit", query, most);
  }

  nodes(): Promise<ListAnswer<NodeAnswer>> {
    return this.#get("/nodes");
  }

  drainNode(id: string): Promise<NodeAnswer> {
    return this.#send("POST", `/nodes/${part(id)}/drain`);
  }

  resumeNode(id: string): Promise<NodeAnswer> {
    return this.#send("POST", `/nodes/${part(id)}/resume`);
  }

  operators(): Promise<ListAnswer<OperatorAnswer>> {
    return this.#list("/operators");
  }

  inviteOperator(body: Given): Promise<InvitationAnswer> {
    return this.#send("POST", "/operators", body);
  }

  renewInvitation(id: string): Promise<InvitationAnswer> {
    return this.#send("POST", `/operators/${part(id)}/invitation`);
  }

  async removeOperator(id: string): Promise<void> {
    await this.#ask("DELETE", `/operators/${part(id)}`);
  }

  tokens(): Promise<ListAnswer<TokenAnswer>> {
    return this.#list("/tokens");
  }

  createToken(body: Given): Promise<NewTokenAnswer> {
    return this.#send("POST", "/tokens", body);
  }

  async revokeToken(id: string): Promise<void> {
    await this.#ask("DELETE", `/tokens/${part(id)}`);
  }

  async #get<Answer>(path: string, query: Given = {}): Promise<Answer> {
    return (await this.#ask("GET", path, { query })) as Answer;
  }

  async #send<Answer>(method: "POST" | "PATCH", path: string, body?: unknown): Promise<Answer> {
    return (await this.#ask(method, path, { body })) as Answer;
  }

  /** All pages as one, or so many items of them. */
  async #list<Item>(
    path: string,
    query: Given = {},
    most = Number.POSITIVE_INFINITY,
  ): Promise<ListAnswer<Item>> {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const limit = Math.min(PAGE_SIZE, most - items.length);
      const page: ListAnswer<Item> = await this.#get(path, { ...query, limit, cursor: cursor ?? undefined });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && items.length < most);
    return { items, next_cursor: cursor };
  }

  /** The one place that trusts the API's description: what it answers well has the shape that the routes promise. */
  async #ask(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    { query = {}, body }: { readonly query?: Given; readonly body?: unknown } = {},
  ): Promise<JsonObject | undefined> {
    const answer = await this.#transport({ method, path, query: textsOf(query), body });
    if (answer.status >= 300) throw refusalOf(answer);
    if (answer.text === "") return undefined;
    const parsed = parseJsonObject(answer.text);
    if (!parsed) throw noAdminApi(answer.status);
    return parsed;
  }
}

const PAGE_SIZE = 500;

function app(appId: string): string {
  return `/apps/${part(appId)}`;
}

function secrets(appId: string, key: string): string {
  return `${app(appId)}/keys/${part(key)}/secrets`;
}

function webhook(appId: string, id: string): string {
  return `${app(appId)}/webhooks/${part(id)}`;
}

function part(text: string): string {
  return encodeURIComponent(text);
}

function textsOf(query: Given): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
