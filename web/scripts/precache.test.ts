// @vitest-environment node
import { expect, it } from 'vitest'
import { filesOfApp } from './precache'

it('what the app reaches is kept on the phone, and nothing that only the desk or the wall opens', () => {
  const feature = {
    file: 'assets/feature.js',
    imports: ['_shared.js'],
    dynamicImports: [
      'xiangyun/kernel/people/web/app/RecordPage.vue',
      'xiangyun/kernel/people/web/desk/HomesPage.vue',
    ],
  }
  const kept = filesOfApp({
    'web/app.html': {
      file: 'assets/app.js',
      imports: ['feature.ts'],
      dynamicImports: ['virtual:words/app/en'],
    },
    'feature.ts': feature,
    '_shared.js': { file: 'assets/shared.js', css: ['assets/shared.css'] },
    'virtual:words/app/en': { file: 'assets/en.js', imports: ['web/app.html'] },
    'xiangyun/kernel/people/web/app/RecordPage.vue': { file: 'assets/record.js' },
    'xiangyun/kernel/people/web/desk/HomesPage.vue': { file: 'assets/homes.js' },
    'web/desk.html': { file: 'assets/desk.js', imports: ['feature.ts'] },
  })
  expect([...kept].filter((file) => file.startsWith('assets/')).sort()).toEqual([
    'assets/app.js',
    'assets/en.js',
    'assets/feature.js',
    'assets/record.js',
    'assets/shared.css',
    'assets/shared.js',
  ])
})
