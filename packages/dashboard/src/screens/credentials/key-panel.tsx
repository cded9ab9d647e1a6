import { useState } from "react";
import { type SecretsStatus, type StepAnswer, useRotationStep, useSecrets } from "../../api/secrets.ts";
import { isAtLeast, useSession } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failed } from "../../ui/state.tsx";
import { ActivateDialog, DAY_SECONDS } from "./activate-dialog.tsx";
import classes from "./credentials.module.css";
import { NewSecret } from "./new-secret.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotationSteps } from "./rotation-steps.tsx";
import { SecretCard } from "./secret-card.tsx";
import { VerdictBox } from "./verdict-box.tsx";

interface KeyPanelProps {
  readonly appId: string;
  readonly appKey: string;
}

/** One key: its secrets with who uses them, and the steps of a rotation that can be taken now. */
export function KeyPanel({ appId, appKey }: KeyPanelProps) {
  const [retireForSeconds, setRetireForSeconds] = useState(DAY_SECONDS);
  const status = useSecrets(appId, appKey, retireForSeconds);
  return (
    <Panel title={`Secrets of key ${appKey}`} actions={status.data && <Applied {...status.data.applied} />}>
      <Loaded query={status} rows={5}>
        {(data) => (
          <Rotation
            appId={appId}
            appKey={appKey}
            status={data}
            retireForSeconds={retireForSeconds}
            setRetireForSeconds={setRetireForSeconds}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Applied({ nodes, of }: SecretsStatus["applied"]) {
  if (of === 0) return null;
  return (
    <Badge tone={nodes === of ? "good" : "warn"}>
      in effect on {nodes} of {of} {of === 1 ? "node" : "nodes"}
    </Badge>
  );
}

interface RotationProps extends KeyPanelProps {
  readonly status: SecretsStatus;
  readonly retireForSeconds: number;
  readonly setRetireForSeconds: (seconds: number) => void;
}

function Rotation({ appId, appKey, status, retireForSeconds, setRetireForSeconds }: RotationProps) {
  const [dialog, setDialog] = useState<"activate" | "revoke" | undefined>();
  const [outcome, setOutcome] = useState<StepAnswer | undefined>();
  const step = useRotationStep(appId, appKey);
  const role = useSession().data?.principal.role;
  const may = (name: SecretsStatus["next_steps"][number]) =>
    isAtLeast(role, "operator") && status.next_steps.includes(name);
  const take = (name: SecretsStatus["next_steps"][number], body?: Readonly<Record<string, unknown>>) => {
    setDialog(undefined);
    step.mutate({ name, ...(body && { body }) }, { onSuccess: setOutcome });
  };
  const live = status.secrets.filter(({ state }) => state !== "revoked");
  const revoked = status.secrets.filter(({ state }) => state === "revoked");
  return (
    <div className={classes.rotation}>
      <RotationSteps status={status} />
      {status.next_steps.includes("activate") && (
        <VerdictBox verdict={status.safe_to_activate} yes="Safe to activate" no="Not yet safe to activate" />
      )}
      <div className={classes.actions}>
        {may("rotate") && (
          <Button kind="primary" disabled={step.isPending} onClick={() => take("rotate", {})}>
            Generate a new secret
          </Button>
        )}
        {may("activate") && (
          <Button kind="primary" disabled={step.isPending} onClick={() => setDialog("activate")}>
            Activate the pending secret
          </Button>
        )}
        {may("undo") && (
          <Button disabled={step.isPending} onClick={() => take("undo")}>
            Undo the activation
          </Button>
        )}
        {may("cancel") && (
          <Button disabled={step.isPending} onClick={() => take("cancel")}>
            Cancel the rotation
          </Button>
        )}
        {may("revoke") && (
          <Button kind="danger" disabled={step.isPending} onClick={() => setDialog("revoke")}>
            Revoke now
          </Button>
        )}
      </div>
      {step.error && <Failed error={step.error} />}
      {outcome && <Outcome answer={outcome} close={() => setOutcome(undefined)} />}
      <ul className={classes.cards}>
        {live.map((secret) => (
          <SecretCard key={secret.id} appId={appId} appKey={appKey} secret={secret} />
        ))}
      </ul>
      {revoked.length > 0 && (
        <details>
          <summary>Revoked secrets ({revoked.length})</summary>
          <ul className={classes.cards}>
            {revoked.map((secret) => (
              <SecretCard key={secret.id} appId={appId} appKey={appKey} secret={secret} />
            ))}
          </ul>
        </details>
      )}
      <ActivateDialog
        isOpen={dialog === "activate"}
        close={() => setDialog(undefined)}
        verdict={status.safe_to_activate}
        retireForSeconds={retireForSeconds}
        setRetireForSeconds={setRetireForSeconds}
        activate={() => take("activate", { retire_for_seconds: retireForSeconds })}
      />
      <RevokeDialog
        isOpen={dialog === "revoke"}
        close={() => setDialog(undefined)}
        secrets={live}
        isOwner={isAtLeast(role, "owner")}
        revoke={(body) => take("revoke", body)}
      />
    </div>
  );
}

function Outcome({ answer, close }: { readonly answer: StepAnswer; readonly close: () => void }) {
  const { secret, ended } = answer;
  return (
    <>
      {ended && (
        <p role="status">
          Revoked. {ended.connections} connections that it had let in are being closed within{" "}
          {Math.ceil(ended.within_seconds)} s; {ended.subscriptions} subscriptions and {ended.sign_ins}{" "}
          sign-ins ended at once.
        </p>
      )}
      {secret !== undefined && <NewSecret secret={secret} close={close} />}
    </>
  );
}
