/** "Firefox, Windows" out of what the browser says about itself; the whole of it on hover. */
export function browserOf(label: string): string {
  const name = /(Edg|Firefox|Chrome|Safari|MicroMessenger)/.exec(label)?.[1] ?? ''
  const system = /(Windows|Android|iPhone|iPad|Mac OS|HarmonyOS|Linux)/.exec(label)?.[1] ?? ''
  return (
    [name.replace('Edg', 'Edge').replace('MicroMessenger', 'WeChat'), system].filter(Boolean).join(' · ') ||
    '—'
  )
}
