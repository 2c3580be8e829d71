/** The app without signal: its pages and pieces from the phone, everything else from the town as ever. */
import { createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] }

precacheAndRoute(self.__WB_MANIFEST, { cleanURLs: false })
registerRoute(new NavigationRoute(createHandlerBoundToURL('/app.html'), { allowlist: [/^\/app(?:\/|\?|$)/] }))

// the first visit already makes the phone ready to go without signal
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

// a new version waits until the page that asks is the only one and idle: pieces of the old one are deleted with it
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type !== 'switch') return
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then((pages) => {
      const ours = pages.filter(({ url }) => new URL(url).pathname.startsWith('/app'))
      return ours.length <= 1 ? self.skipWaiting() : undefined
    }),
  )
})
