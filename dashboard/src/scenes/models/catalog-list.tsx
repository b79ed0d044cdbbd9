import type { ModelBody } from "@sluice/protocol/api/models"
import { useQuery } from "@tanstack/react-query"
import { useVirtualizer } from "@tanstack/react-virtual"
import { Boxes } from "lucide-react"
import { useMemo, useRef } from "react"
import { Button } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { Failure } from "../../components/failure.tsx"
import { InputField, SelectField } from "../../components/field.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { useMediaQuery } from "../../hooks/use-media-query.ts"
import { isShown, type ModelFilters } from "./model-filters.ts"
import { ModelPrice } from "./model-price.tsx"
import { catalogQuery } from "./models-queries.ts"

interface CatalogListProps {
  readonly filters: ModelFilters
  readonly onFilters: (filters: ModelFilters) => void
}

/** The catalog, narrowed by what the URL says; only the rows that are seen are made. */
export function CatalogList({ filters, onFilters }: CatalogListProps) {
  const { data, error, refetch } = useQuery(catalogQuery)
  const shown = useMemo(() => data?.filter((model) => isShown(model, filters)) ?? [], [data, filters])
  if (!data) {
    if (!error) return <SkeletonRows rows={10} />
    return <Failure title="The catalog could not be loaded" error={error} onRetry={() => void refetch()} />
  }
  const set = (name: "provider" | "state" | "q", value: string) => {
    const { [name]: _old, ...rest } = filters
    onFilters(value === "" ? rest : { ...rest, [name]: value })
  }
  return (
    <>
      <div className="grid grid-cols-3 gap-3 max-md:grid-cols-2">
        <div className="max-md:col-span-2">
          <InputField
            label="Name"
            type="search"
            value={filters.q ?? ""}
            onChange={(event) => set("q", event.target.value)}
          />
        </div>
        <SelectField
          label="Provider"
          value={filters.provider ?? ""}
          onChange={(event) => set("provider", event.target.value)}
        >
          <option value="">All</option>
          {[...new Set(data.map(({ provider }) => provider))].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField label="State" value={filters.state ?? ""} onChange={(event) => set("state", event.target.value)}>
          <option value="">Live and retired</option>
          <option value="live">Live</option>
          <option value="retired">Retired</option>
        </SelectField>
      </div>
      <p role="status" className="figures text-ink-mute text-xs">
        {shown.length} of {data.length} models
      </p>
      {shown.length === 0 ? (
        <EmptyState
          icon={Boxes}
          title="No model matches"
          action={<Button onClick={() => onFilters({})}>Clear the filters</Button>}
        >
          A model that is newer than the catalog can be called all the same; its cost is unknown until its price is.
        </EmptyState>
      ) : (
        <Rows models={shown} />
      )}
    </>
  )
}

const rowPx = 44
const cardPx = 66

function Rows({ models }: { readonly models: readonly ModelBody[] }) {
  const scroller = useRef<HTMLElement>(null)
  const isNarrow = useMediaQuery("(max-width: 767px)")
  const size = isNarrow ? cardPx : rowPx
  const rows = useVirtualizer({
    count: models.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 10,
  })
  return (
    <section
      ref={scroller}
      aria-label="Models of the catalog"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by the keyboard
      tabIndex={0}
      className="max-h-[70dvh] overflow-y-auto rounded-lg border border-line bg-surface"
    >
      <ul className="relative" style={{ height: models.length * size }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const model = models[index]
          if (!model) return null
          return (
            <li
              key={`${model.provider} ${model.id}`}
              aria-posinset={index + 1}
              aria-setsize={models.length}
              className="absolute inset-x-0 flex items-center gap-x-4 border-line border-b px-4 max-md:flex-col max-md:items-start max-md:justify-center"
              style={{ height: size, top: start }}
            >
              <span className="w-full min-w-0 flex-1 truncate max-md:flex-none">
                <span className="font-medium">{model.id}</span> <span className="text-ink-mute">{model.provider}</span>
                {model.deprecated && <span className="ml-2 text-warn text-xs">retired</span>}
              </span>
              <ModelPrice price={model.price} contextWindow={model.context_window} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
