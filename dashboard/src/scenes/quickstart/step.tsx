import { Check } from "lucide-react"
import type { ReactNode } from "react"
import { classNames } from "../../components/class-names.ts"

interface StepProps {
  readonly number: number
  readonly title: string
  readonly isDone?: boolean
  readonly children: ReactNode
}

/** One step: its number, or a tick once it is done, and what to do. */
export function Step({ number, title, isDone = false, children }: StepProps) {
  return (
    <li className="grid min-w-0 grid-cols-[1.5rem_minmax(0,1fr)] gap-x-3">
      <span
        aria-hidden
        className={classNames(
          "figures mt-px grid size-6 place-items-center rounded-full border text-xs",
          isDone ? "border-transparent bg-good-soft text-good" : "border-line-strong text-ink-soft",
        )}
      >
        {isDone ? <Check className="size-3.5" /> : number}
      </span>
      <div className="grid min-w-0 gap-3">
        <h2 className="pt-0.5 font-semibold">
          {title}
          {isDone && <span className="sr-only"> (done)</span>}
        </h2>
        {children}
      </div>
    </li>
  )
}
