declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
declare module 'virtual:words/*' {
  const languages: Record<string, { name: string; load: () => Promise<{ default: Record<string, unknown> }> }>
  export default languages
}
