import { type FormEvent, useState } from "react";
import type { Role } from "../../api/session.ts";
import { type CreatedToken, SCOPES, type Scope, useCreateToken } from "../../api/tokens.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { ROLES } from "./roles.ts";
import classes from "./team.module.css";

const DAY_SECONDS = 86_400;
const NEVER = "never";
const ENDS: readonly (readonly [string, string])[] = [
  [String(DAY_SECONDS), "In 1 day"],
  [String(30 * DAY_SECONDS), "In 30 days"],
  [String(90 * DAY_SECONDS), "In 90 days"],
  [String(365 * DAY_SECONDS), "In 1 year"],
  [NEVER, "Never"],
];

interface TokenDialogProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly created: (token: CreatedToken) => void;
}

export function TokenDialog({ isOpen, close, created }: TokenDialogProps) {
  return (
    <Dialog title="Make a token" isOpen={isOpen} close={close} isWide>
      <TokenForm close={close} created={created} />
    </Dialog>
  );
}

function TokenForm({ close, created }: Omit<TokenDialogProps, "isOpen">) {
  const [role, setRole] = useState<Role>("viewer");
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set());
  const create = useCreateToken();
  const toggle = (scope: Scope) =>
    setScopes((before) => {
      const after = new Set(before);
      if (!after.delete(scope)) after.add(scope);
      return after;
    });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const end = String(form.get("end"));
    const token = {
      name: String(form.get("name")),
      role,
      scopes: SCOPES.filter((scope) => scopes.has(scope)),
      expires_in_seconds: end === NEVER ? null : Number(end),
    };
    create.mutate(token, {
      onSuccess: (answer) => {
        close();
        created(answer);
      },
    });
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextField
        label="Name"
        name="name"
        maxLength={200}
        autoComplete="off"
        hint="What will use it."
        required
      />
      <div className={classes.pair}>
        <SelectField
          label="Role"
          value={role}
          hint={ROLES.find(({ value }) => value === role)?.about}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {ROLES.map(({ value, title }) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
        <SelectField label="Ends" name="end" defaultValue={String(90 * DAY_SECONDS)}>
          {ENDS.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <fieldset className={classes.scopeChoice}>
        <legend>Scopes</legend>
        <p className="quiet">What it may be used for, within its role.</p>
        <div className={classes.scopeGrid}>
          {SCOPES.map((scope) => (
            <label key={scope}>
              <input type="checkbox" checked={scopes.has(scope)} onChange={() => toggle(scope)} />
              <code>{scope}</code>
            </label>
          ))}
        </div>
      </fieldset>
      {create.error && <Failed error={create.error} />}
      <DialogActions>
        <Button onClick={close}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={scopes.size === 0 || create.isPending}>
          Make it
        </Button>
      </DialogActions>
    </form>
  );
}
