/** Front door of `sorting/`. @module */
export * from "./order.ts";
