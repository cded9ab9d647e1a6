import type { AdminRoute } from "./route.ts";

/** The methods that some route takes at a path, in capitals; none where there is no route at all. */
export function methodsAt(routes: readonly AdminRoute[], path: string): string[] {
  const methods = routesAt(routes, path).flatMap(({ spec: { method } }) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
  );
  return [...new Set(methods)];
}

/** The routes that a path may mean. */
export function routesAt(routes: readonly AdminRoute[], path: string): readonly AdminRoute[] {
  return routes.filter(({ spec }) => matches(spec.path, path));
}

function matches(template: string, path: string): boolean {
  const expected = template.split("/");
  const given = path.split("/");
  return (
    expected.length === given.length &&
    expected.every((part, index) => part === given[index] || (part.startsWith("{") && given[index] !== ""))
  );
}
