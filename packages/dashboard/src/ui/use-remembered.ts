import { useState } from "react";

/**
 * A choice that this browser remembers.
 *
 * @param name of the choice, unique in the dashboard.
 * @param allowed a remembered value that is no longer one of them counts for nothing.
 */
export function useRemembered<T extends string>(
  name: string,
  allowed: readonly T[],
  otherwise: T,
): readonly [T, (value: T) => void] {
  const key = `usher.${name}`;
  const [value, setValue] = useState(
    () => allowed.find((each) => each === localStorage.getItem(key)) ?? otherwise,
  );
  const remember = (chosen: T) => {
    localStorage.setItem(key, chosen);
    setValue(chosen);
  };
  return [value, remember];
}
