import { useState } from "react";
import type { SecretState, SecretStatus } from "../../api/secrets.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { SelectField } from "../../ui/field.tsx";
import { VerdictBox } from "./verdict-box.tsx";

interface RevokeDialogProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  /** The live ones. */
  readonly secrets: readonly SecretStatus[];
  readonly isOwner: boolean;
  readonly revoke: (body: Readonly<Record<string, unknown>>) => void;
}

/** Which one somebody who opens this is likely to mean. */
const LIKELIHOOD: readonly SecretState[] = ["retiring", "pending", "current"];

/** The emergency path: a secret has leaked. */
export function RevokeDialog({ isOpen, close, secrets, isOwner, revoke }: RevokeDialogProps) {
  const choices = secrets
    .filter(({ state }) => isOwner || state !== "current")
    .toSorted((a, b) => LIKELIHOOD.indexOf(a.state) - LIKELIHOOD.indexOf(b.state));
  const [chosenId, setChosenId] = useState("");
  const chosen = choices.find(({ id }) => id === chosenId) ?? choices[0];
  if (!chosen) return null;
  const { held } = chosen;
  return (
    <Confirm
      title="Revoke a secret now"
      isOpen={isOpen}
      close={close}
      action="Revoke it"
      typed={chosen.fingerprint}
      run={() => revoke({ secret_id: chosen.id, end_connections: true })}
    >
      <p>
        For a secret that has leaked. From this moment no signature made with it is accepted, and what it let
        in is ended: clients come back by themselves and ask your server for a new signature. It cannot be
        undone.
      </p>
      <SelectField
        label="Secret"
        value={chosen.id}
        onChange={(event) => setChosenId(event.target.value)}
        hint={
          chosen.state === "current"
            ? "The pending secret takes its place; if there is none, a new one is made and shown this once."
            : undefined
        }
      >
        {choices.map(({ id, state, fingerprint }) => (
          <option key={id} value={id}>
            {state} {fingerprint}
          </option>
        ))}
      </SelectField>
      {held && (
        <p>
          On this node it holds: connections {held.connections}, subscriptions {held.subscriptions}, sign-ins{" "}
          {held.sign_ins}.
        </p>
      )}
      <VerdictBox
        verdict={chosen.safe_to_revoke}
        yes="Nobody would be refused"
        no="Somebody would be refused"
      />
    </Confirm>
  );
}
