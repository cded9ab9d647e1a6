import { InvalidArgumentError } from "commander";

/** A count that a person would give: from 1 to 999,999. For an option's argument. */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number from 1 to 999999.");
}
