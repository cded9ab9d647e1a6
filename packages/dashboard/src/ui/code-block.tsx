import classes from "./code-block.module.css";
import { CopyButton } from "./copy.tsx";

interface CodeBlockProps {
  /** What it is, such as the file that it belongs into. */
  readonly title: string;
  readonly text: string;
}

/** Text to copy, as it is. */
export function CodeBlock({ title, text }: CodeBlockProps) {
  return (
    <div className={classes.block}>
      <div className={classes.head}>
        <span>{title}</span>
        <CopyButton text={text} what={title} label="Copy" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
