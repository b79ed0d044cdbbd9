import { Failure } from "../../components/failure.tsx"

interface TableFooterProps {
  readonly list: {
    readonly isLoadingOlder: boolean
    readonly olderError: Error | null
    readonly loadOlder: () => void
  }
  readonly hasOlder: boolean
}

/** The end of what is loaded: more is coming, could not come, or there is none. */
export function TableFooter({ list, hasOlder }: TableFooterProps) {
  if (list.olderError) {
    return (
      <Failure
        className="m-4"
        title="Older requests could not be loaded"
        error={list.olderError}
        onRetry={list.loadOlder}
      />
    )
  }
  if (!hasOlder) return <p className="px-6 py-4 text-center text-ink-mute text-xs">These are all of them.</p>
  return (
    <p role="status" className="px-6 py-4 text-center text-ink-mute text-xs">
      {list.isLoadingOlder ? "Loading older requests…" : "Older requests load as you scroll."}
    </p>
  )
}
