import type { ReactNode } from "react"
import { ChangeMark } from "../../components/change-mark.tsx"
import type { Change } from "../../format/change.ts"

interface FigureCardProps {
  readonly name: string
  readonly children: ReactNode
  /** Null: there is nothing to compare with. */
  readonly change: Change | null
  /** What it was before, or why that is not known, as a sentence. */
  readonly before: string
  readonly isRiseBad?: boolean
  /** Finer figures of the same kind, or what the figure leaves out. */
  readonly note?: ReactNode
}

/** One figure with its unit, how it moved since the period before, and what belongs to it. */
export function FigureCard({ name, children, change, before, isRiseBad = false, note }: FigureCardProps) {
  return (
    <div className="grid min-w-0 content-start gap-0.5 border-line bg-surface px-3.5 py-2.5">
      <dt className="flex items-baseline justify-between gap-2 text-ink-mute text-xs">
        <span>{name}</span>
        {change ? (
          <ChangeMark change={change} before={before} isRiseBad={isRiseBad} />
        ) : (
          <span data-tip={before}>
            <span aria-hidden>–</span>
            <span className="sr-only">{before}</span>
          </span>
        )}
      </dt>
      <dd className="figures truncate font-medium text-lg">{children}</dd>
      {note && <dd className="figures min-w-0 text-ink-mute text-xs">{note}</dd>}
    </div>
  )
}
