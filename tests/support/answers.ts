import { expect } from "bun:test";
import type { ApiResponse } from "./api.ts";

/** The HTTP API answered with success: status exactly 200, and exactly this JSON text. */
export function expectAnswer(response: ApiResponse, text: string): void {
  expect({ status: response.status, text: response.text }).toEqual({ status: 200, text });
  expect(response.headers.get("content-type")).toMatch(/^application\/json\b/);
}

/** The HTTP API refused, in text that ends in a newline and begins like this. */
export function expectRefused(response: ApiResponse, status: number, text: RegExp = /./): void {
  expect({ status: response.status, text: response.text }).toEqual({
    status,
    text: expect.stringMatching(text),
  });
  expect(response.text.endsWith("\n")).toBe(true);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain\b/);
}
