import { Fragment } from "react";
import type { SignedKind } from "../../api/doctor.ts";
import { CopyButton } from "../../ui/copy.tsx";
import classes from "./doctor.module.css";
import { signedParts } from "./signed-parts.ts";

/** What should have been signed, with its pieces marked. */
export function StringToSign({ text, kind }: { readonly text: string; readonly kind: SignedKind }) {
  const parts = signedParts(text, kind);
  return (
    <div className={classes.toSign}>
      <div className={classes.partHead}>
        <h3>What should have been signed</h3>
        <CopyButton text={text} what="the text to sign" label="Copy" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
      <pre tabIndex={0}>
        {parts.map((part, index) =>
          part.name === undefined ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, which do not move.
            <Fragment key={index}>{part.text === "\n" ? "↵\n" : part.text}</Fragment>
          ) : (
            <mark key={part.name} data-part={part.name}>
              {part.text}
            </mark>
          ),
        )}
      </pre>
      <p className={classes.legend}>
        {parts.map(
          ({ name }) =>
            name !== undefined && (
              <span key={name}>
                <mark data-part={name} aria-hidden />
                {name}
              </span>
            ),
        )}
      </p>
    </div>
  );
}
