import { clsx } from "clsx"

/** Joins class names, leaving out what is false or missing. */
export const classNames = clsx
