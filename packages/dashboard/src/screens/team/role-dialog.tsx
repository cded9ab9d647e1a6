import { useState } from "react";
import { type Operator, useChangeRole } from "../../api/operators.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Failed } from "../../ui/state.tsx";
import { say } from "../../ui/toasts.tsx";
import { ROLES } from "./roles.ts";

export function RoleDialog({ operator, close }: { readonly operator: Operator; readonly close: () => void }) {
  const [role, setRole] = useState(operator.role);
  const change = useChangeRole();
  const run = () =>
    change.mutate(
      { id: operator.id, role },
      {
        onSuccess: () => {
          close();
          say(`${operator.email} is ${role} now`);
        },
      },
    );
  return (
    <Dialog title={`What ${operator.name || operator.email} may do`} isOpen close={close}>
      <Choice legend="Role" options={ROLES} value={role} change={setRole} />
      <p className="quiet">It holds at once, for open sessions too.</p>
      {change.error && <Failed error={change.error} />}
      <DialogActions>
        <Button onClick={close}>Cancel</Button>
        <Button kind="primary" disabled={role === operator.role || change.isPending} onClick={run}>
          Change the role
        </Button>
      </DialogActions>
    </Dialog>
  );
}
