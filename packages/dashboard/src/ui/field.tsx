import { type ComponentProps, type ReactNode, useId } from "react";
import classes from "./field.module.css";

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
}

interface Described {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly isInvalid: boolean;
}

/** A label over a control, with a hint and what is wrong with the value below. */
function Field({
  label,
  hint,
  problem,
  children,
}: FieldProps & { readonly children: (described: Described) => ReactNode }) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      {children({ id, describedBy: described || undefined, isInvalid: problem !== undefined })}
      {hint && (
        <div className={classes.hint} id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {problem && (
        <div className={classes.problem} id={`${id}-problem`}>
          {problem}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, hint, problem, ...rest }: FieldProps & ComponentProps<"input">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedBy, isInvalid }) => (
        <input
          {...rest}
          id={id}
          className={classes.control}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
        />
      )}
    </Field>
  );
}

export function TextArea({ label, hint, problem, ...rest }: FieldProps & ComponentProps<"textarea">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedBy, isInvalid }) => (
        <textarea
          {...rest}
          id={id}
          className={`${classes.control} ${rest.className ?? ""}`}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
        />
      )}
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  children,
  ...rest
}: FieldProps & ComponentProps<"select">) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {({ id, describedBy, isInvalid }) => (
        <select
          {...rest}
          id={id}
          className={classes.control}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
        >
          {children}
        </select>
      )}
    </Field>
  );
}
