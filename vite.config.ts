/** How the three shells are built: one HTML entry each, features found by glob, words compiled ahead. */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { compression } from 'vite-plugin-compression2'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { onlyTheApp } from './web/scripts/precache.ts'
import { release } from './web/scripts/release.ts'
import { words } from './web/scripts/words-plugin.ts'

const root = import.meta.dirname
const SHELLS = ['desk', 'app', 'screen']

/** The pages stand in web/, but are served as /desk.html and so on. */
function pagesAtTheTop(): Plugin {
  return {
    name: 'pages-at-the-top',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type !== 'asset' || !name.startsWith('web/') || !name.endsWith('.html')) continue
        this.emitFile({ type: 'asset', fileName: name.slice('web/'.length), source: file.source })
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- how a bundle is edited
        delete bundle[name]
      }
    },
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const path = (request.url ?? '/').split('?')[0] ?? '/'
        const shell = SHELLS.find((one) => path === `/${one}` || path.startsWith(`/${one}/`))
        const isPage = request.headers.accept?.includes('text/html')
        if (isPage && shell) request.url = `/web/${shell}.html`
        else if (path === '/') request.url = '/web/index.html'
        next()
      })
    },
  }
}

/** Every browser we serve reads woff2: the older copies would only make the box heavier. */
function onlyWoff2(): Plugin {
  return {
    name: 'only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!/@fontsource.*\.css/.test(id)) return null
      return code.replace(/,\s*url\([^)]+\.woff\)\s*format\(['"]woff['"]\)/g, '')
    },
  }
}

const box = `http://127.0.0.1:${process.env.XIANGYUN_PORT ?? '8000'}`

export default defineConfig({
  root,
  appType: 'mpa',
  publicDir: 'web/public',
  plugins: [
    vue(),
    words(root),
    onlyWoff2(),
    pagesAtTheTop(),
    compression({
      algorithms: ['gzip', 'brotliCompress'],
      include: [/\.(html|js|css|json|svg)$/],
      threshold: 512,
    }),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'web/app',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['app.html', 'app.json', 'icon.svg', 'assets/**/*.{js,css}'],
        dontCacheBustURLsMatching: /^assets\//,
        manifestTransforms: [onlyTheApp(root)],
      },
    }),
  ],
  resolve: {
    alias: [
      { find: '@shared', replacement: resolve(root, 'web/shared') },
      // words are compiled at build time: the message compiler never reaches a browser; tests read them as they are
      ...(process.env.VITEST
        ? []
        : [{ find: /^vue-i18n$/, replacement: 'vue-i18n/dist/vue-i18n.runtime.mjs' }]),
    ],
  },
  define: {
    'import.meta.env.VITE_RELEASE': JSON.stringify(release(root)),
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __INTLIFY_DROP_MESSAGE_COMPILER__: !process.env.VITEST,
  },
  server: { proxy: Object.fromEntries(['/api', '/healthz', '/readyz'].map((path) => [path, box])) },
  build: {
    outDir: 'web/dist',
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: Object.fromEntries(
        globSync('web/*.html', { cwd: root }).map((file) => [
          file.slice('web/'.length, -'.html'.length),
          resolve(root, file),
        ]),
      ),
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['web/**/*.test.ts', 'xiangyun/**/web/**/*.test.ts'],
    setupFiles: ['web/tests/setup.ts'],
  },
})
