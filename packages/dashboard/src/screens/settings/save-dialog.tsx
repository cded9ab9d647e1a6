import type { Setting } from "../../api/settings.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Failed } from "../../ui/state.tsx";
import { Table } from "../../ui/table.tsx";
import { type Draft, drafted, printValue } from "./draft.ts";
import classes from "./settings.module.css";

interface SaveDialogProps {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly settings: readonly Setting[];
  readonly draft: Draft;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly save: () => void;
}

/** What would change, from what to what, before it does. */
export function SaveDialog({ isOpen, close, settings, draft, error, isPending, save }: SaveDialogProps) {
  const concerned = settings.filter(({ name }) => draft.has(name));
  return (
    <Dialog title="What will change" isOpen={isOpen} close={close} isWide>
      <Table caption="Changes" columns={[{ title: "Setting" }, { title: "Now" }, { title: "Then" }]}>
        {concerned.map((setting) => {
          const { isOverridden, value } = drafted(draft, setting);
          return (
            <tr key={setting.name}>
              <td className="mono">{setting.name}</td>
              <td>
                <del className={classes.before}>{printValue(setting, setting.effective)}</del>
              </td>
              <td>
                <ins className={classes.after}>{printValue(setting, value)}</ins>
                {!isOverridden && <span className="quiet"> (the default)</span>}
              </td>
            </tr>
          );
        })}
      </Table>
      {error !== null && error !== undefined && <Failed error={error} />}
      <DialogActions>
        <Button onClick={close}>Go on editing</Button>
        <Button kind="primary" disabled={isPending} onClick={save}>
          Save
        </Button>
      </DialogActions>
    </Dialog>
  );
}
