import { expect, test } from "bun:test";
import type { StoredApp, StoredSecret } from "../store/app-store.ts";
import { revokedSecrets } from "./revoked-secrets.ts";

type Sketch = Pick<StoredSecret, "id" | "state"> & Partial<StoredSecret>;

function appWith(...secrets: Sketch[]): StoredApp {
  const all = secrets.map((secret) => ({ key: "key", endsConnections: false, ...secret }) as StoredSecret);
  return { secrets: all as readonly StoredSecret[] } as StoredApp;
}

const live = appWith(
  { id: "a", state: "current" },
  { id: "b", state: "retiring" },
  { id: "c", state: "pending" },
);

test("a secret that is revoked in an emergency undoes what it signed", () => {
  const after = appWith({ id: "a", state: "current" }, { id: "b", state: "revoked", endsConnections: true });
  expect(revokedSecrets(live, after)).toEqual(["b"]);
  expect(revokedSecrets(after, after)).toEqual([]);
});

test("one that retired or was cancelled undoes nothing", () => {
  const after = appWith(
    { id: "a", state: "current" },
    { id: "b", state: "revoked" },
    { id: "c", state: "revoked" },
  );
  expect(revokedSecrets(live, after)).toEqual([]);
});

test("one whose key was taken away undoes what it signed for connections that came with another key", () => {
  const two = appWith({ id: "a", state: "current" }, { id: "z", state: "current", key: "other" });
  expect(revokedSecrets(two, appWith({ id: "a", state: "current" }))).toEqual(["z"]);
});

test("one that was replaced or forgotten undoes nothing while its key is there", () => {
  expect(revokedSecrets(live, appWith({ id: "new", state: "current" }))).toEqual([]);
});

test("one that was made and revoked between two looks is known as revoked", () => {
  const after = appWith({ id: "a", state: "current" }, { id: "n", state: "revoked", endsConnections: true });
  expect(revokedSecrets(live, after)).toEqual(["n"]);
});
