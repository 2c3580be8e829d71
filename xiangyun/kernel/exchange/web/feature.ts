import { Download, Upload } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'exchange',
  title: 'exchange.title',
  desk: {
    routes: [
      {
        path: '/imports/:id?',
        component: () => import('./desk/ImportsPage.vue'),
        meta: { title: 'exchange.imports' },
      },
      {
        path: '/exports/:id?',
        component: () => import('./desk/ExportsPage.vue'),
        meta: { title: 'exchange.exports' },
      },
    ],
    rail: [
      {
        to: '/imports',
        title: 'exchange.imports',
        icon: Upload,
        group: 'register',
        order: 5,
        needs: 'exchange.import_rows',
      },
      {
        to: '/exports',
        title: 'exchange.exports',
        icon: Download,
        group: 'register',
        order: 6,
        needs: 'exchange.export_rows',
      },
    ],
  },
} satisfies Feature
