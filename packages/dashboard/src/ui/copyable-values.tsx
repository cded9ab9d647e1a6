import { CopyButton } from "./copy.tsx";
import classes from "./copyable-values.module.css";

/** Names and values, one below the other, each with a button that copies it. */
export function CopyableValues({ values }: { readonly values: readonly (readonly [string, string])[] }) {
  return (
    <dl className={classes.values}>
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
            <CopyButton text={value} what={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
