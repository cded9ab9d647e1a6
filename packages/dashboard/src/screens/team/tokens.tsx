import { useState } from "react";
import { type CreatedToken, type Token, useRevokeToken, useTokens } from "../../api/tokens.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { NUMBER_CELL, Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { say, sayFailed } from "../../ui/toasts.tsx";
import { ROLE_TONES } from "./roles.ts";
import classes from "./team.module.css";
import { TokenDialog } from "./token-dialog.tsx";

const COLUMNS = [
  { title: "Name" },
  { title: "Role" },
  { title: "Scopes" },
  { title: "Ends" },
  { title: "Last use" },
  { title: "Actions", isHidden: true },
];

/** The API tokens, each with what it may do and when it was used last. */
export function Tokens() {
  const tokens = useTokens(true);
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<CreatedToken | undefined>();
  const [chosen, setChosen] = useState<Token | undefined>();
  const revoke = useRevokeToken();
  const revokeChosen = ({ id, name }: Token) => {
    setChosen(undefined);
    revoke.mutate(id, { onSuccess: () => say(`${name} is revoked`), onError: sayFailed });
  };
  return (
    <Panel
      title="API tokens"
      actions={
        <Button kind="primary" onClick={() => setCreating(true)}>
          Make a token
        </Button>
      }
    >
      <Loaded query={tokens}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="There is no token yet">
              <p>
                Programs send one as <code>Authorization: Bearer usher_…</code>; the command line takes it
                with <code>--token</code>. Give each no more than it needs, and an end.
              </p>
            </EmptyState>
          ) : (
            <Table isStacking caption="Tokens" columns={COLUMNS}>
              {items.map((token) => (
                <TokenRow key={token.id} token={token} revoke={() => setChosen(token)} />
              ))}
            </Table>
          )
        }
      </Loaded>
      <TokenDialog isOpen={isCreating} close={() => setCreating(false)} created={setCreated} />
      <ValueDialog created={created} close={() => setCreated(undefined)} />
      <Confirm
        title={`Revoke ${chosen?.name ?? ""}`}
        isOpen={chosen !== undefined}
        close={() => setChosen(undefined)}
        action="Revoke it"
        run={() => chosen && revokeChosen(chosen)}
      >
        <p>Whatever uses it is refused from now on. It cannot be undone; a new token has a new value.</p>
      </Confirm>
    </Panel>
  );
}

function TokenRow({ token, revoke }: { readonly token: Token; readonly revoke: () => void }) {
  const { name, role, scopes, created_by, created_at, expires_at, used_at, used_from } = token;
  const isOver = expires_at !== null && Date.parse(expires_at) <= Date.now();
  return (
    <tr>
      <td className={classes.tokenName}>
        <strong>{name}</strong>
        <div className="quiet">
          by {created_by}, <Ago at={created_at} />
        </div>
      </td>
      <td>
        <Badge tone={ROLE_TONES[role]}>{role}</Badge>
      </td>
      <td className={classes.scopes}>{scopes.join(", ")}</td>
      <td>
        {isOver && <Badge tone="bad">over</Badge>}{" "}
        {expires_at === null ? <Badge tone="warn">never</Badge> : <Ago at={expires_at} />}
      </td>
      <td>
        {used_at === null ? "Never" : <Ago at={used_at} />}
        {used_from && <div className="quiet mono">{used_from}</div>}
      </td>
      <td className={NUMBER_CELL}>
        <Button small kind="danger" onClick={revoke}>
          Revoke<span className="visually-hidden"> {name}</span>
        </Button>
      </td>
    </tr>
  );
}

interface ValueDialogProps {
  readonly created: CreatedToken | undefined;
  readonly close: () => void;
}

function ValueDialog({ created, close }: ValueDialogProps) {
  return (
    <Dialog title="The token" isOpen={created !== undefined} close={close}>
      {created && (
        <>
          <p>
            Put it where the program reads its secrets. It is shown this once; only a hash of it is kept here.
          </p>
          <p className={classes.value}>
            <code>{created.value}</code>
            <CopyButton text={created.value} what="the token" />
          </p>
          <DialogActions>
            <Button kind="primary" onClick={close}>
              I have kept it
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  );
}
