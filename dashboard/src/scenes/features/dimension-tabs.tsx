import type { Dimension } from "@sluice/protocol/api/figures"
import { Link } from "@tanstack/react-router"
import { useEffect, useRef } from "react"
import { classNames } from "../../components/class-names.ts"
import { type BreakdownSearch, dimensionList } from "./breakdown-search.ts"

interface DimensionTabsProps {
  readonly by: Dimension
  readonly search: BreakdownSearch
}

/** What the list is broken down by; each is a link of its own. */
export function DimensionTabs({ by, search: { value: _, by: __, ...search } }: DimensionTabsProps) {
  const nav = useRef<HTMLElement>(null)
  // On a phone the chosen one may be past the edge.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice is what may have to be brought into view
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }, [by])
  return (
    <nav
      ref={nav}
      aria-label="Broken down by"
      className="flex gap-1 overflow-x-auto border-line border-b px-0.5 pt-0.5"
    >
      {dimensionList.map(({ by: known, title }) => (
        <Link
          key={known}
          to="/features"
          search={{ ...search, ...(known === "feature" ? {} : { by: known }) }}
          activeOptions={{ exact: true }}
          activeProps={{}}
          {...(known === by ? { "aria-current": "page" as const } : {})}
          className={classNames(
            "shrink-0 border-b-2 px-3 py-1.5 font-medium",
            known === by ? "border-accent text-accent" : "border-transparent text-ink-mute hover:text-ink",
          )}
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}
