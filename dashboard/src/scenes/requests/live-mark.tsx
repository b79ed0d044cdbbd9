import { classNames } from "../../components/class-names.ts"

interface LiveMarkProps {
  readonly isFollowing: boolean
  readonly error: Error | null
}

/** Whether what is shown is up to date. */
export function LiveMark({ isFollowing, error }: LiveMarkProps) {
  const [text, tip] = error
    ? ["Not updating", `The last look at the list failed: ${error.message} It is tried again every second.`]
    : isFollowing
      ? ["Live", "New requests appear at the top by themselves."]
      : ["Paused", "New requests wait above so that nothing moves while you read."]
  return (
    <span data-tip={tip} className="flex h-7 items-center gap-2 text-ink-mute text-xs">
      <span
        aria-hidden
        className={classNames(
          "size-2 rounded-full",
          error ? "bg-bad" : isFollowing ? "animate-pulse-soft bg-good" : "border border-line-strong",
        )}
      />
      {text}
    </span>
  )
}
