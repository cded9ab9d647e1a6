import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import classes from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** A dialog that holds the focus while it is open; Escape and the backdrop close it. */
export function Dialog({ title, isOpen, close, isWide = false, children }: DialogProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Base.Portal>
        <Base.Backdrop className={classes.backdrop} />
        <Base.Popup className={`${classes.popup} ${isWide ? classes.wide : ""}`}>
          <Base.Title>{title}</Base.Title>
          <div className={classes.body}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className={classes.actions}>{children}</div>;
}
