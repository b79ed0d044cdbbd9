import type { RequestBody } from "@sluice/protocol/api/requests"
import { useQuery } from "@tanstack/react-query"
import { X } from "lucide-react"
import { useId, useMemo, useState } from "react"
import { Button } from "../../components/button.tsx"
import { classNames } from "../../components/class-names.ts"
import { controlColours, controlShape } from "../../components/field.tsx"
import { providersQuery } from "../../hooks/use-credentials.ts"
import { hasFilters, type RequestFilters } from "./request-filters.ts"

const statuses: readonly (readonly [string, string])[] = [
  ["2xx", "Successful"],
  ["error", "Failed"],
  ["4xx", "4xx refused"],
  ["5xx", "5xx broken"],
  ["401", "401 wrong key"],
  ["429", "429 rate limit"],
  ["499", "499 client left"],
  ["502", "502 unreachable"],
  ["504", "504 timeout"],
]

interface FilterBarProps {
  readonly filters: RequestFilters
  /** Rows at hand, whose models and features are offered. */
  readonly rows: readonly RequestBody[]
  readonly onChange: (filters: RequestFilters) => void
}

/** What the list is narrowed to. Everything here is in the URL. */
export function FilterBar({ filters, rows, onChange }: FilterBarProps) {
  const { data: providers } = useQuery(providersQuery)
  const models = useMemo(() => distinct(rows.flatMap((row) => [row.model_requested, row.model_actual])), [rows])
  const features = useMemo(() => ["untagged", ...distinct(rows.map((row) => row.feature))], [rows])
  const set = (change: RequestFilters) => onChange({ ...filters, ...change })
  return (
    <search className="flex flex-wrap items-center gap-2 max-md:grid max-md:grid-cols-2" aria-label="Filters">
      <Choice
        label="Status"
        any="Any status"
        value={filters.status}
        options={statuses}
        onValue={(status) => set({ status })}
      />
      <Choice
        label="Provider"
        any="Any provider"
        value={filters.provider}
        options={(providers?.data ?? []).map(({ name, title }) => [name, title])}
        onValue={(provider) => set({ provider })}
      />
      <Words label="Model" value={filters.model} options={models} onValue={(model) => set({ model })} />
      <Words label="Feature" value={filters.feature} options={features} onValue={(feature) => set({ feature })} />
      {hasFilters(filters) && (
        <Button look="quiet" onClick={() => onChange({})}>
          <X aria-hidden /> Clear
        </Button>
      )}
    </search>
  )
}

const setLook = "border-accent bg-accent-soft font-medium text-accent"

interface ChoiceProps {
  readonly label: string
  readonly any: string
  readonly value: string | undefined
  readonly options: readonly (readonly [string, string])[]
  readonly onValue: (value: string | undefined) => void
}

function Choice({ label, any, value, options, onValue }: ChoiceProps) {
  const isListed = value === undefined || options.some(([known]) => known === value)
  return (
    <select
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onValue(event.target.value || undefined)}
      className={classNames(controlShape, "max-md:w-full", value === undefined ? controlColours : setLook)}
    >
      <option value="">{any}</option>
      {options.map(([known, title]) => (
        <option key={known} value={known}>
          {title}
        </option>
      ))}
      {!isListed && <option value={value}>{value}</option>}
    </select>
  )
}

interface WordsProps {
  readonly label: string
  readonly value: string | undefined
  readonly options: readonly string[]
  readonly onValue: (value: string | undefined) => void
}

/** Takes effect on Enter, on leaving, and when one of the offered words is there in full. */
function Words({ label, value = "", options, onValue }: WordsProps) {
  const listId = useId()
  const [typed, setTyped] = useState(value)
  const [shown, setShown] = useState(value)
  if (shown !== value) {
    setShown(value)
    setTyped(value)
  }
  const apply = (text: string) => text.trim() !== value && onValue(text.trim() || undefined)
  return (
    <>
      <input
        aria-label={label}
        placeholder={`Any ${label.toLowerCase()}`}
        list={listId}
        value={typed}
        maxLength={256}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          const text = event.target.value
          setTyped(text)
          if (text === "" || options.includes(text)) apply(text)
        }}
        onBlur={() => apply(typed)}
        onKeyDown={(event) => event.key === "Enter" && apply(typed)}
        className={classNames(controlShape, "w-40 max-md:w-full", value === "" ? controlColours : setLook)}
      />
      <datalist id={listId}>
        {options.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  )
}

function distinct(words: readonly (string | null)[]): readonly string[] {
  return [...new Set(words.filter((word) => word !== null))].sort()
}
