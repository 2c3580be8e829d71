declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
declare module 'virtual:words/*' {
  type Load = () => Promise<{ default: Record<string, unknown> }>
  const languages: Record<string, { name: string; load: Load; rest?: Load }>
  export default languages
}
