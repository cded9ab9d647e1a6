import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";

const SHOWN_MS = 2_000;

/** Copies a text and says so. @param what names it for those who do not see it next to the button: "the key". */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
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
      <span role="status" className={state === "idle" ? "visually-hidden" : ""}>
        {state === "copied" && "Copied"}
        {state === "failed" && "Copying is not allowed here"}
      </span>
    </Button>
  );
}
