/** Where the admin API is, below a server's path prefix. */
export const ADMIN_BASE_PATH = "/admin/v1";
