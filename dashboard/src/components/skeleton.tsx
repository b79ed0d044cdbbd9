import { classNames } from "./class-names.ts"

/** A grey shape where something is about to be. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={classNames("block animate-pulse-soft rounded bg-hover", className)} />
}

/** Rows that are about to be; says so to screen readers. */
export function SkeletonRows({ rows, className }: { readonly rows: number; readonly className?: string }) {
  return (
    <div role="status" className={classNames("grid gap-2", className)}>
      <span className="sr-only">Loading…</span>
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} className="h-7" />
      ))}
    </div>
  )
}
