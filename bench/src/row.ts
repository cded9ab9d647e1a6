import type { Latency, Target } from "./job.ts";

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly hold: Hold;
  /** Whether the load is such that the server, and nothing else, should be the bottleneck. */
  readonly saturates: boolean;
  /** Loads a freshly started server and says what it saw. Quick measurements only show that everything works. */
  measure(server: ServerUnderTest, isQuick: boolean): Promise<Measurement>;
}

/** The limits of design.md, section 5: a ratio to the baseline, an absolute limit, or checks that must always pass. */
export type Hold =
  | { readonly kind: "ratio"; readonly limit: number }
  | { readonly kind: "at most" | "at least"; readonly limit: number }
  | { readonly kind: "always" };

export interface ServerUnderTest {
  readonly target: Target;
  /** Where Prometheus text is served, if the server has such a page. */
  readonly metricsUrl: string | null;
}

export interface Measurement {
  /** In the row's unit; null when the server's process cannot be looked at. */
  readonly figure: number | null;
  /** Cores used by the server while it was measured; null where the figure is not about CPU. */
  readonly serverBusy: number | null;
  readonly latency: Latency | null;
  readonly checks: readonly Check[];
}

/** Something that must be true for the figure to mean anything, or that is the very point of the row. */
export interface Check {
  readonly what: string;
  readonly passed: boolean;
  /** What was seen. */
  readonly seen: string;
}
