import { describe, expect, test } from "bun:test";
import type { SecretState, UseKind } from "../store/tables.ts";
import { type KeyEvidence, type Safety, type SafetySecret, safeToActivate, safeToRevoke } from "./safety.ts";
import type { ClientUse, SecretUse } from "./secret-use.ts";

const NOW = Date.parse("2026-03-10T12:00:00.000Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const A_DAY_OF_SECONDS = 86_400;

/** A secret, how old it is and when it was last used; `null` for never. */
interface Known {
  readonly state: SecretState;
  readonly ageMs?: number;
  readonly lastUsedMs?: number | null;
  readonly kinds?: readonly UseKind[];
  readonly count?: number;
  readonly clients?: readonly ClientUse[];
}

function evidenceOf(known: readonly Known[], observedForMs = 30 * DAY): KeyEvidence {
  const secrets = known.map(({ state, ageMs = 30 * DAY }, index): SafetySecret => {
    return { id: `${state} ${index}`, state, createdAt: iso(ageMs) };
  });
  const uses = new Map(secrets.map(({ id }, index) => [id, useOf(known[index], observedForMs)]));
  return { secrets, uses, nowMs: NOW };
}

function useOf(known: Known | undefined, observedForMs: number): SecretUse {
  const { lastUsedMs = null, kinds = ["http_api"], count = 1, clients = [] } = known ?? {};
  const lastUsedAt = lastUsedMs === null ? null : iso(lastUsedMs);
  const counted = lastUsedMs !== null && lastUsedMs < DAY ? count : 0;
  const kindUse = (kind: UseKind) => ({
    countLast24Hours: kinds.includes(kind) ? counted : 0,
    lastUsedAt: kinds.includes(kind) ? lastUsedAt : null,
  });
  return {
    observedSince: iso(observedForMs),
    firstUsedAt: lastUsedAt,
    lastUsedAt,
    countLast24Hours: counted,
    byKind: { http_api: kindUse("http_api"), channel: kindUse("channel"), user: kindUse("user") },
    clients,
  };
}

function iso(agoMs: number): string {
  return new Date(NOW - agoMs).toISOString();
}

function revoke(state: SecretState, evidence: KeyEvidence): Safety {
  const secret = evidence.secrets.find((each) => each.state === state);
  if (!secret) throw new Error(`there is no ${state} secret`);
  return safeToRevoke(secret, evidence);
}

function codes({ safe, reasons }: Safety): string {
  return `${safe ? "safe" : "unsafe"}: ${reasons.map(({ code }) => code).join(", ")}`;
}

function messages({ reasons }: Safety): string[] {
  return reasons.map(({ message }) => message);
}

describe("activating the pending secret", () => {
  const USED = { lastUsedMs: 10 * MINUTE } as const;

  test("needs one", () => {
    const evidence = evidenceOf([{ state: "current", ...USED }]);
    expect(codes(safeToActivate(0, evidence))).toBe("unsafe: nothing_pending");
  });

  test("is not safe before anybody has deployed it", () => {
    const evidence = evidenceOf([
      { state: "current", ...USED },
      { state: "pending", ageMs: 3 * DAY },
    ]);
    expect(safeToActivate(A_DAY_OF_SECONDS, evidence)).toEqual({
      safe: false,
      reasons: [
        {
          code: "pending_unused",
          message: "the pending secret has not been used yet: nobody has deployed it",
        },
      ],
    });
  });

  test("is not safe when nobody uses it any more", () => {
    const evidence = evidenceOf([
      { state: "current", ...USED },
      { state: "pending", lastUsedMs: 3 * DAY },
    ]);
    const safety = safeToActivate(A_DAY_OF_SECONDS, evidence);
    expect(codes(safety)).toBe("unsafe: pending_idle");
    expect(messages(safety)).toEqual([
      "the pending secret was last used 3 days ago, and others since: it seems to be deployed no longer",
    ]);
  });

  test("is safe while the old one is still used, when that one retires", () => {
    const evidence = evidenceOf([
      { state: "current", ...USED, count: 12, clients: [caller("http_api", "10.0.0.7", 10 * MINUTE)] },
      { state: "pending", lastUsedMs: 5 * SECOND, count: 2 },
    ]);
    const safety = safeToActivate(A_DAY_OF_SECONDS, evidence);
    expect(codes(safety)).toBe("safe: pending_used, stays_accepted");
    expect(messages(safety)).toEqual([
      "the pending secret was used 2 times in the last 24 hours, last 5 seconds ago",
      "the current secret was used 12 times in the last 24 hours, last 10 minutes ago by pusher-http-node 5.3.4 from 10.0.0.7 for the HTTP API; it stays accepted for 24 hours after the activation",
    ]);
  });

  test("is not safe while the old one is still used, when that one is revoked at once", () => {
    const evidence = evidenceOf([
      { state: "current", ...USED },
      { state: "pending", ...USED },
    ]);
    expect(codes(safeToActivate(0, evidence))).toBe("unsafe: still_used");
  });

  test("is safe at once when nobody uses the old one any more", () => {
    const evidence = evidenceOf([
      { state: "current", lastUsedMs: 2 * DAY },
      { state: "pending", ...USED },
    ]);
    const safety = safeToActivate(0, evidence);
    expect(codes(safety)).toBe("safe: pending_used, unused");
    expect(messages(safety)[1]).toBe("nobody has used the current secret for 2 days");
  });

  test("tells what the pending secret has not been used for, as the current one is", () => {
    const evidence = evidenceOf([
      { state: "current", ...USED, kinds: ["http_api", "channel", "user"] },
      { state: "pending", ...USED, kinds: ["http_api"] },
    ]);
    const safety = safeToActivate(A_DAY_OF_SECONDS, evidence);
    expect(codes(safety)).toBe("safe: pending_used, stays_accepted, kinds_missing");
    expect(messages(safety)[2]).toBe(
      "the pending secret has not been used for a channel or to sign in a user yet, as the current one is",
    );
  });
});

describe("revoking a secret", () => {
  const ELSEWHERE = { state: "current", lastUsedMs: MINUTE } as const;

  test("is not safe while somebody uses it, and says who", () => {
    const clients = [caller("http_api", "10.0.0.7", 10 * MINUTE)];
    const safety = revoke(
      "retiring",
      evidenceOf([{ state: "retiring", lastUsedMs: 10 * MINUTE, count: 3, clients }, ELSEWHERE]),
    );
    expect(safety).toEqual({
      safe: false,
      reasons: [
        {
          code: "still_used",
          message:
            "the retiring secret was used 3 times in the last 24 hours, last 10 minutes ago by pusher-http-node 5.3.4 from 10.0.0.7 for the HTTP API",
        },
      ],
    });
  });

  test("names the caller of the last moment that it can name best", () => {
    const clients = [
      caller("channel", null, 0, "other"),
      caller("user", "10.0.0.8", 900, "pusher-js 8.6.0"),
      caller("http_api", "10.0.0.7", 5 * SECOND),
    ];
    const [named] = messages(revoke("retiring", evidenceOf([{ state: "retiring", lastUsedMs: 0, clients }])));
    expect(named).toBe(
      "the retiring secret was used once in the last 24 hours, last a moment ago by pusher-js 8.6.0 from 10.0.0.8 to sign in a user",
    );
    const many = [caller("channel", null, 0, "other"), caller("http_api", "10.0.0.7", 5 * SECOND)];
    const [unnamed] = messages(
      revoke("retiring", evidenceOf([{ state: "retiring", lastUsedMs: 0, clients: many }])),
    );
    expect(unnamed).toContain("by one of many clients for a channel");
  });

  test("is safe when nobody used it for a day while others were used", () => {
    const evidence = evidenceOf([{ state: "retiring", lastUsedMs: DAY }, ELSEWHERE]);
    expect(revoke("retiring", evidence)).toEqual({
      safe: true,
      reasons: [{ code: "unused", message: "nobody has used the retiring secret for 24 hours" }],
    });
    const almost = evidenceOf([{ state: "retiring", lastUsedMs: DAY - 1 }, ELSEWHERE]);
    expect(codes(revoke("retiring", almost))).toBe("unsafe: still_used");
  });

  test("takes time to become safe for one that was never used", () => {
    const young = revoke("pending", evidenceOf([ELSEWHERE, { state: "pending", ageMs: MINUTE }]));
    expect(young).toEqual({
      safe: false,
      reasons: [
        {
          code: "too_early",
          message:
            "the pending secret has been watched for 60 seconds only, which tells little: some callers come once a day",
        },
      ],
    });
    const old = revoke("pending", evidenceOf([ELSEWHERE, { state: "pending", ageMs: 2 * DAY }]));
    expect(messages(old)).toEqual(["nobody has used the pending secret for 2 days"]);
  });

  test("takes time on a database that has only just begun to count", () => {
    const evidence = evidenceOf([{ state: "retiring" }, ELSEWHERE], HOUR);
    expect(codes(revoke("retiring", evidence))).toBe("unsafe: too_early");
  });

  test("is not called safe because nothing is used at all", () => {
    const quiet = evidenceOf([{ state: "retiring", lastUsedMs: 5 * DAY }, { state: "current" }]);
    expect(codes(revoke("retiring", quiet))).toBe("unsafe: no_evidence");
    expect(codes(safeToActivate(60, evidenceOf([{ state: "current" }, { state: "pending" }])))).toBe(
      "unsafe: no_evidence",
    );
    const onlyRevokedUsed = evidenceOf([{ state: "retiring" }, { state: "revoked", lastUsedMs: MINUTE }]);
    expect(codes(revoke("retiring", onlyRevokedUsed))).toBe("unsafe: no_evidence");
  });

  test("is not safe for the current one unless the secret that takes its place is deployed", () => {
    const alone = evidenceOf([{ state: "current" }, { state: "retiring", lastUsedMs: MINUTE }]);
    expect(codes(revoke("current", alone))).toBe("unsafe: successor_not_deployed");
    expect(messages(revoke("current", alone))).toEqual([
      "it is the current secret, and a new secret, which nobody has, takes its place",
    ]);
    const both = evidenceOf([{ state: "current", lastUsedMs: MINUTE }, { state: "pending" }]);
    expect(codes(revoke("current", both))).toBe("unsafe: still_used, successor_not_deployed");
    const deployed = evidenceOf([{ state: "current" }, { state: "pending", lastUsedMs: MINUTE }]);
    expect(codes(revoke("current", deployed))).toBe("safe: unused");
  });

  test("changes nothing for one that is revoked already", () => {
    const evidence = evidenceOf([ELSEWHERE, { state: "revoked", lastUsedMs: MINUTE }]);
    expect(codes(revoke("revoked", evidence))).toBe("safe: already_revoked");
  });

  test("says nothing in favour of a secret that nothing is known about", () => {
    const { secrets, nowMs } = evidenceOf([{ state: "retiring" }, ELSEWHERE]);
    const evidence = { secrets, uses: new Map(), nowMs };
    expect(codes(revoke("retiring", evidence))).toBe("unsafe: too_early");
    expect(codes(safeToActivate(0, { ...evidence, secrets: [] }))).toBe("unsafe: nothing_pending");
  });

  test("takes a use that another node's clock puts into the future for one of now", () => {
    const evidence = evidenceOf([{ state: "retiring", lastUsedMs: -MINUTE }, ELSEWHERE]);
    const safety = revoke("retiring", evidence);
    expect(codes(safety)).toBe("unsafe: still_used");
    expect(messages(safety)[0]).toContain("last a moment ago");
  });
});

describe("for every combination of states, ages and uses", () => {
  const AGES = [MINUTE, 2 * DAY];
  const USES = [null, 0, DAY - 1, DAY, 3 * DAY];
  const DATABASE_AGES = [HOUR, 30 * DAY];

  const each = (state: SecretState): Known[] =>
    AGES.flatMap((ageMs) => USES.map((lastUsedMs) => ({ state, ageMs, lastUsedMs })));

  const all: KeyEvidence[] = [];
  for (const observedForMs of DATABASE_AGES) {
    for (const current of each("current")) {
      all.push(evidenceOf([current], observedForMs));
      for (const other of [...each("pending"), ...each("retiring")]) {
        all.push(evidenceOf([current, other], observedForMs));
      }
      for (const pending of each("pending")) {
        for (const retiring of each("retiring")) {
          all.push(evidenceOf([current, pending, retiring], observedForMs));
        }
      }
    }
  }

  const isUsed = ({ id }: SafetySecret, { uses }: KeyEvidence) => {
    const lastUsedAt = uses.get(id)?.lastUsedAt;
    return lastUsedAt != null && NOW - Date.parse(lastUsedAt) < DAY;
  };
  const isWatched = ({ id, createdAt }: SafetySecret, { uses }: KeyEvidence) =>
    [createdAt, uses.get(id)?.observedSince ?? ""].every((since) => NOW - Date.parse(since) >= DAY);

  test("a secret is safe to revoke only if it was watched for a day, unused, and others were used", () => {
    for (const evidence of all) {
      const pending = evidence.secrets.find(({ state }) => state === "pending");
      for (const secret of evidence.secrets) {
        const isAlive = evidence.secrets.some((other) => isUsed(other, evidence));
        const hasSuccessor = secret.state !== "current" || (pending && isUsed(pending, evidence)) === true;
        const expected = !isUsed(secret, evidence) && isWatched(secret, evidence) && isAlive && hasSuccessor;
        const { safe, reasons } = safeToRevoke(secret, evidence);
        expect(safe).toBe(expected);
        expect(reasons.length).toBeGreaterThan(0);
      }
    }
  });

  test("an activation is safe only if the pending secret is used, and at once only if the current one is not", () => {
    for (const evidence of all) {
      const pending = evidence.secrets.find(({ state }) => state === "pending");
      const [current] = evidence.secrets;
      const isDeployed = pending !== undefined && isUsed(pending, evidence);
      const isOutOfUse = current !== undefined && !isUsed(current, evidence) && isWatched(current, evidence);
      const retiring = safeToActivate(3_600, evidence);
      const atOnce = safeToActivate(0, evidence);
      expect(retiring.safe).toBe(isDeployed);
      expect(atOnce.safe).toBe(isDeployed && isOutOfUse);
      expect(retiring.reasons.length).toBeGreaterThan(0);
      expect(atOnce.reasons.length).toBeGreaterThan(0);
    }
  });
});

function caller(
  kind: UseKind,
  address: string | null,
  lastUsedMs: number,
  client = "pusher-http-node 5.3.4",
): ClientUse {
  return { client, address, kind, count: 1, lastUsedAt: iso(lastUsedMs) };
}
