import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { Plus } from "lucide-react"
import { useState } from "react"
import { Button } from "../../components/button.tsx"
import { PageHeader } from "../../components/page-header.tsx"
import { useMay } from "../../hooks/use-me.ts"
import { CatalogList } from "./catalog-list.tsx"
import { CustomModelForm } from "./custom-model-form.tsx"
import { CustomModelList } from "./custom-model-list.tsx"

/** What can be called: the catalog with its prices, and the project's own models. */
export function Models() {
  const filters = useSearch({ from: "/models" })
  const navigate = useNavigate()
  const [isAdding, setIsAdding] = useState(false)
  const mayWrite = useMay("custom-model:write")
  const isCustom = filters.tab === "custom"
  return (
    <div className="mx-auto grid max-w-4xl gap-5 px-6 py-8 max-md:px-4 max-md:py-5">
      <PageHeader
        title="Models"
        actions={
          mayWrite && (
            <Button look="primary" onClick={() => setIsAdding(true)}>
              <Plus aria-hidden /> Add model
            </Button>
          )
        }
      >
        What applications can ask for, and what it costs per million tokens.
      </PageHeader>
      <nav aria-label="Kinds of model" className="flex gap-1 border-line border-b">
        <Link to="/models" search={isCustom ? {} : filters} activeOptions={thisVery} className={tabLook}>
          Catalog
        </Link>
        <Link to="/models" search={{ tab: "custom" }} activeOptions={thisVery} className={tabLook}>
          Custom models
        </Link>
      </nav>
      {isCustom ? (
        <CustomModelList onAdd={mayWrite ? () => setIsAdding(true) : null} />
      ) : (
        <CatalogList
          filters={filters}
          onFilters={(search) => void navigate({ to: "/models", search, replace: true })}
        />
      )}
      {isAdding && (
        <CustomModelForm
          model={null}
          onClose={() => setIsAdding(false)}
          onSaved={() => void navigate({ to: "/models", search: { tab: "custom" } })}
        />
      )}
    </div>
  )
}

/** Both lead to one page; what tells them apart is after the path. */
const thisVery = { exact: true, includeSearch: true }

const tabLook =
  "-mb-px border-transparent border-b-2 px-3 py-1.5 font-medium text-ink-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent"
