import { describe, expect, test } from "bun:test";
import { CAUSES, type CauseCode } from "./causes.ts";
import { checksOf } from "./checks.ts";

const ENDS: readonly CauseCode[] = ["signature_valid", "unknown", "secret_pending", "secret_retiring"];

describe("the checks of a refusal", () => {
  test("every cause fails one check of some kind of refusal", () => {
    const silent = (Object.keys(CAUSES) as CauseCode[]).filter((cause) =>
      (["channel", "user", "request"] as const).every((kind) =>
        checksOf(kind, cause).every(({ state }) => state !== "failed"),
      ),
    );
    expect(silent.sort()).toEqual([...ENDS].sort());
  });

  test("what comes before the failing one was passed, and what comes after was not reached", () => {
    expect(checksOf("channel", "secret_of_another_app")).toEqual([
      { name: "auth_value", state: "passed" },
      { name: "key", state: "passed" },
      { name: "digest", state: "passed" },
      { name: "secret", state: "failed" },
      { name: "text", state: "not_reached" },
    ]);
  });

  test("a right signature passes them all", () => {
    for (const kind of ["channel", "user", "request"] as const) {
      expect(checksOf(kind, "signature_valid").filter(({ state }) => state !== "passed")).toEqual([]);
    }
  });

  test("where nothing explains a signature it may be the secret or the text", () => {
    const doubtful = checksOf("user", "unknown").filter(({ state }) => state === "doubtful");
    expect(doubtful.map(({ name }) => name)).toEqual(["secret", "text"]);
  });
});
