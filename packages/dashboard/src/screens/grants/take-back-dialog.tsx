import type { GrantsRevoked } from "../../api/grants.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { say } from "../../ui/toasts.tsx";
import { outcomeOf } from "./outcome.ts";
import type { TakeBack, TakeBackKind } from "./take-back.ts";
import { TakeBackForm } from "./take-back-form.tsx";

interface TakeBackDialogProps {
  readonly appId: string;
  readonly title: string;
  readonly about: Partial<Pick<TakeBack, "channel" | "userId" | "socketId">>;
  readonly kinds: readonly TakeBackKind[];
  readonly isOpen: boolean;
  readonly close: () => void;
}

/** The form, for something that was chosen on another screen. */
export function TakeBackDialog({ appId, title, about, kinds, isOpen, close }: TakeBackDialogProps) {
  const done = (revoked: GrantsRevoked) => {
    close();
    say("Taken back", outcomeOf(revoked));
  };
  return (
    <Dialog title={title} isOpen={isOpen} close={close}>
      <TakeBackForm appId={appId} about={about} kinds={kinds} cancel={close} done={done} />
    </Dialog>
  );
}
