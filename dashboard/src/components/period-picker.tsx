import type { Period } from "@sluice/protocol/api/figures"
import { X } from "lucide-react"
import { describeRange } from "../format/range.ts"
import { defaultPeriod, type PeriodSearch, periodList } from "../period.ts"
import { Button } from "./button.tsx"
import { classNames } from "./class-names.ts"

interface PeriodPickerProps {
  readonly value: PeriodSearch
  readonly onChange: (period: PeriodSearch) => void
}

/** Which time a page is about, as its URL says it: a period that ends now, or the range that was zoomed into. */
export function PeriodPicker({ value, onChange }: PeriodPickerProps) {
  const { period = defaultPeriod, from, to } = value
  const choose = (chosen: Period) => onChange(chosen === defaultPeriod ? {} : { period: chosen })
  return (
    <div className="flex flex-wrap items-center gap-2">
      {from !== undefined && to !== undefined && (
        <Button
          size="small"
          className="figures"
          aria-label={`Zoomed to ${describeRange(from, to)}. Show the whole period`}
          data-tip="Show the whole period"
          onClick={() => choose(period)}
        >
          {describeRange(from, to)} <X aria-hidden />
        </Button>
      )}
      <fieldset className="flex rounded-md border border-line bg-surface p-0.5">
        <legend className="sr-only">Period</legend>
        {periodList.map(({ period: known, short }) => (
          <button
            key={known}
            type="button"
            aria-pressed={known === period}
            onClick={() => choose(known)}
            className={classNames(
              "figures h-6.5 rounded px-2.5 font-medium text-ink-mute hover:text-ink",
              "aria-pressed:bg-selected aria-pressed:text-accent",
            )}
          >
            <span className="sr-only">Last </span>
            {short}
          </button>
        ))}
      </fieldset>
    </div>
  )
}
