/** Listens for the operators' requests; plain HTTP, no WebSocket. */
export function listenForOps(
  host: string,
  port: number,
  answer: (request: Request) => Promise<Response>,
): { readonly port: number; readonly stop: () => Promise<void> } {
  const server = Bun.serve({ hostname: host, port, development: false, reusePort: false, fetch: answer });
  return { port: server.port ?? port, stop: () => server.stop(true) };
}
