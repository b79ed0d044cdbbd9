import { useQuery } from "@tanstack/react-query"
import { Boxes } from "lucide-react"
import { Button } from "../../components/button.tsx"
import { EmptyState } from "../../components/empty-state.tsx"
import { Failure } from "../../components/failure.tsx"
import { SkeletonRows } from "../../components/skeleton.tsx"
import { credentialsQuery } from "../../hooks/use-credentials.ts"
import { CustomModelRow } from "./custom-model-row.tsx"
import { customModelsQuery } from "./models-queries.ts"

/** The models that the project brings along. `onAdd` is null when the reader may not add any. */
export function CustomModelList({ onAdd }: { readonly onAdd: (() => void) | null }) {
  const models = useQuery(customModelsQuery)
  const credentials = useQuery(credentialsQuery)
  if (!models.data || !credentials.data) {
    const error = models.error ?? credentials.error
    if (!error) return <SkeletonRows rows={4} />
    return <Failure title="The models could not be loaded" error={error} onRetry={() => void models.refetch()} />
  }
  if (models.data.data.length === 0) {
    return (
      <EmptyState icon={Boxes} title="No custom models" action={onAdd && <Button onClick={onAdd}>Add a model</Button>}>
        A server of your own, a fine-tune, or another name for a model at a provider: give it a name and a price, and
        applications call it like any other.
      </EmptyState>
    )
  }
  return (
    <ul className="overflow-hidden rounded-lg border border-line bg-surface">
      {models.data.data.map((model) => (
        <CustomModelRow key={model.id} model={model} credentials={credentials.data.data} />
      ))}
    </ul>
  )
}
