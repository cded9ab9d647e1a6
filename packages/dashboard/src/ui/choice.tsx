import { type ReactNode, useId } from "react";
import classes from "./choice.module.css";

interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly options: readonly { readonly value: T; readonly title: string; readonly about: ReactNode }[];
  readonly value: T;
  readonly change: (value: T) => void;
}

/** One of a few ways to go on, each said in a sentence. */
export function Choice<T extends string>({ legend, options, value, change }: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset className={classes.choice}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <div key={option.value} className={classes.option} data-chosen={option.value === value}>
          <input
            type="radio"
            id={`${id}-${option.value}`}
            name={id}
            aria-describedby={`${id}-${option.value}-about`}
            checked={option.value === value}
            onChange={() => change(option.value)}
          />
          <label htmlFor={`${id}-${option.value}`}>{option.title}</label>
          <p id={`${id}-${option.value}-about`}>{option.about}</p>
        </div>
      ))}
    </fieldset>
  );
}
