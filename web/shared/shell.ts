/** Starts one shell: words, session, router, queries, live. Shells hand in their frame and the features they found. */
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, type App, type Component, type InjectionKey, inject } from 'vue'
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import { patch, whenSignedOut } from './api/client'
import { Refusal } from './api/refusal'
import type { Feature, Opens, Shell } from './feature'
import { startLive } from './live/live'
import { isSignedIn, loadSession, signedOut } from './session/session'
import './ui/base.css'
import { startWords, wholeWords, words, type Languages } from './words/i18n'

const FEATURES: InjectionKey<Feature[]> = Symbol('features')

/** The features of this build, for frames that draw rails, tabs and panels. */
export function useFeatures(): Feature[] {
  return inject(FEATURES, [])
}

/** Where in this shell a thing of some kind is shown, or nowhere. */
export function useOpens(shell: 'desk' | 'app'): (subject: { kind: string; id: string }) => string | null {
  const opens = Object.assign({}, ...useFeatures().map((feature) => feature[shell]?.opens)) as Opens
  return ({ kind, id }) => opens[kind]?.(id) ?? null
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the catalogue, shown in the window's title. */
    title?: string
    /** Reached without being signed in. */
    isPublic?: boolean
    needs?: string
    /** The first page: what it says is loaded before everything else. */
    isFirst?: boolean
  }
}

/** The other words come when the first page has been drawn. */
const WORDS_AFTER_MS = 300

export interface ShellParts {
  id: Shell
  frame: Component
  languages: Languages
  /** What `import.meta.glob('…/feature.ts', { eager: true })` found. */
  found: Record<string, { default: Feature }>
  routes?: RouteRecordRaw[]
}

export async function startShell({ id, frame, languages, found, routes = [] }: ShellParts): Promise<App> {
  const features = Object.values(found).map((one) => one.default)
  const i18n = await startWords(languages)
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: 'always',
        retry: (count, error) => !(error instanceof Refusal && error.status < 500) && count < 2,
      },
      mutations: { networkMode: 'always' },
    },
  })
  const router: Router = createRouter({
    history: createWebHistory(`/${id}/`),
    routes: [...routes, ...features.flatMap((feature) => feature[id]?.routes ?? [])],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
  const t = i18n.global.t as (key: string) => string
  router.afterEach(({ meta }) => {
    document.title = meta.title ? `${t(meta.title)} · ${t('shared.product')}` : t('shared.product')
  })
  // a printed slip opens `/app/#ticket=…`: what stands behind # is never sent, so no log holds it
  router.beforeEach(({ path, hash }) => {
    if (hash.startsWith('#ticket=') && path !== '/ticket') return { path: '/ticket', hash }
    return true
  })
  router.beforeResolve(async ({ meta }) => {
    if (!meta.isFirst) await wholeWords()
  })
  whenSignedOut(() => signedOut(queries))
  words.whenChanged((lang) => {
    void queries.invalidateQueries()
    if (isSignedIn()) void patch('/api/session', { lang }).catch(() => undefined)
  })

  const app = createApp(frame).use(i18n).use(VueQueryPlugin, { queryClient: queries }).use(router)
  app.provide(FEATURES, features)
  const signedIn = await loadSession().catch(() => null)
  if (signedIn) startLive(queries)
  app.mount('#shell')
  setTimeout(() => void wholeWords().catch(() => undefined), WORDS_AFTER_MS)
  return app
}
