import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

const SHOWN_MS = 2_000;

interface CopyButtonProps {
  readonly text: string;
  /** Names it for those who do not see it next to the button: "the key". */
  readonly what: string;
  /** Where there are several texts to copy side by side: "as JSON". */
  readonly label?: string;
}

/** Copies a text and says so. */
export function CopyButton({ text, what, label }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  return (
    <Button kind="quiet" small onClick={() => void copy()} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      {state === "copied" ? <Check aria-hidden /> : <Copy aria-hidden />}
      {state === "idle" && label}
      <span role="status" className={state === "idle" ? "visually-hidden" : ""}>
        {state === "copied" && "Copied"}
        {state === "failed" && "Copying is not allowed here"}
      </span>
    </Button>
  );
}
