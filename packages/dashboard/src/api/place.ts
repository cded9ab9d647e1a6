const { base = "", prefix = "" } = document.documentElement.dataset;

/** Where the dashboard is served: `/dashboard`, after the server's path prefix. */
export const BASE = base;

/** Where the admin API is. */
export const API = `${prefix}/admin/v1`;

/** The server's path prefix, which clients need as `wsPath`; mostly empty. */
export const PATH_PREFIX = prefix;
