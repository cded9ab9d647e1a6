import type { SecretStatusAnswer, SecretsAnswer, VerdictAnswer } from "@usher/server/admin-types";
import { printTime } from "../duration.ts";
import { printable, table } from "../print.ts";
import { counted } from "./ended-text.ts";

const MOST_CLIENTS = 5;

const KINDS = { http_api: "HTTP API", channel: "channels", user: "sign-in" } as const;

/** The state of a key's secrets for people: who uses which, and what can be done without anybody being refused. */
export function statusText(status: SecretsAnswer, nowMs: number): string {
  const { secrets } = status;
  const live = secrets.filter(({ state }) => state !== "revoked").toSorted(byState);
  const revoked = secrets.filter(({ state }) => state === "revoked");
  const isRotating = live.some(({ state }) => state === "pending");
  return [
    `app ${status.app_id}, key ${status.key}${appliedText(status)}`,
    ...live.map((secret) => secretText(secret, nowMs)),
    ...(revoked.length > 0 ? [table(revoked.map((secret) => revokedCells(secret, nowMs)))] : []),
    ...(isRotating ? [verdictText("activate", status.safe_to_activate)] : []),
    `next: ${status.next_steps.map((step) => `usher secrets ${step}`).join(", ")}`,
  ].join("\n\n");
}

/** ` on 3 of 3 servers`; nothing where none runs, which is nothing to wait for. */
export function appliedText({ applied }: Pick<SecretsAnswer, "applied">): string {
  if (applied.of === 0) return "";
  return ` (in effect on ${applied.nodes} of ${counted(applied.of, "server")})`;
}

const ORDER = ["current", "pending", "retiring", "revoked"];

function byState(one: SecretStatusAnswer, other: SecretStatusAnswer): number {
  return ORDER.indexOf(one.state) - ORDER.indexOf(other.state);
}

function secretText(secret: SecretStatusAnswer, nowMs: number): string {
  const { use, held } = secret;
  const rows = [
    ["used", use.last_used_at === null ? "never" : usedText(secret, nowMs)],
    ...clientRows(secret, nowMs),
    ...(held
      ? [["holds", `${counted(held.subscriptions, "subscription")}, ${counted(held.sign_ins, "sign-in")}`]]
      : []),
  ];
  return [
    `${secret.state} ${secret.fingerprint}, ${sinceText(secret, nowMs)}`,
    indented(table(rows)),
    indented(verdictText("revoke", secret.safe_to_revoke)),
  ].join("\n");
}

function sinceText(secret: SecretStatusAnswer, nowMs: number): string {
  if (secret.state === "retiring") return `revoked ${printTime(secret.retire_at, nowMs)}`;
  if (secret.state === "current")
    return `since ${printTime(secret.activated_at ?? secret.created_at, nowMs)}`;
  return `made ${printTime(secret.created_at, nowMs)}`;
}

function usedText({ use }: SecretStatusAnswer, nowMs: number): string {
  return `${printTime(use.last_used_at, nowMs)}; ${counted(use.count_24h, "time")} in 24 hours`;
}

function clientRows({ use }: SecretStatusAnswer, nowMs: number): string[][] {
  const top = use.clients.toSorted((one, other) => other.count_24h - one.count_24h);
  const rows = top
    .slice(0, MOST_CLIENTS)
    .map(({ client, address, kind, count_24h: count, last_used_at: lastUsedAt }) => {
      const who = `${client}${address === null ? "" : ` from ${address}`}`;
      return [
        "by",
        printable(`${who}, ${KINDS[kind]}: ${counted(count, "time")}, last ${printTime(lastUsedAt, nowMs)}`),
      ];
    });
  const others = top.length - rows.length;
  return others > 0 ? [...rows, ["", `and ${counted(others, "other")}`]] : rows;
}

function revokedCells({ fingerprint, revoked_at: revokedAt }: SecretStatusAnswer, nowMs: number): string[] {
  return ["revoked", fingerprint, printTime(revokedAt, nowMs)];
}

function verdictText(step: string, { safe, reasons }: VerdictAnswer): string {
  return `${safe ? "safe" : "not safe"} to ${step}: ${reasons.map(({ message }) => printable(message)).join("; ")}`;
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
