import { CircleAlert, RotateCw } from "lucide-react"
import { ApiError } from "../api.ts"
import { Button } from "./button.tsx"
import { classNames } from "./class-names.ts"

interface FailureProps {
  /** What could not be done, e.g. `The requests could not be loaded`. */
  readonly title: string
  readonly error: unknown
  readonly onRetry?: () => void
  /** What trying again does, where that is something else than the same once more. */
  readonly retryLabel?: string
  readonly className?: string
}

/** A failure in the place where its result would have stood: what, why, and a way to try again. */
export function Failure({ title, error, onRetry, retryLabel = "Try again", className }: FailureProps) {
  const requestId = error instanceof ApiError ? error.requestId : null
  return (
    <div role="alert" className={classNames("flex gap-3 rounded-lg border border-line bg-bad-soft p-3", className)}>
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">{title}</p>
        <p className="break-words text-ink-soft">{messageOf(error)}</p>
        {requestId && <p className="text-ink-soft text-xs">Ask for help with {requestId}</p>}
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          <RotateCw aria-hidden /> {retryLabel}
        </Button>
      )}
    </div>
  )
}

/** A failure's words for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something unexpected went wrong."
}
