import type { AuditActor, AuditEntry } from "../../api/audit.ts";
import { counted } from "../../ui/numbers.ts";

/** Who did it, as the beginning of a sentence. */
export function actorOf({ kind, name }: AuditActor): string {
  switch (kind) {
    case "operator":
      return name;
    case "token":
      return `The token ${name}`;
    case "local":
      return "The command line on the server";
    case "app":
      return "The app's own server";
    case "config":
      return "The configuration";
    case "system":
      return "Usher itself";
  }
}

/** What was done, as the rest of the sentence; what has no words of its own is called what it is called. */
export function sentenceOf(entry: AuditEntry): string {
  return SENTENCES[entry.action]?.(read(entry)) ?? `did ${entry.action}`;
}

/** What leads from the sentence to the name of the app; undefined where the sentence has it already. */
export function leadToApp({ action, details }: AuditEntry): string | undefined {
  if (action === "app.update") return "of";
  if (action !== "app.create" && action !== "app.delete" && action !== "apps.import") return "in";
  return details.name === undefined ? "" : undefined;
}

/** Reads what the details hold as text; an action's words know what is in there. */
interface Read {
  readonly target: string;
  /** Of one of the details; empty where it is not there. */
  readonly text: (name: string) => string;
  readonly has: (name: string) => boolean;
  readonly names: string;
  readonly fingerprint: string;
}

type Sentence = (entry: Read) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  "app.create": ({ text }) => `made the app${quoted(text("name"))}`,
  "app.update": ({ names }) => `changed ${names || "the app"}`,
  "app.delete": ({ text }) => `deleted the app${quoted(text("name"))}`,
  "apps.export": ({ text }) =>
    `exported ${counted(Number(text("apps")), "app")} ${text("secrets") === "true" ? "with" : "without"} secrets`,
  "apps.import": ({ text }) => `brought in the app${quoted(text("name"))}`,
  "key.add": ({ target }) => `added the key ${target}`,
  "key.remove": ({ target }) => `took away the key ${target}`,
  "secret.rotate": ({ target, fingerprint }) => `made a new secret${fingerprint} for key ${target}`,
  "secret.activate": ({ target, fingerprint }) =>
    `activated the pending secret${fingerprint} of key ${target}`,
  "secret.undo": ({ target }) => `undid the activation of a secret of key ${target}`,
  "secret.cancel": ({ target }) => `cancelled the rotation of key ${target}`,
  "secret.revoke": ({ target, fingerprint }) => `revoked a secret${fingerprint} of key ${target}`,
  "secret.retired": ({ target }) => `revoked the retiring secret of key ${target}, whose time was over`,
  "secret.reveal": ({ target, text }) => `looked at the secret ${text("fingerprint")} of key ${target}`,
  "grant.revoke": ({ text }) => `took back grants${scopeOf(text)}`,
  "grant.ban": ({ text }) => `banned user ${text("user_id")}${until(text("until_ms"))}`,
  "grant.lift": ({ text }) =>
    `lifted ${text("kind") === "ban" ? `the ban of user ${text("user_id")}` : "a watermark"}`,
  "endpoint.check": ({ target }) => `checked the endpoint ${target}`,
  "connection.end": ({ target, text }) =>
    `ended the connection ${target}${text("stay_away") === "true" ? " and told it to stay away" : ""}`,
  "operator.setup": () => "made the first account",
  "operator.invite": ({ text }) =>
    text("again") === "true"
      ? `made a new link for ${text("email")}`
      : `invited ${text("email")} as ${text("role")}`,
  "operator.accept": () => "used their link and chose a password",
  "operator.admit": () => "came in through the provider for the first time",
  "operator.update": ({ text, has }) =>
    has("role")
      ? `made ${text("email")} ${text("role")}, who was ${text("former_role")}`
      : `renamed ${text("email")}`,
  "operator.remove": ({ text }) => `removed ${text("email")}`,
  "operator.password": () => "changed their password",
  "session.login": ({ text }) => `logged in${METHODS[text("method")] ?? ""}`,
  "session.login_failed": () => "failed to log in",
  "node.drain": ({ text }) => `took the server ${text("name")} out of service`,
  "node.resume": ({ text }) => `put the server ${text("name")} back into service`,
  "session.confirm": () => "gave their password again",
  "session.end": () => "ended a session of theirs",
  "token.create": ({ text }) => `made the token${quoted(text("name"))} as ${text("role")}`,
  "token.revoke": ({ text }) => `revoked the token${quoted(text("name"))}`,
  "webhook.create": ({ text }) => `added the webhook to ${text("url")}`,
  "webhook.update": ({ text }) => `changed ${text("fields")} of a webhook`,
  "webhook.delete": ({ text }) => `deleted the webhook to ${text("url")}`,
  "webhook.disable": ({ text }) => `turned a webhook off: ${text("reason")}`,
  "webhook.replay": ({ text, has }) =>
    has("deliveries")
      ? `sent ${text("deliveries")} webhook deliveries again`
      : "sent a webhook delivery again",
};

/** All that have words, for a filter. */
export const ACTIONS: readonly string[] = Object.keys(SENTENCES);

const METHODS: Readonly<Record<string, string>> = {
  password: " with the password",
  oidc: " through the provider",
  link: " with a one-time link",
};

function read({ target, details }: AuditEntry): Read {
  const secrets = Array.isArray(details.secrets) ? details.secrets : [];
  const fingerprint = secrets.map((secret) => textOf((secret as Record<string, unknown>).fingerprint))[0];
  return {
    target: target ?? "",
    text: (name) => textOf(details[name]),
    has: (name) => details[name] !== undefined,
    names: listed(Object.keys(details)),
    fingerprint: fingerprint ? ` ${fingerprint}` : "",
  };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return listed(value.map(textOf));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function listed(names: readonly string[]): string {
  return LIST.format(names);
}

const LIST = new Intl.ListFormat("en");

function quoted(name: string): string {
  return name === "" ? "" : ` “${name}”`;
}

function scopeOf(text: Read["text"]): string {
  const parts = [
    text("user_id") && `of user ${text("user_id")}`,
    text("channel") && `on ${text("channel")}`,
    text("socket_id") && `of connection ${text("socket_id")}`,
    text("at_ms") && "that were signed earlier",
  ].filter(Boolean);
  return parts.length === 0 ? "" : ` ${parts.join(" ")}`;
}

const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

function until(ms: string): string {
  return ms === "" ? "" : ` until ${TIME.format(new Date(Number(ms)))}`;
}
