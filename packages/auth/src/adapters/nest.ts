export { toExpress as toNest } from "./express.ts";
