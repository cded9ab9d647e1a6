import { type ReactNode, useState } from "react";
import { Button } from "./button.tsx";
import { Dialog, DialogActions } from "./dialog.tsx";
import { TextField } from "./field.tsx";

interface ConfirmProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly close: () => void;
  /** What the button says, such as "Delete the app". */
  readonly action: string;
  readonly isPending?: boolean;
  /** What has to be typed before it may be done. */
  readonly typed?: string;
  readonly run: () => void;
  /** What will happen. */
  readonly children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, isOpen, close, ...rest }: ConfirmProps) {
  return (
    <Dialog title={title} isOpen={isOpen} close={close}>
      <Question close={close} {...rest} />
    </Dialog>
  );
}

/** Apart from the dialog, so that what was typed is forgotten when it closes. */
function Question({
  close,
  action,
  isPending = false,
  typed,
  run,
  children,
}: Omit<ConfirmProps, "title" | "isOpen">) {
  const [text, setText] = useState("");
  const isHeld = isPending || (typed !== undefined && text !== typed);
  return (
    <>
      {children}
      {typed !== undefined && (
        <TextField
          label={`Type ${typed} to go on`}
          value={text}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <DialogActions>
        <Button onClick={close}>Keep things as they are</Button>
        <Button kind="danger" disabled={isHeld} onClick={run}>
          {action}
        </Button>
      </DialogActions>
    </>
  );
}
