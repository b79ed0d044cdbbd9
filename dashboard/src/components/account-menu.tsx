import { useMutation, useQueryClient } from "@tanstack/react-query"
import { Check, ChevronsUpDown, CircleUser, LogOut } from "lucide-react"
import { DropdownMenu } from "radix-ui"
import { api } from "../api.ts"
import { useMe } from "../hooks/use-me.ts"
import type { Theme } from "../hooks/use-theme.ts"
import { classNames } from "./class-names.ts"
import { messageOf } from "./failure.tsx"
import { useNotify } from "./toasts.tsx"

const themes: readonly { readonly value: Theme; readonly title: string }[] = [
  { value: "system", title: "System theme" },
  { value: "light", title: "Light theme" },
  { value: "dark", title: "Dark theme" },
]

const itemLook =
  "flex h-8 select-none items-center gap-2 rounded-md px-2 outline-none data-highlighted:bg-hover [&_svg]:size-4"

interface AccountMenuProps {
  readonly theme: Theme
  readonly onTheme: (theme: Theme) => void
  readonly isCompact?: boolean
}

/** Who is signed in, the theme, and the way out. */
export function AccountMenu({ theme, onTheme, isCompact = false }: AccountMenuProps) {
  const { user, key, organization, project, version } = useMe()
  const name = user?.name || user?.email || key?.name || "Account"
  const signOut = useSignOut()
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className={classNames(
          isCompact
            ? "grid min-w-0 flex-1 justify-items-center gap-0.5 py-2 text-ink-mute text-xs -outline-offset-2"
            : "flex h-9 w-full items-center gap-2 rounded-md px-2 text-left text-ink-soft hover:bg-hover",
        )}
      >
        <CircleUser aria-hidden className={isCompact ? "size-5" : "size-4 shrink-0"} />
        <span className={isCompact ? "" : "min-w-0 flex-1 truncate"}>{isCompact ? "Account" : name}</span>
        {!isCompact && <ChevronsUpDown aria-hidden className="size-3.5 text-ink-mute" />}
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        side="top"
        align="start"
        sideOffset={6}
        collisionPadding={8}
        className="z-30 w-56 rounded-lg border border-line bg-surface p-1 shadow-float"
      >
        <DropdownMenu.Label className="px-2 py-1.5">
          <span className="block truncate font-medium">{name}</span>
          <span className="block truncate text-ink-mute text-xs">
            {organization.name} · {project.name}
          </span>
        </DropdownMenu.Label>
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => onTheme(value as Theme)}>
          {themes.map(({ value, title }) => (
            <DropdownMenu.RadioItem key={value} value={value} className={itemLook}>
              <span className="size-4">
                <DropdownMenu.ItemIndicator>
                  <Check aria-hidden />
                </DropdownMenu.ItemIndicator>
              </span>
              {title}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1 h-px bg-line" />
        <DropdownMenu.Item className={itemLook} onSelect={signOut}>
          <LogOut aria-hidden /> Sign out
        </DropdownMenu.Item>
        <p className="px-2 pt-1 pb-1.5 text-ink-mute text-xs">Sluice {version}</p>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

/** Ends the session, then leaves with everything this page remembers. */
function useSignOut(): () => void {
  const client = useQueryClient()
  const notify = useNotify()
  const { mutate } = useMutation({
    mutationFn: api.signOut,
    onSuccess: () => {
      client.clear()
      location.assign("/")
    },
    onError: (error) => notify("bad", `You are still signed in. ${messageOf(error)}`),
  })
  return () => mutate()
}
