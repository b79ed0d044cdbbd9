import { Link } from "@tanstack/react-router"
import { MapPinOff } from "lucide-react"
import { useTitle } from "../hooks/use-title.ts"
import { buttonLook } from "./button.tsx"
import { EmptyState } from "./empty-state.tsx"

/** What stands at an address that is no page. */
export function NotFound() {
  useTitle("No such page")
  return (
    <EmptyState
      isPage
      icon={MapPinOff}
      title="There is no page at this address"
      action={
        <Link to="/" className={buttonLook()}>
          Go to the start
        </Link>
      }
    >
      The link may be mistyped, or made by a newer version of Sluice.
    </EmptyState>
  )
}
