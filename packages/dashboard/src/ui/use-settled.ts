import { useEffect, useState } from "react";

const SETTLED_MS = 200;

/** A value once it has not changed for a moment, so that the server is not asked at every key. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
