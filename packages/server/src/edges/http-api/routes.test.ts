import { describe, expect, test } from "bun:test";
import { routeOf } from "./routes.ts";

describe("the path that events come by", () => {
  test.each(["1", "an-app_2", "caf%C3%A9"])("names the app %s", (app) => {
    const { name, method, appId, subject } = routeOf(`/apps/${app}/events`, "POST") ?? {};
    expect({ name, method, appId, subject }).toEqual({
      name: "events",
      method: "POST",
      appId: decodeURIComponent(app),
      subject: "",
    });
  });

  test.each(["/apps/1/events/", "/apps/1/eventsx", "/apps//events/x", "/apps/1/2/events"])(
    "is not %s",
    (path) => {
      expect(routeOf(path, "POST")?.name).not.toBe("events");
    },
  );
});
