import type { Verdict } from "../../api/secrets.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { SelectField } from "../../ui/field.tsx";
import { VerdictBox } from "./verdict-box.tsx";

export const DAY_SECONDS = 86_400;

const RETIREMENTS: readonly (readonly [string, number])[] = [
  ["for another hour", 3_600],
  ["for another day", DAY_SECONDS],
  ["for three more days", 3 * DAY_SECONDS],
  ["not at all: revoke it now", 0],
];

interface ActivateDialogProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly verdict: Verdict;
  readonly retireForSeconds: number;
  readonly setRetireForSeconds: (seconds: number) => void;
  readonly activate: () => void;
}

export function ActivateDialog({
  isOpen,
  close,
  verdict,
  retireForSeconds,
  setRetireForSeconds,
  activate,
}: ActivateDialogProps) {
  return (
    <Dialog title="Activate the pending secret" isOpen={isOpen} close={close}>
      <p>
        It becomes the current secret and signs webhooks from now on. Nobody is disconnected. As long as the
        old one retires, this can be undone.
      </p>
      <SelectField
        label="Accept the old secret"
        value={String(retireForSeconds)}
        onChange={(event) => setRetireForSeconds(Number(event.target.value))}
      >
        {RETIREMENTS.map(([name, seconds]) => (
          <option key={seconds} value={seconds}>
            {name}
          </option>
        ))}
      </SelectField>
      <VerdictBox verdict={verdict} yes="Safe to activate" no="Not yet safe to activate" />
      <DialogActions>
        <Button onClick={close}>Not yet</Button>
        <Button kind={verdict.safe ? "primary" : "danger"} onClick={activate}>
          {verdict.safe ? "Activate" : "Activate all the same"}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
