import { ArrowDown, ArrowUp, Equal } from "lucide-react"
import type { Change } from "../format/change.ts"
import { classNames } from "./class-names.ts"

interface ChangeMarkProps {
  readonly change: Change
  /** What it was before, with its unit and time. */
  readonly before: string
  /** True for a figure that should not grow, such as errors: then a rise stands out. */
  readonly isRiseBad?: boolean
}

const icons = { up: ArrowUp, down: ArrowDown, same: Equal }
const words = { up: "up", down: "down", same: "" }

/** How a figure moved since the period before: an arrow and a number; colour only helps. */
export function ChangeMark({ change, before, isRiseBad = false }: ChangeMarkProps) {
  const Icon = icons[change.direction]
  return (
    <span
      data-tip={before}
      className={classNames(
        "inline-flex items-baseline gap-0.5 whitespace-nowrap text-xs",
        isRiseBad && change.direction === "up" ? "text-bad" : "text-ink-mute",
      )}
    >
      <Icon aria-hidden className="size-3 self-center" />
      <span className="sr-only">{words[change.direction]} </span>
      <span className="figures">{change.text}</span>
    </span>
  )
}
