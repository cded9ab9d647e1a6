import type { ComponentProps } from "react";
import classes from "./button.module.css";

export type ButtonKind = "normal" | "primary" | "danger" | "quiet";

export interface ButtonProps extends ComponentProps<"button"> {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
}

export function Button({ kind = "normal", small = false, className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={buttonClass(kind, small, className)} />;
}

/** For links that look like buttons. */
export function buttonClass(kind: ButtonKind = "normal", small = false, more?: string): string {
  return [classes.button, kind === "normal" ? "" : classes[kind], small ? classes.small : "", more]
    .filter(Boolean)
    .join(" ");
}
