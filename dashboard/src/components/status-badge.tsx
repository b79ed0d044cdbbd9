import { classNames } from "./class-names.ts"

/** An HTTP status: the number says it, the colour helps. 499 means that the client left. */
export function StatusBadge({ status }: { readonly status: number }) {
  return (
    <span
      data-tip={status === 499 ? "The client left before it was answered" : undefined}
      className={classNames(
        "figures inline-block rounded px-1.5 font-medium text-xs leading-5",
        status < 400 ? "bg-good-soft text-good" : status < 500 ? "bg-warn-soft text-warn" : "bg-bad-soft text-bad",
      )}
    >
      {status}
    </span>
  )
}
