import { type ChangeEvent, useState } from "react";
import { useImportApps } from "../../api/apps.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { Failed } from "../../ui/state.tsx";
import { say } from "../../ui/toasts.tsx";

/** Takes in what `Export` or `usher apps export` saved. */
export function ImportDialog({ isOpen, close }: { readonly isOpen: boolean; readonly close: () => void }) {
  const [text, setText] = useState("");
  const importing = useImportApps();
  const parsed = parse(text);
  const end = () => {
    setText("");
    importing.reset();
    close();
  };
  const read = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    void file?.text().then(setText);
  };
  const run = () =>
    importing.mutate(parsed, {
      onSuccess: ({ added, skipped }) => {
        say(
          `${added.length} ${added.length === 1 ? "app was" : "apps were"} brought in`,
          skipped.length > 0 ? `Left as they are: ${skipped.join(", ")}` : "",
        );
        end();
      },
    });
  return (
    <Dialog title="Import apps" isOpen={isOpen} close={end} isWide>
      <p>
        What another Usher exported with its secrets. Apps that are here already are left as they are. For
        Soketi, Reverb and Pusher there is <code>usher import</code> on the command line.
      </p>
      <TextField label="File" type="file" accept="application/json,.json" onChange={read} />
      <TextArea
        label="Or its text"
        className="code"
        value={text}
        spellCheck={false}
        problem={text !== "" && parsed === undefined ? "This is not JSON." : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {importing.error && <Failed error={importing.error} />}
      <DialogActions>
        <Button onClick={end}>Cancel</Button>
        <Button kind="primary" disabled={parsed === undefined || importing.isPending} onClick={run}>
          Import
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
