import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  activate,
  cancel,
  faultIn,
  MAX_RETIRE_SECONDS,
  newCurrent,
  newPending,
  type Rotated,
  type RotatingSecret,
  retireDue,
  revoke,
  rotate,
  undo,
} from "./rotation.ts";

const NOW_MS = Date.parse("2026-03-01T12:00:00.000Z");
const NOW = "2026-03-01T12:00:00.000Z";
const AN_HOUR_LATER = "2026-03-01T13:00:00.000Z";

const FIRST = newCurrent("a", "2026-01-01T00:00:00.000Z");

describe("a rotation", () => {
  test("adds a pending secret beside the current one, and only one", () => {
    const rotated = taken(rotate([FIRST], newPending("b")));
    expect(states(rotated)).toEqual({ a: "current", b: "pending" });
    expect(rotate(rotated, newPending("c"))).toEqual({ ok: false, error: "rotation_in_progress" });
  });

  test("activates the pending secret and lets the former one retire for the time given", () => {
    const [former, current] = afterActivation(3_600);
    expect(former).toMatchObject({ state: "retiring", retireAt: AN_HOUR_LATER, replacedBy: "b" });
    expect(current).toMatchObject({ state: "current", activatedAt: NOW });
  });

  test("revokes the former one at once with a time of 0, and disconnects nobody", () => {
    const [former] = afterActivation(0);
    expect(former).toMatchObject({
      state: "revoked",
      revokedAt: NOW,
      endsConnections: false,
      replacedBy: null,
    });
  });

  test("lets a secret retire for 30 days and no longer", () => {
    const rotated = taken(rotate([FIRST], newPending("b")));
    const at = (retireForSeconds: number) => activate(rotated, { retireForSeconds, nowMs: NOW_MS });
    expect(at(MAX_RETIRE_SECONDS).ok).toBe(true);
    for (const seconds of [MAX_RETIRE_SECONDS + 1, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(at(seconds)).toEqual({ ok: false, error: "retirement_too_long" });
    }
  });

  test("activates nothing when nothing is pending", () => {
    const options = { retireForSeconds: 0, nowMs: NOW_MS };
    expect(activate([FIRST], options)).toEqual({ ok: false, error: "nothing_pending" });
  });

  test("is undone while the former secret is retiring, and can be activated again", () => {
    const activated = afterActivation(3_600);
    const undone = taken(undo(activated));
    expect(undone).toEqual([FIRST, newPending("b")]);
    expect(undo(undone)).toEqual({ ok: false, error: "nothing_to_undo" });
    expect(taken(activate(undone, { retireForSeconds: 3_600, nowMs: NOW_MS }))).toEqual(activated);
  });

  test("is not undone any more when the former secret is gone", () => {
    expect(undo(afterActivation(0))).toEqual({ ok: false, error: "nothing_to_undo" });
    expect(undo(retireDue(afterActivation(3_600), AN_HOUR_LATER))).toEqual({
      ok: false,
      error: "nothing_to_undo",
    });
  });

  test("is not undone past a secret that was revoked in between", () => {
    const again = taken(rotate(afterActivation(3_600), newPending("c")));
    const promoted = taken(revoke(again, "current", AT));
    expect(states(promoted)).toEqual({ a: "retiring", b: "revoked", c: "current" });
    expect(undo(promoted)).toEqual({ ok: false, error: "nothing_to_undo" });
  });

  test("is not undone under the next one, which has to be cancelled first", () => {
    const again = taken(rotate(afterActivation(3_600), newPending("c")));
    expect(undo(again)).toEqual({ ok: false, error: "rotation_in_progress" });
    expect(states(taken(undo(taken(cancel(again, AT)))))).toEqual({
      a: "current",
      b: "pending",
      c: "revoked",
    });
  });

  test("is cancelled quietly", () => {
    const rotated = taken(rotate([FIRST], newPending("b")));
    const [, cancelled] = taken(cancel(rotated, AT));
    expect(cancelled).toMatchObject({ state: "revoked", revokedAt: NOW, endsConnections: false });
    expect(cancel([FIRST], AT)).toEqual({ ok: false, error: "nothing_pending" });
  });
});

describe("a revocation", () => {
  test("puts the pending secret in the place of the current one", () => {
    const rotated = taken(rotate([FIRST], newPending("b")));
    const after = taken(revoke(rotated, "current", AT, newCurrent("c", NOW)));
    expect(states(after)).toEqual({ a: "revoked", b: "current" });
    expect(after[0]).toMatchObject({ endsConnections: true, revokedAt: NOW });
    expect(after[1]?.activatedAt).toBe(NOW);
  });

  test("puts the replacement there when nothing is pending", () => {
    const after = taken(revoke([FIRST], "current", AT, newCurrent("c", NOW)));
    expect(states(after)).toEqual({ a: "revoked", c: "current" });
    expect(revoke([FIRST], "current", AT)).toEqual({ ok: false, error: "nothing_pending" });
  });

  test("takes all retiring secrets, or one of them by its id", () => {
    const again = taken(rotate(afterActivation(3_600), newPending("c")));
    const both = taken(activate(again, { retireForSeconds: 3_600, nowMs: NOW_MS }));
    expect(states(both)).toEqual({ a: "retiring", b: "retiring", c: "current" });
    expect(states(taken(revoke(both, "retiring", AT)))).toEqual({ a: "revoked", b: "revoked", c: "current" });
    expect(states(taken(revoke(both, { secretId: "a" }, AT)))).toEqual({
      a: "revoked",
      b: "retiring",
      c: "current",
    });
  });

  test("says what is not there", () => {
    expect(revoke([FIRST], "pending", AT)).toEqual({ ok: false, error: "nothing_pending" });
    expect(revoke([FIRST], "retiring", AT)).toEqual({ ok: false, error: "nothing_retiring" });
    expect(revoke([FIRST], { secretId: "x" }, AT)).toEqual({ ok: false, error: "secret_not_found" });
    expect(revoke(afterActivation(0), { secretId: "a" }, AT)).toEqual({
      ok: false,
      error: "already_revoked",
    });
  });

  test("of what is due takes what is due, and leaves the rest the very same", () => {
    const secrets = afterActivation(3_600);
    expect(retireDue(secrets, "2026-03-01T12:59:59.999Z")).toBe(secrets);
    const [former, current] = retireDue(secrets, AN_HOUR_LATER);
    expect(former).toMatchObject({ state: "revoked", revokedAt: AN_HOUR_LATER, endsConnections: false });
    expect(current).toBe(secrets[1] as RotatingSecret);
  });
});

/** A step as a person or the clock may ask for it at any time. */
type Step =
  | { readonly kind: "rotate" | "undo" | "cancel" }
  | { readonly kind: "activate"; readonly retireForSeconds: number }
  | { readonly kind: "revoke"; readonly which: "pending" | "retiring" | "current" | number }
  | { readonly kind: "wait"; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("rotate" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("activate" as const),
      retireForSeconds: fc.constantFrom(0, 60, 3_600, MAX_RETIRE_SECONDS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("undo" as const, "cancel" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("revoke" as const),
      which: fc.oneof(
        fc.constantFrom("pending" as const, "retiring" as const, "current" as const),
        fc.nat(9),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.constantFrom(1, 60, 7_200) }),
  },
);

describe("any steps in any order", () => {
  test("leave one current secret, at most one pending, and revoked ones revoked", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        walk(steps, (before, after) => {
          expect(faultIn(after)).toBeUndefined();
          for (const secret of before) {
            if (secret.state === "revoked") expect(after).toContain(secret);
          }
          expect(after.map(({ id }) => id).slice(0, before.length)).toEqual(before.map(({ id }) => id));
        });
      }),
      { numRuns: 500 },
    );
  });

  test("leave a state from which a rotation can go on: rotate, or else activate", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        walk(steps, (_, secrets, nowMs) => {
          const isPending = secrets.some(({ state }) => state === "pending");
          expect(rotate(secrets, newPending("next")).ok).toBe(!isPending);
          expect(activate(secrets, { retireForSeconds: 60, nowMs }).ok).toBe(isPending);
          expect(cancel(secrets, { nowMs }).ok).toBe(isPending);
          const replacement = newCurrent("next", new Date(nowMs).toISOString());
          expect(revoke(secrets, "current", { nowMs, endConnections: true }, replacement).ok).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  test("leave an activation that can be undone to what was before it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        walk(steps, (_, secrets, nowMs) => {
          const activated = activate(secrets, { retireForSeconds: 60, nowMs });
          if (activated.ok) expect(taken(undo(activated.value))).toEqual([...secrets]);
        });
      }),
      { numRuns: 300 },
    );
  });
});

const AT = { nowMs: NOW_MS, endConnections: true };

/** Takes the steps that can be taken and looks at the secrets before and after each. */
function walk(
  steps: readonly Step[],
  look: (before: readonly RotatingSecret[], after: readonly RotatingSecret[], nowMs: number) => void,
): void {
  let secrets: readonly RotatingSecret[] = [FIRST];
  let nowMs = NOW_MS;
  for (const [index, each] of steps.entries()) {
    if (each.kind === "wait") nowMs += each.seconds * 1000;
    const result = take(secrets, each, nowMs, `s${index}`);
    const before = secrets;
    if (result.ok) secrets = result.value;
    look(before, secrets, nowMs);
  }
}

function take(
  secrets: readonly RotatingSecret[],
  each: Step,
  nowMs: number,
  newId: string,
): Rotated<RotatingSecret> {
  const nowIso = new Date(nowMs).toISOString();
  switch (each.kind) {
    case "rotate":
      return rotate(secrets, newPending(newId));
    case "activate":
      return activate(secrets, { retireForSeconds: each.retireForSeconds, nowMs });
    case "undo":
      return undo(secrets);
    case "cancel":
      return cancel(secrets, { nowMs });
    case "revoke": {
      const { which } = each;
      const chosen = typeof which === "number" ? { secretId: secrets.at(which)?.id ?? "none" } : which;
      return revoke(secrets, chosen, { nowMs, endConnections: true }, newCurrent(newId, nowIso));
    }
    case "wait":
      return { ok: true, value: retireDue(secrets, nowIso) };
  }
}

function afterActivation(retireForSeconds: number): readonly RotatingSecret[] {
  const rotated = taken(rotate([FIRST], newPending("b")));
  return taken(activate(rotated, { retireForSeconds, nowMs: NOW_MS }));
}

function taken<Secret>(result: Rotated<Secret>): readonly Secret[] {
  if (!result.ok) throw new Error(`refused: ${result.error}`);
  return result.value;
}

function states(secrets: readonly RotatingSecret[]): Record<string, string> {
  return Object.fromEntries(secrets.map(({ id, state }) => [id, state]));
}
