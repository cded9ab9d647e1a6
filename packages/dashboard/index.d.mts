/** The folder with `index.html` and `assets/`. */
export const DASHBOARD_FOLDER: string;

/** Builds the dashboard when its sources are newer than what was built. Resolves to its folder. */
export function prepareDashboard(): Promise<string>;
