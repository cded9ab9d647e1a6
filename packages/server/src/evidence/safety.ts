import type { StoredSecret } from "../store/app-store.ts";
import { agoOf, durationOf, KIND_WORDS, useInWords } from "./safety-words.ts";
import type { SecretUse } from "./secret-use.ts";

/** Would a step of a rotation break anything, as far as can be seen? The reasons say why, in plain words, either way. */
export interface Safety {
  readonly safe: boolean;
  readonly reasons: readonly SafetyReason[];
}

export interface SafetyReason {
  readonly code: SafetyCode;
  readonly message: string;
}

export type SafetyCode =
  // What speaks against it.
  | "nothing_pending"
  | "no_evidence"
  | "too_early"
  | "pending_unused"
  | "pending_idle"
  | "still_used"
  | "successor_not_deployed"
  // What speaks for it, or is good to know.
  | "pending_used"
  | "stays_accepted"
  | "kinds_missing"
  | "unused"
  | "already_revoked";

export type SafetySecret = Pick<StoredSecret, "id" | "state" | "createdAt">;

/** All that is known about the secrets of one key. A secret without a use is taken for one that nothing is known about. */
export interface KeyEvidence {
  readonly secrets: readonly SafetySecret[];
  readonly uses: ReadonlyMap<string, SecretUse>;
  readonly nowMs: number;
}

/** Who comes once a day is still there. A secret that nobody used for so long, while others were used, is out of use. */
const QUIET_MS = 24 * 3_600_000;

/**
 * May the pending secret become the current one?
 *
 * @param retireForSeconds how long the current one stays accepted; 0 to revoke it at once.
 */
export function safeToActivate(retireForSeconds: number, evidence: KeyEvidence): Safety {
  const pending = evidence.secrets.find(({ state }) => state === "pending");
  if (!pending) return unsafe({ code: "nothing_pending", message: "there is no pending secret to activate" });
  const current = evidence.secrets.find(({ state }) => state === "current");
  const against = [
    notDeployed(pending, evidence),
    current && retireForSeconds === 0 ? notOutOfUse(current, evidence) : undefined,
  ].filter((reason) => reason !== undefined);
  if (against.length > 0) return unsafe(...against);

  const reasons: SafetyReason[] = [{ code: "pending_used", message: usedMessage(pending, evidence) }];
  if (current) reasons.push(...whatBecomesOf(current, pending, retireForSeconds, evidence));
  return { safe: true, reasons };
}

/** May a secret stop being accepted, without anybody being refused? What it has admitted already is another matter. */
export function safeToRevoke(secret: SafetySecret, evidence: KeyEvidence): Safety {
  if (secret.state === "revoked") {
    return {
      safe: true,
      reasons: [{ code: "already_revoked", message: "the secret is revoked already; nothing changes" }],
    };
  }
  const against = [
    notOutOfUse(secret, evidence) ?? quietKey(evidence),
    secret.state === "current" ? noSuccessor(evidence) : undefined,
  ].filter((reason) => reason !== undefined);
  return against.length > 0 ? unsafe(...against) : { safe: true, reasons: [unused(secret, evidence)] };
}

function unsafe(...reasons: readonly SafetyReason[]): Safety {
  return { safe: false, reasons };
}

/** Why nobody can be counted on to have the pending secret. */
function notDeployed(pending: SafetySecret, evidence: KeyEvidence): SafetyReason | undefined {
  if (isUsed(pending, evidence)) return undefined;
  const quiet = quietKey(evidence);
  if (quiet) return quiet;
  const lastUsedMs = lastUseOf(pending, evidence);
  if (lastUsedMs === undefined) {
    return {
      code: "pending_unused",
      message: "the pending secret has not been used yet: nobody has deployed it",
    };
  }
  return {
    code: "pending_idle",
    message: `the pending secret was last used ${agoOf(evidence.nowMs - lastUsedMs)}, and others since: it seems to be deployed no longer`,
  };
}

/** Why somebody may still need a secret. */
function notOutOfUse(secret: SafetySecret, evidence: KeyEvidence): SafetyReason | undefined {
  if (isUsed(secret, evidence)) return { code: "still_used", message: usedMessage(secret, evidence) };
  const observedMs = evidence.nowMs - observedSinceMs(secret, evidence);
  if (observedMs >= QUIET_MS) return undefined;
  return {
    code: "too_early",
    message: `${nameOf(secret)} has been watched for ${durationOf(observedMs)} only, which tells little: some callers come once a day`,
  };
}

/** Where nothing is used at all, that one secret is not used tells nothing. */
function quietKey(evidence: KeyEvidence): SafetyReason | undefined {
  if (evidence.secrets.some((secret) => secret.state !== "revoked" && isUsed(secret, evidence)))
    return undefined;
  return {
    code: "no_evidence",
    message: "no secret of this key was used in the last 24 hours, so there is no evidence of who has which",
  };
}

/** The server signs with the current secret; whoever verifies that must know the one that takes its place. */
function noSuccessor(evidence: KeyEvidence): SafetyReason | undefined {
  const pending = evidence.secrets.find(({ state }) => state === "pending");
  if (pending && isUsed(pending, evidence)) return undefined;
  const successor = pending ? "the pending secret, which nobody uses," : "a new secret, which nobody has,";
  return {
    code: "successor_not_deployed",
    message: `it is the current secret, and ${successor} takes its place`,
  };
}

function whatBecomesOf(
  current: SafetySecret,
  pending: SafetySecret,
  retireForSeconds: number,
  evidence: KeyEvidence,
): SafetyReason[] {
  if (!isUsed(current, evidence)) return [unused(current, evidence)];
  const accepted = `it stays accepted for ${durationOf(retireForSeconds * 1000)} after the activation`;
  const reasons: SafetyReason[] = [
    { code: "stays_accepted", message: `${usedMessage(current, evidence)}; ${accepted}` },
  ];
  const missing = kindsMissing(current, pending, evidence);
  if (missing.length > 0) {
    reasons.push({
      code: "kinds_missing",
      message: `the pending secret has not been used ${missing.join(" or ")} yet, as the current one is`,
    });
  }
  return reasons;
}

/** What the current secret was used for lately and the pending one never. */
function kindsMissing(current: SafetySecret, pending: SafetySecret, { uses }: KeyEvidence): string[] {
  const ofCurrent = uses.get(current.id)?.byKind;
  const ofPending = uses.get(pending.id)?.byKind;
  if (!ofCurrent || !ofPending) return [];
  const kinds = ["http_api", "channel", "user"] as const;
  return kinds
    .filter((kind) => ofCurrent[kind].countLast24Hours > 0 && ofPending[kind].lastUsedAt === null)
    .map((kind) => KIND_WORDS[kind]);
}

function unused(secret: SafetySecret, evidence: KeyEvidence): SafetyReason {
  const lastUsedMs = lastUseOf(secret, evidence);
  const sinceMs = lastUsedMs ?? observedSinceMs(secret, evidence);
  return {
    code: "unused",
    message: `nobody has used ${nameOf(secret)} for ${durationOf(evidence.nowMs - sinceMs)}`,
  };
}

function usedMessage(secret: SafetySecret, { uses, nowMs }: KeyEvidence): string {
  const use = uses.get(secret.id);
  return `${nameOf(secret)} was used${use ? ` ${useInWords(use, nowMs)}` : ""}`;
}

function nameOf({ state }: SafetySecret): string {
  return `the ${state} secret`;
}

function isUsed(secret: SafetySecret, evidence: KeyEvidence): boolean {
  const lastUsedMs = lastUseOf(secret, evidence);
  return lastUsedMs !== undefined && evidence.nowMs - lastUsedMs < QUIET_MS;
}

function lastUseOf({ id }: SafetySecret, { uses }: KeyEvidence): number | undefined {
  const lastUsedAt = uses.get(id)?.lastUsedAt;
  return lastUsedAt ? Date.parse(lastUsedAt) : undefined;
}

/** Uses were not counted before there was the secret, nor before this database counted any. */
function observedSinceMs({ id, createdAt }: SafetySecret, { uses, nowMs }: KeyEvidence): number {
  const use = uses.get(id);
  return use ? Math.max(Date.parse(createdAt), Date.parse(use.observedSince)) : nowMs;
}
