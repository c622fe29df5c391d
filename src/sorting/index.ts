/** Front door of `sorting/`. @module */
export * from "./build.ts";
export * from "./comparator.ts";
export * from "./order.ts";
export * from "./order-json.ts";
