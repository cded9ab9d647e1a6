import { afterEach, describe, expect, test } from "bun:test";
import { mergeAppSettings } from "../config/app-settings.ts";
import type { StoredApp } from "./app-store.ts";
import { Retirements } from "./retirements.ts";

describe("Retirements", () => {
  const running: Retirements[] = [];
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

  /** Watches apps that a test may change, over a store that revokes in them, or fails. */
  function watch(apps: StoredApp[], failures: Error[] = []) {
    const asked: string[] = [];
    const errors: unknown[] = [];
    let shown = apps;
    const ended = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<void>();
    const retirements: Retirements = new Retirements({
      store: {
        revokeDue: async (nowIso) => {
          asked.push(nowIso);
          const failure = failures.shift();
          if (failure) throw failure;
          return [];
        },
      },
      apps: () => shown,
      now: Date.now,
      onEnded: async () => {
        shown = [];
        ended.resolve();
      },
      onError: (error) => {
        errors.push(error);
        failed.resolve();
      },
    });
    running.push(retirements);
    const show = (next: StoredApp[]) => {
      shown = next;
      retirements.schedule();
    };
    return { asked, errors, ended: ended.promise, failed: failed.promise, show };
  }

  test("ends a retirement when its time has come, not before", async () => {
    const retireAt = new Date(Date.now() + 40).toISOString();
    const { asked, ended } = watch([app(null, retireAt)]);
    await ended;
    expect(asked).toHaveLength(1);
    expect((asked[0] ?? "") >= retireAt).toBe(true);
  });

  test("ends one whose time came while no server ran", async () => {
    const { ended } = watch([app("2026-01-01T00:00:00.000Z")]);
    await ended;
  });

  test("looks again when the apps have changed", async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const { asked, ended, show } = watch([app(later)]);
    show([app(later), app(new Date(Date.now() + 20).toISOString())]);
    await ended;
    expect(asked).toHaveLength(1);
  });

  test("reports a failure once, and its stop waits for nothing", async () => {
    const failure = new Error("gone");
    const { errors, failed } = watch([app("2026-01-01T00:00:00.000Z")], [failure, failure]);
    await failed;
    expect(errors).toEqual([failure]);
  });
});

function app(...retireAt: (string | null)[]): StoredApp {
  return {
    id: "1",
    name: "",
    enabled: true,
    keys: [],
    settings: mergeAppSettings({}),
    restrictions: [],
    overrides: {},
    createdAt: "2026-01-01T00:00:00.000Z",
    secrets: retireAt.map((at, index) => ({
      id: `sec_${index}`,
      key: "k",
      value: "v",
      state: at === null ? "current" : "retiring",
      fingerprint: "",
      createdAt: "2026-01-01T00:00:00.000Z",
      activatedAt: "2026-01-01T00:00:00.000Z",
      retireAt: at,
      replacedBy: null,
      revokedAt: null,
      endsConnections: false,
    })),
  };
}
