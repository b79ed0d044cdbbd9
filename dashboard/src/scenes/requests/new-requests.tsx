import { ArrowUp } from "lucide-react"
import { formatCount } from "../../format/count.ts"

interface NewRequestsProps {
  readonly count: number
  /** True when there are more than were counted. */
  readonly isMore: boolean
  readonly onShow: () => void
}

/** Says how many requests came while the reader was reading, and leads to them. */
export function NewRequests({ count, isMore, onShow }: NewRequestsProps) {
  if (count === 0) return null
  return (
    <button
      type="button"
      onClick={onShow}
      className="figures absolute top-10 left-1/2 z-20 flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent pr-3 pl-2.5 font-medium text-accent-ink text-xs shadow-float hover:brightness-110"
    >
      <ArrowUp aria-hidden className="size-3.5" />
      {formatCount(count)}
      {isMore && "+"} new
    </button>
  )
}
