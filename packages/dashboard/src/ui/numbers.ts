const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** `12,804` */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** `12.8K`, `0.4`: for what changes all the time and for axes. */
export function short(value: number): string {
  return SHORT.format(value);
}

/** Of a part from 0 to 1; never rounded up to all of it. */
export function percent(part: number): string {
  return PERCENT.format(part < 1 ? Math.floor(part * 1000) / 1000 : part);
}

/** `1 connection`, `2 connections` */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3 d 4 h`, `12 min`: how long something has lasted, in its two largest units. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
